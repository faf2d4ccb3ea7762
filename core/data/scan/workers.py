"""Hands pieces to processes and takes back what they found, in the order of the file."""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Final, NamedTuple

import core
from core.data.scan.piece import Found, check_too_long
from core.data.scan.source import Piece
from core.data.scan.worker import Task, name, receive, send
from core.errors import MachineError

_AHEAD: Final = 2
"""Pieces a process has waiting while it checks another."""
_ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",  # its threads cost a third of what numpy takes to load
    # Arrays of a block are then served from memory at hand: signing rows takes a sixth less time.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "MALLOC_TOP_PAD_": str(4 << 20),
}
"""Settings of libraries that are read when a process starts; others ignore them."""

Process = subprocess.Popen[bytes]


class Checked(NamedTuple):
    """A piece and what was found in it."""

    piece: Piece
    found: Found


def check_with_workers(pieces: Iterable[Piece], task: Task, *, processes: int) -> Iterator[Checked]:
    """Yield every piece in order, checked; closing the iterator ends the processes at once."""
    with _running(processes, task) as idle, ThreadPoolExecutor(processes) as threads:

        def check(piece: Piece) -> Checked:
            if not piece.lines:
                length, number = piece.length, piece.first
                return Checked(piece, check_too_long(length, number=number, asked=task.asked))
            process = idle.get()
            try:
                return Checked(piece, _ask(process, piece))
            finally:
                idle.put(process)

        waiting: deque[Future[Checked]] = deque()
        try:
            for piece in pieces:
                waiting.append(threads.submit(check, piece))
                if len(waiting) > processes * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _ask(process: Process, piece: Piece) -> Found:
    """Let one process check one piece."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        send(process.stdin, name(piece))
        answer = receive(process.stdout)
    except OSError:
        answer = None
    if answer is None:
        raise MachineError(
            what=f"A process that checked rows from line {piece.first} on ended early.",
            why="It was stopped from outside, most often because memory ran out.",
            remedy="Close other programs, or split the file, and inspect it again.",
        )
    found: Found = pickle.loads(answer)
    return found


@contextmanager
def _running(processes: int, task: Task) -> Iterator[SimpleQueue[Process]]:
    """Give processes that wait for pieces, and end them whatever happens."""
    idle: SimpleQueue[Process] = SimpleQueue()
    started: list[Process] = []
    source = str(Path(core.__file__).resolve().parents[1])
    try:
        for _ in range(processes):
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "core.data.scan.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": source, "PYTHONSAFEPATH": "1"},
                pass_fds=(task.file,),
            )
            started.append(process)
            assert process.stdin is not None
            with suppress(OSError):  # a process that died already is met at its first piece
                send(process.stdin, pickle.dumps(task))
            idle.put(process)
        yield idle
    finally:
        for process in started:
            process.kill()
            process.communicate()
