"""A full disk, a file size limit, a folder that may not be written: clear words, nothing lost."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.events.schema import RunFailed, StepLogged
from core.jobs.resume import resume
from core.jobs.status import read_status
from core.workspace import RunFolder, Workspace
from tests.support.jobs import (
    OVER,
    launch_entry,
    read_events,
    rehearse,
    wait_for_state,
    wait_until,
    workspace_of_jobs,
)

ROOT = Path(__file__).parents[2]
STEPS = 400
ENTRY = "tests.support.job_entries:small_files"
AS_A_STRANGER = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
sys.path.append(sys.argv[1])
from core.errors import TuningforkError
from core.jobs.launch import launch
from core.jobs.resume import resume
from core.jobs.status import read_status
from core.workspace import open_workspace
workspace = open_workspace(Path(sys.argv[2]))
now = datetime.now(UTC)
(folder,) = workspace.run_folders()
print(read_status(folder).state)
for act in (
    lambda: launch(workspace, kind="rehearsal", name="x", spec={}, now=now, token="t",
                   environment=os.environ),
    lambda: resume(folder, now=now, environment=os.environ),
):
    try:
        act()
    except TuningforkError as error:
        print(type(error).__name__, error.what)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_of_jobs(tmp_path / "ws") as made:
        yield made


def _failed_for_space(folder: RunFolder) -> int:
    """See a run that failed for want of space, told by what still works; return its last step."""
    assert wait_for_state(folder, *OVER) == "failed"
    status = read_status(folder)
    failure = status.run_state.failure
    assert failure is not None
    assert "event log" in failure.what
    assert "Free some space" in failure.remedy
    events = read_events(folder.events)
    assert not any(isinstance(one, RunFailed) for one in events), "it did not fit in the log"
    assert [one.seq for one in events] == list(range(1, len(events) + 1))
    wait_until(lambda: read_status(folder).liveness == "gone", "the end of the worker")
    return status.run_state.step


def _goes_on(folder: RunFolder, last: int) -> None:
    """Resume with space again; every step that was shown is still there."""
    before = read_events(folder.events)
    resume(folder, now=datetime.now(UTC), environment=os.environ)
    wait_until(lambda: read_status(folder).run_state.attempt == 2, "the next attempt")
    assert wait_for_state(folder, "finished", "failed", "lost") == "finished"
    events = read_events(folder.events)
    assert events[: len(before)] == before
    assert len([one for one in events if isinstance(one, RunFailed)]) == 1
    steps = [one.step for one in events if isinstance(one, StepLogged)]
    assert steps[:last] == list(range(1, last + 1))
    assert steps[-1] == STEPS
    assert [one.seq for one in events] == list(range(1, len(events) + 1))


@pytest.mark.parametrize("limit", [20_000, 20_011, 20_077, 20_150])
def test_a_log_that_may_not_grow_ends_the_job_in_words(workspace: Workspace, limit: int) -> None:
    folder = launch_entry(workspace, ENTRY, limit=limit, steps=STEPS, rate=0.0)
    last = _failed_for_space(folder)
    assert 10 < last < STEPS
    assert folder.events.stat().st_size <= limit
    _goes_on(folder, last)


def test_a_full_disk_ends_the_job_in_words(tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    try:
        with workspace_of_jobs(mount / "ws") as workspace:
            folder = rehearse(workspace, steps=STEPS, rate=400.0, checkpoint_every=100_000)
            wait_until(lambda: (folder.path / ".reserve").exists(), "the reserve")
            filler = mount / "filler"
            with filler.open("wb") as file:
                while True:
                    try:
                        os.write(file.fileno(), b"x" * 4096)
                    except OSError:
                        break
            assert wait_for_state(folder, *OVER) == "failed"
            status = read_status(folder)
            assert status.run_state.failure is not None
            assert "Free some space" in status.run_state.failure.remedy
            last = status.run_state.step
            wait_until(lambda: read_status(folder).liveness == "gone", "the end of the worker")
            filler.unlink()
            _goes_on(folder, last)
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def test_a_workspace_that_may_not_be_written_is_shown_and_refuses_in_words(
    workspace: Workspace,
) -> None:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is missing, and root may write everywhere")
    folder = rehearse(workspace, steps=50, rate=0.0, fail_at=20)
    assert wait_for_state(folder, *OVER) == "failed"
    wait_until(lambda: read_status(folder).liveness == "gone", "the end of the worker")
    places = [workspace.root, *workspace.root.rglob("*")]
    for path in places:
        path.chmod(0o500 if path.is_dir() else 0o400)
    before = {path: path.read_bytes() for path in places if path.is_file()}
    powerless = [setpriv, "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    command = [sys.executable, "-P", "-c", AS_A_STRANGER, str(ROOT), str(workspace.root)]
    done = subprocess.run(
        [*powerless, *command], capture_output=True, text=True, check=False, timeout=300
    )
    for path in places:
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert done.stdout.splitlines()[0] == "failed", done.stderr
    refusals = done.stdout.splitlines()[1:]
    assert len(refusals) == 2, done.stdout + done.stderr
    assert all(line.startswith("StorageError Could not") for line in refusals), refusals
    assert {path: path.read_bytes() for path in before} == before
