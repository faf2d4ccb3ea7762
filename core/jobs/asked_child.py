"""A child process that is asked once, says how far it is, and can be ended from another thread."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import NamedTuple

from core.errors import DataError, MachineError, RecipeError, StorageError, WorkspaceError
from core.jobs.environment import worker_environment
from core.text_safety import clip, visible

_ERRORS = {
    kind.__name__: kind
    for kind in (DataError, MachineError, RecipeError, StorageError, WorkspaceError)
}
_SAID = 300
OnPhase = Callable[[str, int | None, int | None], None]
"""Takes what the child is at, how much of it is done, and how much there is; None for unknown."""


class Asked(NamedTuple):
    """What a child is started with."""

    command: Sequence[str]
    """The program with its arguments."""
    content: bytes
    """What it reads from standard input; it reads all of it before it says anything."""
    folder: Path
    """Where it runs."""
    doing: str
    """What it does, as the beginning of "... failed."."""
    remedy: str
    """What to do if it ends without a word."""


class AskedChild:
    """One child for one question; `answer` waits in a thread, `cancel` is called from another."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment the child gets, without secrets it has no use for."""
        self._environment = environment
        self._turn = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._cancelled = Event()

    def answer(self, asked: Asked, on_phase: OnPhase) -> dict[str, object] | None:
        """Return the last line that the child says; None when it was cancelled.

        Raise the error it names, or that it ended without an answer.
        """
        on_phase("loading libraries", None, None)
        with tempfile.TemporaryFile() as complaints:
            with self._turn:
                if self._cancelled.is_set():
                    return None
                self._child = subprocess.Popen(
                    asked.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    cwd=asked.folder,
                    env=worker_environment(self._environment),
                    start_new_session=True,
                )
            last = _listen(self._child, asked.content, on_phase)
            status = self._child.wait()
            if self._cancelled.is_set():
                return None
            if status or not last or {"phase", "error"} & last.keys():
                complaints.seek(0)
                raise _failed(asked, last, status, complaints.read())
            return last

    def cancel(self) -> None:
        """End the child, if there is one; `answer` returns None soon."""
        with self._turn:
            self._cancelled.set()
            if self._child is not None and self._child.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._child.pid, signal.SIGKILL)


def _listen(
    child: "subprocess.Popen[bytes]", content: bytes, on_phase: OnPhase
) -> dict[str, object]:
    """Hand on what the child says and return its last line."""
    assert child.stdin is not None
    assert child.stdout is not None
    last: dict[str, object] = {}
    with child.stdin as asks, child.stdout as says:
        with suppress(BrokenPipeError):
            asks.write(content)
            asks.close()
        for line in says:
            last = json.loads(line)
            if "phase" in last:
                done, total = last.get("done"), last.get("total")
                on_phase(
                    str(last["phase"]),
                    done if isinstance(done, int) else None,
                    total if isinstance(total, int) else None,
                )
    return last


def _failed(
    asked: Asked, last: Mapping[str, object], status: int, complaints: bytes
) -> DataError | MachineError | RecipeError | StorageError | WorkspaceError:
    """Return the error that the child met, or that it ended without a word."""
    said = last.get("error")
    if isinstance(said, dict):
        kind = _ERRORS.get(str(said.get("error")), DataError)
        return kind(what=str(said["what"]), why=str(said["why"]), remedy=str(said["remedy"]))
    lines = complaints.decode(errors="replace").strip().splitlines()
    words = clip(visible(lines[-1]), _SAID) if lines else "It said nothing."
    return MachineError(
        what=f"{asked.doing} failed.",
        why=f"The process that does it ended with status {status}. {words}",
        remedy=asked.remedy,
    )
