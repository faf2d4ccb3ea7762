"""Checks pieces here and in helping processes, and gives back what was found in file order."""

import fcntl
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Final, NamedTuple

import core
from core.data.checking import all_checks
from core.data.scan.piece import Found, check_too_long
from core.data.scan.source import Piece
from core.data.scan.worker import Task, check, name, receive, send, serve
from core.errors import MachineError

_AHEAD: Final = 3
"""Pieces a process has been given and has not answered, so that it never waits for this one."""
_WAITING: Final = 64
"""Pieces that may be checked before an earlier one is."""
_PIPE_BYTES: Final = 1 << 20
"""Room for the answers of a process that this one is too busy to read."""
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""Its threads cost a third of what numpy takes to load."""


class Checked(NamedTuple):
    """A piece and what was found in it."""

    piece: Piece
    found: Found


class _Started(NamedTuple):
    """A process that waits for pieces."""

    asking: IO[bytes]
    answers: IO[bytes]
    end: Callable[[], None]
    """Ends it, whatever it does."""
    awake: bool
    """Whether it begins at once."""


def _may_fork() -> bool:
    """Return whether a copy of this process is safe: nothing else runs in it that it would tear.

    A copy helps at once; an interpreter of its own takes a third of a second to load the checks.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def _forked(task: Task) -> _Started:
    """Start a copy of this process, which has loaded what both need."""
    all_checks()
    import_module("core.data.detect.find")
    asked, asking = os.pipe()
    answers, answering = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(asking)
            os.close(answers)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            serve(task, os.fdopen(asked, "rb"), os.fdopen(answering, "wb"))
        finally:
            os._exit(0)  # nothing that this process wanted to do at its end
    os.close(asked)
    os.close(answering)
    given, taken = os.fdopen(asking, "wb", buffering=0), os.fdopen(answers, "rb", buffering=0)

    def end() -> None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        given.close()
        taken.close()

    return _Started(given, taken, end, awake=True)


def _spawned(task: Task) -> _Started:
    """Start an interpreter of its own."""
    source = str(Path(core.__file__).resolve().parents[1])
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "core.data.scan.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": source, "PYTHONSAFEPATH": "1"},
        pass_fds=(task.file,),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError):  # a process that died already is met at its first piece
        send(process.stdin, pickle.dumps(task))

    def end() -> None:
        process.kill()
        process.communicate()

    return _Started(process.stdin, process.stdout, end, awake=False)


class _Helper:
    """A process that checks the pieces it is given, one after the other."""

    def __init__(self, task: Task) -> None:
        started = (_forked if _may_fork() else _spawned)(task)
        self._asking, self.answers, self.end, self.awake = started
        _widen(self.answers)
        self.given: deque[Piece] = deque()

    def give(self, piece: Piece) -> None:
        """Let it check one more piece."""
        self.given.append(piece)
        try:
            send(self._asking, name(piece))
        except OSError as error:
            raise self._ended() from error

    def answer(self) -> Checked:
        """Return the first piece that it has not answered, checked."""
        answer = receive(self.answers)
        if answer is None:
            raise self._ended()
        found: Found = pickle.loads(answer)
        return Checked(self.given.popleft(), found)

    def _ended(self) -> MachineError:
        return MachineError(
            what=f"A process that checked rows from line {self.given[0].first} on ended early.",
            why="It was stopped from outside, most often because memory ran out.",
            remedy="Close other programs, or split the file, and inspect it again.",
        )


def check_with_workers(pieces: Iterable[Piece], task: Task, *, processes: int) -> Iterator[Checked]:
    """Yield every piece in order, checked; closing the iterator ends the other processes at once.

    This process is one of them: it checks what the others have no room for.
    """
    order: deque[int] = deque()
    found: dict[int, Checked] = {}
    with _running(processes - 1, task) as helpers:
        for place, piece in enumerate(pieces):
            # The first one is checked here if the others are not awake yet: somebody waits for it.
            able = (one for one in helpers if (place or one.awake) and len(one.given) < _AHEAD)
            helper = next(able, None)
            order.append(piece.first)
            if not piece.lines:
                length, number = piece.length, piece.first
                found[number] = Checked(
                    piece, check_too_long(length, number=number, asked=task.asked)
                )
            elif helper is not None:
                helper.give(piece._replace(lines=b""))
            else:
                found[piece.first] = Checked(piece, check(piece.lines, piece.first, task))
            _collect(helpers, found, wait=len(order) > _WAITING)
            while order and order[0] in found:
                yield found.pop(order.popleft())
        while order:
            while order[0] not in found:
                _collect(helpers, found, wait=True)
            yield found.pop(order.popleft())


def _collect(helpers: list[_Helper], found: dict[int, Checked], *, wait: bool) -> None:
    """Take what the processes have answered; `wait` until one did."""
    asked = [helper for helper in helpers if helper.given]
    while asked:
        ready, _, _ = select.select([one.answers for one in asked], [], [], None if wait else 0)
        if not ready:
            return
        for helper in [one for one in asked if one.answers in ready]:
            checked = helper.answer()
            found[checked.piece.first] = checked
        asked, wait = [helper for helper in helpers if helper.given], False


def _widen(pipe: IO[bytes]) -> None:
    """Give a pipe more room, where the system knows how."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


@contextmanager
def _running(count: int, task: Task) -> Iterator[list[_Helper]]:
    """Give processes that wait for pieces, and end them whatever happens."""
    started: list[_Helper] = []
    try:
        for _ in range(count):
            started.append(_Helper(task))
        yield started
    finally:
        for helper in started:
            helper.end()
