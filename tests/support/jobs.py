"""Real workers for tests: launch, wait for a condition, look, kill, and leave nothing behind."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.events.reader import EventReader
from core.events.schema import Event, RunCreated
from core.jobs import lock
from core.jobs.launch import launch, launch_record
from core.jobs.record import JobRecord
from core.jobs.status import JobState, Viewer, read_status
from core.workspace import RunFolder, Workspace, create_workspace, new_run_id

DEADLINE = 180.0
"""Seconds; generous, because what is waited for comes within one on an idle machine."""
OVER: frozenset[JobState] = frozenset({"stopped", "finished", "failed", "lost"})


def wait_until(condition: Callable[[], bool], what: str, *, deadline: float = DEADLINE) -> float:
    """Wait for a condition and return the seconds it took; fail with words when it never comes."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.005)
    return time.monotonic() - began


@contextmanager
def workspace_of_jobs(root: Path) -> Iterator[Workspace]:
    """Yield a workspace; its workers are ended afterwards."""
    workspace = create_workspace(root)
    try:
        yield workspace
    finally:
        for folder in workspace.run_folders():
            kill(folder)


def rehearse(
    workspace: Workspace,
    *,
    name: str = "rehearsal",
    device: str = "cpu",
    after: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    **spec: Any,
) -> RunFolder:
    """Launch a rehearsal."""
    return launch(
        workspace,
        kind="rehearsal",
        name=name,
        spec=spec,
        device=device,
        after=after,
        now=datetime.now(UTC),
        token=os.urandom(4).hex(),
        environment=os.environ if environment is None else environment,
    )


def launch_entry(
    workspace: Workspace, entry: str, *, handed: int | None = None, **spec: Any
) -> RunFolder:
    """Launch a job whose work is any function, named "module:function"."""
    now = datetime.now(UTC)
    record = JobRecord(
        id=new_run_id("entry", now=now, token=os.urandom(4).hex()),
        kind="rehearsal",
        name="entry",
        device="cpu",
        created_at=now.isoformat(),
        created_by="tester",
        host="here",
        entry=entry,
        spec=spec,
    )
    created = RunCreated(kind="rehearsal", name="entry")
    return launch_record(workspace, record, created, now=now, environment=os.environ, handed=handed)


def state_of(folder: RunFolder) -> JobState:
    """Return the state as a fresh viewer sees it."""
    return read_status(folder).state


def wait_for_state(folder: RunFolder, *states: JobState) -> JobState:
    """Wait until a viewer sees one of the states, and return it."""
    viewer = Viewer(folder)

    def reached() -> bool:
        return viewer.look_until_caught_up().state in states

    try:
        wait_until(reached, f"{folder.id} in {states}")
    except AssertionError as error:
        printed = folder.log.read_text() if folder.log.exists() else ""
        raise AssertionError(f"{error}; it is {viewer.status.as_json()}; {printed}") from error
    return viewer.status.state


def wait_for_step(folder: RunFolder, step: int, *, deadline: float = DEADLINE) -> None:
    """Wait until the log has this step."""
    viewer = Viewer(folder)
    wait_until(
        lambda: viewer.look_until_caught_up().run_state.step >= step,
        f"step {step} of {folder.id}",
        deadline=deadline,
    )


def worker_pid(folder: RunFolder) -> int | None:
    """Return the pid in the job's lock."""
    holder = lock.read_holder(folder.lock)
    return None if holder is None else holder.pid


def processes_of(folder: RunFolder) -> list[int]:
    """Return the workers of a job as the system lists them, even before they sign the lock."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"core.jobs.worker" in command and os.fsencode(folder.path) in command:
            found.append(int(entry.name))
    return found


def kill(folder: RunFolder, number: int = signal.SIGKILL) -> None:
    """Send a signal to the job's worker, if it lives, once it is known by its pid."""
    if not lock.is_held(folder.lock):
        return
    wait_until(
        lambda: worker_pid(folder) is not None or not lock.is_held(folder.lock),
        f"a pid of {folder.id}",
    )
    pid = worker_pid(folder)
    if pid is None:
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    if number == signal.SIGKILL:
        wait_until(lambda: not lock.is_held(folder.lock), f"the end of {pid}")


def read_events(path: Path) -> list[Event]:
    """Return all events of a log."""
    reader = EventReader(path)
    events: list[Event] = []
    while True:
        batch = reader.read()
        events += batch.events
        if not batch.more:
            return events
