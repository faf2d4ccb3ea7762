"""Runs `tuningfork` as a person's shell would, also with less than a person usually has."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TUNINGFORK = str(Path(sys.executable).with_name("tuningfork"))
WITHOUT_ROOT_POWERS = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-all",
)
"""Lets the permission bits of files count also for root, as they do for everybody else."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The object on standard output."""
        return json.loads(self.out)


def tuningfork(
    *words: str | Path,
    cwd: Path,
    environment: dict[str, str] | None = None,
    file_limit: int | None = None,
    obey_permissions: bool = False,
) -> Done:
    """Run one command to its end; `file_limit` makes every longer file hit a full disk."""
    prefix: Sequence[str] = ()
    if obey_permissions and os.getuid() == 0:
        prefix = WITHOUT_ROOT_POWERS
    done = subprocess.run(
        [*prefix, TUNINGFORK, *map(str, words)],
        cwd=cwd,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        preexec_fn=_limit_files(file_limit) if file_limit is not None else None,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def permissions_count() -> bool:
    """Return whether a read-only folder can be made here."""
    return os.getuid() != 0 or shutil.which("setpriv") is not None


def _limit_files(size: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit
