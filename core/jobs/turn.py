"""Jobs on one device run one after the other: in the order they were asked for."""

import time
from typing import NamedTuple

from core.errors import JobError
from core.events.schema import Queued
from core.jobs import lock
from core.jobs.context import JobContext
from core.jobs.liveness import examine
from core.jobs.record import read_record
from core.workspace import RunFolder, Workspace

_PAUSE = 0.2


class _Place(NamedTuple):
    """Where a job stands in the line; asked for earlier comes first."""

    since: float
    id: str


def wait_for_turn(job: JobContext, holder: lock.Holder) -> int | None:
    """Return a descriptor that holds the device, or None when a stop was asked for meanwhile."""
    job.workspace.devices.mkdir(mode=0o700, exist_ok=True)
    path = job.workspace.devices / f"{job.record.device.replace(':', '-')}.lock"
    mine = _Place(holder.since, job.folder.id)
    rivals = _others_on(job.record.device, job.workspace, mine)
    said: tuple[str, int] | None = None
    while not job.stop_requested():
        first = [one for one in job.record.after if is_alive(job.workspace.run(one))]
        if not first:
            rivals = [one for one in rivals if is_alive(job.workspace.run(one.id))]
            first = [one.id for one in rivals if not _waits(job.workspace, one.id)]
        if not first:
            device = lock.take(path, patience=0)
            if device is not None:
                lock.write_holder(device, holder, path)
                return device
            using = lock.read_holder(path)
            first = ["" if using is None else using.run]
        if said != (first[0], len(first)):
            said = (first[0], len(first))
            job.emit(Queued(device=job.record.device, behind=said[0], position=said[1]))
        time.sleep(_PAUSE)
    return None


def _others_on(device: str, workspace: Workspace, mine: _Place) -> list[_Place]:
    """Return the living jobs that asked for the device earlier, oldest first."""
    found: list[_Place] = []
    for folder in workspace.run_folders():
        liveness, holder = examine(folder)
        if liveness != "alive" or holder is None:
            continue
        place = _Place(holder.since, folder.id)
        if place < mine and _device_of(folder) == device:
            found.append(place)
    return sorted(found)


def _device_of(folder: RunFolder) -> str:
    try:
        return read_record(folder).device
    except JobError:
        return ""


def _waits(workspace: Workspace, job_id: str) -> bool:
    """Return whether a job still waits for another one; then it keeps nobody from the device."""
    try:
        record = read_record(workspace.run(job_id))
    except JobError:
        return False
    return any(is_alive(workspace.run(one)) for one in record.after)


def is_alive(folder: RunFolder) -> bool:
    """Return whether a job's worker is known to live."""
    return examine(folder).liveness == "alive"
