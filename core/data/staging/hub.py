"""Takes over a data set of the Hugging Face Hub, read by a child process that can be ended.

The libraries that read it are those of training, which no screen loads.
"""

import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from core.data.staging.columnar import require_reader
from core.data.staging.source import Options
from core.data.staging.staged import CopyWriter
from core.errors import DataError, MachineError, TuningforkError
from core.text_safety import clip, visible

PREFIX = "hf://"
COMMAND = (sys.executable, "-P", "-m", "core.data.staging.hub_rows")
"""The child; it alone imports the library that reads data sets."""
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?\Z")
_SAID = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSet:
    """A data set as a person names it."""

    name: str
    """Owner and name; a folder's path when it begins with a slash."""
    config: str | None
    """Which configuration; None where it has one alone."""
    split: str | None
    """Which split; None where it has one alone."""
    revision: str | None
    """None for the newest."""


def parse_hub_name(name: str, options: Options) -> HubSet:
    """Return what `hf://owner/name@revision` means."""
    path, _, revision = name.removeprefix(PREFIX).removeprefix("datasets/").partition("@")
    if not path.startswith("/") and not _NAME.match(path):
        raise DataError(
            what=f"{visible(clip(name, 80))!r} names no data set of the Hub.",
            why="A name has an owner and a name, as in hf://owner/name.",
            remedy="Copy the name from the page of the data set; @ and a revision may follow.",
        )
    return HubSet(
        name=path,
        config=options.config,
        split=options.split,
        revision=revision or options.revision,
    )


class HubRows:
    """The child's answer: first which commit it reads, then the rows."""

    def __init__(
        self, says: IO[bytes], child: "subprocess.Popen[bytes]", errors: IO[bytes]
    ) -> None:
        self._says = says
        self._child = child
        self._errors = errors
        self.commit = str(self._line().get("commit", ""))
        """The commit that is read; empty where nobody could be asked."""

    def stage(self, out: CopyWriter) -> None:
        """Write every row."""
        for number, raw in enumerate(self._says, start=1):
            if not raw.endswith(b"\n"):
                break
            out.add(raw.rstrip(b"\n"), number)
        self._check()

    def _line(self) -> dict[str, Any]:
        raw = self._says.readline()
        if not raw:
            self._check()
        value = json.loads(raw or b"{}")
        return value if isinstance(value, dict) else {}

    def _check(self) -> None:
        """Raise what the child met."""
        status = self._child.wait()
        if status == 0:
            return
        self._errors.seek(0)
        raise _failed(self._errors.read(), status)


@contextmanager
def hub_rows(wanted: HubSet) -> Iterator[HubRows]:
    """Yield the rows of a data set; the child ends with the block."""
    require_reader("datasets", wanted.name)
    asked = json.dumps(
        {
            "name": wanted.name,
            "config": wanted.config,
            "split": wanted.split,
            "revision": wanted.revision,
        }
    )
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(asked.encode())
            child.stdin.close()
            yield HubRows(child.stdout, child, errors)
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
            child.stdout.close()
            child.wait()


def _failed(said: bytes, status: int) -> TuningforkError:
    """Return the error that the child reported, or that it ended without one."""
    lines = said.decode(errors="replace").strip().splitlines() or ["It said nothing."]
    try:
        error = json.loads(lines[-1])
        return DataError(what=error["what"], why=error["why"], remedy=error["remedy"])
    except (ValueError, TypeError, KeyError):
        return MachineError(
            what="Reading the data set failed.",
            why=f"The process that reads it ended with {status}: {visible(clip(lines[-1], _SAID))}",
            remedy="Try again; `tuningfork doctor` checks the machine.",
        )
