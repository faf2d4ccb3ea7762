"""Several processes that train one run together: begun, heard and ended as one.

The worker holds the lock and writes the log; rank 0 tells it what happens, over a pipe. No rank
outlives the worker, and when one of them ends badly all do.
"""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.errors import (
    DataError,
    JobError,
    MachineError,
    RecipeError,
    StorageError,
    TuningforkError,
)
from core.events.envelope import Envelope
from core.events.schema import Event, MessageLogged, OutOfMemory, Resumed
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.storage import replace_file
from core.text_safety import clip, visible
from core.training.checkpoints import list_checkpoints
from core.training.node import (
    LAUNCHED,
    Place,
    error_file,
    forget_errors,
    launcher_seat,
    node_command,
    ranks_folder,
    seats,
    started,
    told_errors,
)
from core.training.recipe import RuntimeSpec
from core.training.short_memory import BUDGET, ShortMemory, leave_event, take_events

_LOOK_SECONDS = 0.1
_TAIL = 2000
_KILL = -signal.SIGKILL
_KILLED = (_KILL, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGTERM)
"""Ends that come from outside; a rank that only lost a partner ends otherwise."""
_ERRORS = {
    one.__name__: one for one in (DataError, JobError, MachineError, RecipeError, StorageError)
}


class Message(msgspec.Struct, omit_defaults=True):
    """One line from rank 0 to the worker."""

    event: msgspec.Raw = msgspec.Raw(b"null")
    """Something to be written to the log."""
    ended: dict[str, Any] | None = None
    """How the training ended."""


class RankContext(JobContext):
    """A rank's side of the job: rank 0 speaks to the worker, the others are silent."""

    def __init__(
        self,
        *,
        rank: int,
        tell: int,
        asked: int,
        local: int = 0,
        beside: int = 1,
        budget: int | None = None,
        **given: Any,
    ) -> None:
        super().__init__(writer=None, **given)  # type: ignore[arg-type]
        self.rank = rank
        self.local, self.beside = local, beside
        """Its number among those of this machine, and how many they are."""
        self.budget = budget
        """Most padded tokens at once, where more were too many before; None for no such limit."""
        self._tell, self._asked = tell, asked
        self._requests: set[str] = set()

    def emit(self, event: Any) -> Any:
        """Hand an event to the worker, who numbers and judges it."""
        if self.rank == 0:
            self.send(Message(event=msgspec.Raw(msgspec.json.encode(event))))
        elif isinstance(event, OutOfMemory):
            leave_event(ranks_folder(self.folder), self.rank, event)
        for listener in self._listeners:
            listener(event)
        return event

    def send(self, message: Message) -> None:
        """Write a line to the worker, whole."""
        line = memoryview(msgspec.json.encode(message) + b"\n")
        with self._turn:
            while line:
                line = line[os.write(self._tell, line) :]

    def stop_requested(self) -> bool:
        """Return whether the worker was asked for an end."""
        self._hear()
        self.pausing = "pause" in self._requests
        return bool({"stop", "pause"} & self._requests)

    def take_checkpoint_request(self) -> bool:
        """Return whether the worker was asked for a checkpoint since the last call."""
        self._hear()
        asked = "checkpoint" in self._requests
        self._requests.discard("checkpoint")
        return asked

    def _hear(self) -> None:
        while self.rank == 0 and select.select([self._asked], [], [], 0)[0]:
            said = os.read(self._asked, 4096).decode()
            if not said:
                return
            self._requests |= set(said.split())


def supervise(job: JobContext, runtime: RuntimeSpec, environment: Mapping[str, str]) -> Outcome:
    """Train in the processes of all nodes and return how it ended.

    Where all of them are begun here, they begin again with less at once when memory ran out.
    """
    known = dict(environment)
    while True:
        try:
            return _train_together(job, runtime, known)
        except ShortMemory as short:
            if short.said is None or LAUNCHED in environment or runtime.nodes > 1:
                raise
            job.emit(short.said)
            known[BUDGET] = str(short.said.new_budget)
            if not list_checkpoints(job.folder.checkpoints):
                job.emit(Resumed(from_step=0, checkpoint=""))


def _train_together(
    job: JobContext, runtime: RuntimeSpec, environment: Mapping[str, str]
) -> Outcome:
    folder = ranks_folder(job.folder)
    folder.mkdir(exist_ok=True)
    forget_errors(folder)
    tuple(take_events(folder))
    by_launcher = LAUNCHED in environment
    for number in range(1, 1 if by_launcher else runtime.nodes):
        command = node_command(job.workspace.root, job.folder.id, number)
        job.emit(MessageLogged(level="warning", text=f"Waiting for node {number}: {command}"))
    place = Place(root=job.workspace.root, run=job.folder, attempt=job.attempt)
    seated = [launcher_seat(environment)] if by_launcher else seats(runtime)
    with (
        _pipe() as (hear, tell),
        _pipe() as (asked, ask),
        started(place, seated, environment, ends=(tell, asked)) as ranks,
    ):
        os.close(tell)
        return _Supervisor(job, ranks, folder, hear, ask).run()


