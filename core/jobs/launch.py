"""Starts jobs that outlive whoever asked for them: the terminal, its shell, its connection."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.errors import JobError, StorageError
from core.events.schema import RunCreated, RunFailed
from core.events.writer import EventWriter
from core.jobs import lock, process
from core.jobs.environment import worker_environment
from core.jobs.kinds import entry_of
from core.jobs.record import JobRecord, write_record
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible
from core.workspace import RunFolder, Workspace, new_run_id

_DEVICE = re.compile(r"cpu|mps|network|cuda:\d{1,3}|hosted:[a-z0-9-]{1,60}|port:\d{1,5}")
"""`network` is for jobs that only ask servers: they wait for one another and for no training.
`hosted:` is followed by what is trained and who pays: the same is never sent twice at a time.
A `port` is for gateways: two at one address wait for each other, and for nothing else."""
_START_SECONDS = 120
"""A loaded machine may take long to start an interpreter; longer than this is a fault."""
_LOG_TAIL = 400


def launch(
    workspace: Workspace,
    *,
    kind: str,
    name: str,
    spec: dict[str, Any],
    device: str = "cpu",
    after: tuple[str, ...] = (),
    now: datetime,
    token: str,
    environment: Mapping[str, str],
    recipe: bytes = b"",
    recipe_hash: str = "",
    split_hash: str = "",
    keys: tuple[str, ...] = (),
    id: str = "",
    handed: int | None = None,
) -> RunFolder:
    """Start a job and return its folder; it goes on whatever becomes of this process.

    `recipe` is the content of the `recipe.toml` that is put beside the record. Without `id`
    the job gets one of its own. `handed` is a pipe whose content the worker alone may read.
    """
    record = JobRecord(
        id=id or new_run_id(name, now=now, token=token),
        kind=kind,
        name=name,
        device=_device(device),
        created_at=now.astimezone(UTC).isoformat(),
        created_by=process.user(),
        host=process.here().host,
        entry=entry_of(kind),
        spec=spec,
        after=after,
        keys=keys,
    )
    created = RunCreated(
        kind=kind, name=name, device=device, recipe_hash=recipe_hash, split_hash=split_hash
    )
    return launch_record(
        workspace,
        record,
        created,
        now=now,
        environment=environment,
        recipe=recipe,
        handed=handed,
    )


def launch_record(
    workspace: Workspace,
    record: JobRecord,
    created: RunCreated,
    *,
    now: datetime,
    environment: Mapping[str, str],
    recipe: bytes = b"",
    handed: int | None = None,
) -> RunFolder:
    """Start the job that a record describes.

    The lock is taken before the record exists and handed to the worker, so there is no moment at
    which the job can be seen and nobody holds it.
    """
    folder = workspace.run(record.id)
    _check_predecessors(workspace, record)
    try:
        folder.path.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise JobError(
            what=f"There already is a job {folder.id}.",
            why="Two jobs were asked for under the same name in the same second.",
            remedy="Do it again.",
        ) from error
    except OSError as error:
        raise storage_error(error, folder.path, doing="start a job") from error
    descriptor = hold(folder)
    try:
        sign(folder, descriptor, attempt=1, now=now)
        if recipe:
            replace_file(folder.recipe, recipe)
        with EventWriter.open(folder.events, run=folder.id, attempt=1, clock=lambda: now) as log:
            log.write(created)
        write_record(folder, record)
        spawn(
            folder,
            descriptor,
            attempt=1,
            now=now,
            environment=environment,
            keys=record.keys,
            handed=handed,
        )
    finally:
        os.close(descriptor)
    return folder


def hold(folder: RunFolder) -> int:
    """Return a descriptor that holds the lock of a job nobody works on."""
    descriptor = lock.take(folder.lock)
    if descriptor is None:
        raise JobError(
            what=f"{folder.id} is at work.",
            why="Its worker, or a process the worker left behind, holds its lock.",
            remedy="`tuningfork watch` shows it; `tuningfork stop` ends it.",
        )
    return descriptor


def sign(folder: RunFolder, descriptor: int, *, attempt: int, now: datetime) -> None:
    """Write into the held lock that an attempt is being started; its worker adds who it is."""
    host, boot_id, pid_space = process.here()
    holder = lock.Holder(
        run=folder.id,
        attempt=attempt,
        since=now.timestamp(),
        host=host,
        boot_id=boot_id,
        pid_space=pid_space,
    )
    lock.write_holder(descriptor, holder, folder.lock)


def spawn(
    folder: RunFolder,
    descriptor: int,
    *,
    attempt: int,
    now: datetime,
    environment: Mapping[str, str],
    keys: tuple[str, ...] = (),
    handed: int | None = None,
) -> None:
    """Start a worker that holds the lock; return when it stands on its own feet.

    The process started here only makes the worker and ends, so that nobody has a child to wait
    for, and its exit status says whether Python and this program could be loaded.
    """
    command = [sys.executable, "-P", "-m", "core.jobs.worker", str(folder.path)]
    given = () if handed is None else (handed,)
    try:
        log = os.open(folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise storage_error(error, folder.log, doing="start a worker") from error
    try:
        starter = subprocess.run(
            [*command, *map(str, [descriptor, attempt, *given])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder.path,
            env=worker_environment(environment, keys=keys),
            pass_fds=(descriptor, *given),
            start_new_session=True,
            timeout=_START_SECONDS,
            check=False,
        )
        failed = starter.returncode != 0
        why = f"Its process ended at once with status {starter.returncode}."
    except (OSError, subprocess.TimeoutExpired) as error:
        failed = True
        why = f"The system answered: {clip(visible(str(error)), 200)}."
    finally:
        os.close(log)
    if failed:
        raise _not_started(folder, why, attempt=attempt, now=now)


def _not_started(folder: RunFolder, why: str, *, attempt: int, now: datetime) -> JobError:
    """Write into the log that there is no worker, and return the error that says so."""
    error = JobError(
        what=f"The worker of {folder.id} could not be started.",
        why=f"{why} {_last_line(folder)}".strip(),
        remedy=f"{visible(str(folder.log))} has the rest; `tuningfork doctor` checks the machine.",
    )
    failure = RunFailed(what=error.what, why=error.why, remedy=error.remedy, seconds=0.0)
    try:
        with EventWriter.open(
            folder.events, run=folder.id, attempt=attempt, clock=lambda: now
        ) as log:
            log.write(failure)
    except StorageError:
        return error
    return error


def _last_line(folder: RunFolder) -> str:
    """Return the end of what the worker printed."""
    try:
        lines = folder.log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return clip(visible(lines[-1]), _LOG_TAIL) if lines else ""


def _device(device: str) -> str:
    if not _DEVICE.fullmatch(device):
        raise JobError(
            what=f"{clip(visible(device), 40)!r} is no device.",
            why="A job runs on cpu, or on cuda:0, cuda:1 and so on.",
            remedy="`tuningfork doctor` lists the devices of this machine.",
        )
    return device


def _check_predecessors(workspace: Workspace, record: JobRecord) -> None:
    for one in record.after:
        if not workspace.run(one).record.exists():
            raise JobError(
                what=f"There is no job {one} to wait for.",
                why=f"{record.name!r} should start after it.",
                remedy="`tuningfork runs` lists the ids of this workspace.",
            )
