"""Says what this machine can do, and the one command that mends each thing it can't."""

import fcntl
import importlib.metadata
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from core.database import connect_to_read
from core.errors import TuningforkError
from core.extras import LOCAL, install_command, missing_packages
from core.machine import Machine, read_gpus, read_machine
from core.sizes import human_bytes
from core.training.cache_pruning import cache_size
from core.training.trial import trial_devices, try_training
from core.workspace import Workspace

_MEMORY_TO_TRAIN = 4 * 1024**3
_DISK_TO_TRAIN = 5 * 1024**3

State = Literal["ok", "limited", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at."""

    subject: str
    state: State
    """`limited` means something cannot be done here; `broken` means something must be mended."""
    finding: str
    remedy: str = ""
    """One command or act that mends it; empty when nothing needs mending."""


def diagnose(workspace: Workspace | None, folder: Path) -> tuple[Diagnosis, ...]:
    """Look at everything; `folder` stands for the workspace where there is none."""
    machine = read_machine(workspace.root if workspace else folder)
    return (
        *_diagnose_machine(machine),
        _diagnose_extra(),
        _diagnose_loops(),
        *_diagnose_workspace(workspace, folder),
    )


def diagnose_training(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Train a little for real on every GPU, or without one on the processor; takes its seconds."""
    extra = _diagnose_extra()
    if extra.state != "ok":
        yield extra
        return
    for device in trial_devices(read_gpus()[0]):
        for one in try_training(device, environment):
            state: State = "ok" if one.works else "limited" if one.usable else "broken"
            yield Diagnosis(
                subject=one.subject, state=state, finding=one.finding, remedy=one.remedy
            )


def as_json(diagnoses: tuple[Diagnosis, ...]) -> dict[str, object]:
    """Return the stable form that `doctor --json` prints."""
    return {
        "healthy": all(one.state != "broken" for one in diagnoses),
        "checks": [asdict(one) for one in diagnoses],
    }


def _diagnose_machine(machine: Machine) -> Iterator[Diagnosis]:
    """Look at processors, memory, disk and GPUs."""
    yield Diagnosis(
        subject="machine",
        state="ok",
        finding=f"{machine.host}: {machine.system}, {machine.cores} cores, Python {machine.python}",
    )
    memory = (
        f"{human_bytes(machine.memory_available)} of {human_bytes(machine.memory_total)} available"
    )
    if machine.memory_available < _MEMORY_TO_TRAIN:
        yield Diagnosis(
            subject="memory",
            state="limited",
            finding=f"{memory}; training even a small model wants about 4 GB",
            remedy="Close other programs, or train on another machine and watch it from here.",
        )
    else:
        yield Diagnosis(subject="memory", state="ok", finding=memory)
    disk = f"{human_bytes(machine.disk_free)} free"
    if machine.disk_free < _DISK_TO_TRAIN:
        yield Diagnosis(
            subject="disk",
            state="limited",
            finding=f"{disk}; checkpoints of a small model want about 5 GB",
            remedy="Free some space (`df -h` shows where).",
        )
    else:
        yield Diagnosis(subject="disk", state="ok", finding=disk)
    for gpu in machine.gpus:
        used = f"{human_bytes(gpu.memory_used)} of {human_bytes(gpu.memory_total)} used"
        yield Diagnosis(
            subject=f"gpu {gpu.index}", state="ok", finding=f"{gpu.name}, {used}: cuda:{gpu.index}"
        )
    if not machine.gpus:
        yield Diagnosis(
            subject="gpu",
            state="limited",
            finding=f"{machine.gpu_note} Training runs on the processor: right for the sample "
            "task, slow for models above about 100 M parameters.",
            remedy="With an NVIDIA GPU: install its driver, then `nvidia-smi` must list it.",
        )


def _diagnose_loops() -> Diagnosis:
    """Look for the loops in C."""
    from core.data.kernel.library import loaded

    if loaded() is not None:
        return Diagnosis(
            subject="inspecting", state="ok", finding="its loops in C were built for this machine"
        )
    return Diagnosis(
        subject="inspecting",
        state="limited",
        finding="its loops in C were not built; a large file takes about twice as long",
        remedy="Install a C compiler (such as gcc), then install tuningfork again.",
    )


def _diagnose_extra() -> Diagnosis:
    """Look for the packages that training on this machine needs."""
    missing = missing_packages()
    if missing:
        return Diagnosis(
            subject="local training",
            state="limited",
            finding=f"Not installed: {', '.join(missing)}. Watching, inspecting and deciding work.",
            remedy=install_command(),
        )
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LOCAL)
    return Diagnosis(subject="local training", state="ok", finding=versions)


def _diagnose_workspace(workspace: Workspace | None, folder: Path) -> Iterator[Diagnosis]:
    """Look at the workspace's files, database and locks."""
    if workspace is None:
        yield Diagnosis(
            subject="workspace",
            state="limited",
            finding="There is none here.",
            remedy="tuningfork init",
        )
    else:
        yield Diagnosis(
            subject="workspace", state="ok", finding=f"{workspace.name}, {workspace.root}"
        )
        yield _diagnose_database(workspace)
        yield _diagnose_cache(workspace)
    yield _diagnose_storage(workspace.root if workspace else folder)


def _diagnose_cache(workspace: Workspace) -> Diagnosis:
    """Look at how much the tokens of earlier looks and launches take."""
    size = cache_size(workspace)
    count = "1 set" if size.folders == 1 else f"{size.folders} sets"
    finding = (
        f"{human_bytes(size.bytes)} in {count} of tokens; above {human_bytes(size.limit)} what was "
        "used least recently goes"
    )
    return Diagnosis(subject="token cache", state="ok", finding=finding)


def _diagnose_database(workspace: Workspace) -> Diagnosis:
    """Read every page of the database and say what SQLite thinks of it."""
    try:
        with connect_to_read(workspace.database) as connection:
            if connection is None:
                return Diagnosis(subject="database", state="ok", finding="empty so far")
            said = connection.execute("PRAGMA quick_check").fetchone()[0]
            if said != "ok":
                raise sqlite3.DatabaseError(said)
    except TuningforkError as error:
        return Diagnosis(
            subject="database",
            state="broken",
            finding=f"{error.what} {error.why}",
            remedy=error.remedy,
        )
    return Diagnosis(subject="database", state="ok", finding="every page reads back")


def _diagnose_storage(folder: Path) -> Diagnosis:
    """Try what jobs rely on: writing, and a lock that a second holder is refused."""
    try:
        with (
            tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as first,
            open(first.name, "rb") as second,
        ):
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return Diagnosis(
                    subject="storage", state="ok", finding="can be written, and locks hold"
                )
    except OSError as error:
        return Diagnosis(
            subject="storage",
            state="broken",
            finding=f"{folder} cannot be used for jobs: {os.strerror(error.errno or 0)}.",
            remedy="Give yourself write permission, free some space, or use another folder.",
        )
    return Diagnosis(
        subject="storage",
        state="limited",
        finding="Locks do not hold on this file system; whether a job lives is told by its process "
        "alone, and only on its own machine.",
        remedy="Put the workspace on a local disk.",
    )