class _Supervisor:
    """Hears rank 0, passes requests on, and watches that all ranks live."""

    def __init__(
        self,
        job: JobContext,
        ranks: list["subprocess.Popen[bytes]"],
        folder: Path,
        hear: int,
        ask: int,
    ) -> None:
        self._job, self._ranks, self._folder = job, ranks, folder
        self._hear, self._ask = hear, ask
        self._decode = msgspec.json.Decoder(Message).decode
        self._event = msgspec.json.Decoder(Event).decode
        self._rest = b""
        self._ended: Outcome | None = None
        self._stop_sent = False

    def run(self) -> Outcome:
        """Return the outcome that rank 0 reported, once all ranks have left."""
        while True:
            open_still = self._take()
            self._pass_on()
            for event in take_events(self._folder):
                self._job.emit(event)
            self._refuse_lost_rank()
            if not open_still and all(one.poll() is not None for one in self._ranks):
                break
        if self._ended is None:
            raise _rank_lost(0, self._ranks[0].returncode, self._folder)
        return self._ended

    def _take(self) -> bool:
        """Write what rank 0 said to the log; return whether it may say more."""
        if not select.select([self._hear], [], [], _LOOK_SECONDS)[0]:
            return True
        said = os.read(self._hear, 1 << 16)
        *lines, self._rest = (self._rest + said).split(b"\n")
        for line in lines:
            self._answer(self._decode(line))
        if not said:
            time.sleep(_LOOK_SECONDS)
        return bool(said)

    def _answer(self, message: Message) -> None:
        if message.ended is not None:
            made = Stopped if message.ended.pop("stopped") else Finished
            self._ended = made(**message.ended)
        elif bytes(message.event) != b"null":
            event: Envelope = self._event(message.event)
            self._job.emit(event)

    def _pass_on(self) -> None:
        """Let rank 0 know what the worker was asked."""
        if self._job.take_checkpoint_request():
            self._tell_rank(b"checkpoint\n")
        if self._job.stop_requested() and not self._stop_sent:
            self._stop_sent = True
            self._tell_rank(b"pause\n" if self._job.pausing else b"stop\n")

    def _tell_rank(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._ask, line)

    def _refuse_lost_rank(self) -> None:
        if self._ended is not None:
            return
        for number, rank in enumerate(self._ranks):
            if rank.poll():
                # The cause may lie elsewhere: who loses a partner ends badly, too.
                first = next((other for other in told_errors(self._folder)), number)
                raise _rank_lost(first, rank.returncode, self._folder)


def _rank_lost(number: int, code: int | None, folder: Path) -> TuningforkError:
    """Return what the rank itself said, or an error with the end of its output."""
    left = error_file(folder, number)
    if left.exists():
        told: dict[str, Any] = msgspec.json.decode(left.read_bytes())
        kind, short = told.pop("kind"), told.pop("short", None)
        if short is not None:
            return ShortMemory(**told, said=msgspec.convert(short, OutOfMemory))
        return _ERRORS.get(kind, JobError)(**told)
    log = folder / f"{number}.log"
    said = log.read_text(errors="replace")[-_TAIL:].strip().splitlines() if log.exists() else []
    last = clip(visible(said[-1]), 200) if said else "nothing"
    killed = "It was killed, as systems do when memory runs out. " if code == _KILL else ""
    return JobError(
        what=f"Process {number} of this training ended with code {code}.",
        why=f"{killed}The last it said: {last}.",
        remedy=f"Its output is in ranks/{number}.log; resume goes on from the newest checkpoint.",
    )


def leave_word(folder: Path, number: int, code: int) -> None:
    """Say for a rank that was killed what became of it; one that failed has told it or its log."""
    if code in _KILLED and not error_file(folder, number).exists():
        _write_word(folder, number, _rank_lost(number, code, folder))


def _write_word(folder: Path, number: int, error: TuningforkError) -> None:
    told: dict[str, object] = {"kind": type(error).__name__}
    told |= {"what": error.what, "why": error.why, "remedy": error.remedy}
    if isinstance(error, ShortMemory):
        told |= {"kind": "MachineError", "short": error.said}
    replace_file(error_file(folder, number), msgspec.json.encode(told))


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            with contextlib.suppress(OSError):
                os.close(end)


def report(job: RankContext, act: Callable[[], Outcome]) -> int:
    """Do a rank's work, let the worker know how it ended, and return the exit code."""
    try:
        outcome = act()
    except TuningforkError as error:
        _write_word(ranks_folder(job.folder), job.rank, error)
        return 1
    if job.rank == 0:
        told_end = {name: getattr(outcome, name) for name in ("reason", "best_step", "best_path")}
        job.send(Message(ended={**told_end, "stopped": isinstance(outcome, Stopped)}))
    return 0
