"""A run is scored only if its log shows that it met this very holdout, and nobody let it pass."""

from pathlib import Path

import pytest

from core.data.dataset import dataset_folder
from core.data.holdout_lock import HoldoutLock, read_lock
from core.errors import DataError
from core.events.schema import Event, KeysConsumed, RunCreated, StepLogged
from core.events.writer import EventWriter
from core.scoring.evidence import check_run
from core.workspace import Workspace
from tests.support.logs import Ticks
from tests.support.path_job import SPLIT, make_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "ws")


def lock_of(workspace: Workspace) -> HoldoutLock:
    return read_lock(dataset_folder(workspace, SPLIT).lock)


def checked(of: HoldoutLock, **changes: object) -> KeysConsumed:
    facts: dict[str, object] = {
        "stage": "checked",
        "lock": of.root,
        "lock_version": of.version,
        "rows": 34,
        "root": "00",
        "total": "00",
        "intersection": 0,
    }
    return KeysConsumed(**{**facts, **changes})  # type: ignore[arg-type]


def judge(workspace: Workspace, *events: Event) -> None:
    folder = workspace.run("run")
    folder.path.mkdir(parents=True)
    with EventWriter.open(folder.events, run="run", attempt=1, clock=Ticks()) as writer:
        for event in events:
            writer.write(event)
    check_run(workspace, "run", lock_of(workspace))


def created(root: str) -> RunCreated:
    return RunCreated(kind="train", name="x", split_hash=root)


def test_a_run_that_met_this_holdout_is_scored(workspace: Workspace) -> None:
    lock = lock_of(workspace)
    judge(workspace, created(lock.root), checked(lock), checked(lock, stage="read"))


def test_a_run_without_evidence_is_refused(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="does not show that its rows were compared"):
        judge(workspace, created(lock_of(workspace).root))


def test_a_run_under_another_version_is_refused_and_both_are_named(workspace: Workspace) -> None:
    lock = lock_of(workspace)
    with pytest.raises(DataError, match=r"another holdout lock \(version 3, this is version 1\)"):
        judge(workspace, checked(lock, lock="ff" * 16, lock_version=3))


def test_an_override_anywhere_in_a_long_log_is_found(workspace: Workspace) -> None:
    lock = lock_of(workspace)
    steps = [StepLogged(step=n, loss=1.0) for n in range(2000)]
    bad = checked(lock, intersection=2, override="we only wanted to see")
    with pytest.raises(DataError, match="touch the holdout") as caught:
        judge(workspace, checked(lock), *steps, bad, *steps, checked(lock))
    assert "we only wanted to see" in caught.value.why


def test_holdout_rows_that_were_read_without_a_reason_are_refused(workspace: Workspace) -> None:
    lock = lock_of(workspace)
    with pytest.raises(DataError, match="read rows that touch the holdout"):
        judge(workspace, checked(lock), checked(lock, stage="read", intersection=1))
