import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from core.errors import MachineError, RecipeError
from core.events.folding import apply
from core.events.run_state import RunState
from core.events.schema import AlertRaised, Event, Resumed, SampleTaken, StepLogged
from core.jobs import lock
from core.jobs.context import Finished, JobContext, Outcome
from core.jobs.record import JobRecord
from core.training import rehearsal
from core.workspace import create_workspace
from tests.support.jobs import read_events
from tests.support.logs import writer


@contextmanager
def context(root: Path, *, attempt: int = 1, **spec: Any) -> Iterator[JobContext]:
    """Yield the context of a job that runs in this process."""
    workspace = create_workspace(root)
    folder = workspace.run("probe")
    folder.path.mkdir(exist_ok=True)
    descriptor = lock.take(folder.lock)
    assert descriptor is not None
    record = JobRecord(
        id="probe",
        kind="rehearsal",
        name="probe",
        device="cpu",
        created_at="",
        created_by="ana",
        host="gpu3",
        entry="core.training.rehearsal:run",
        spec={"rate": 0.0, **spec},
    )
    try:
        with writer(folder.events, attempt=attempt) as log:
            yield JobContext(
                workspace=workspace, folder=folder, record=record, attempt=attempt, writer=log
            )
    finally:
        os.close(descriptor)


def played(root: Path, *, attempt: int = 1, **spec: Any) -> tuple[Outcome, list[Event]]:
    with context(root, attempt=attempt, **spec) as job:
        outcome = rehearsal.run(job)
    return outcome, read_events(job.folder.events)


def losses(events: list[Event]) -> list[float | None]:
    return [event.loss for event in events if isinstance(event, StepLogged)]


def test_the_same_seed_plays_the_same_run_and_another_seed_another(tmp_path: Path) -> None:
    _, first = played(tmp_path / "a", steps=60, seed=1)
    _, same = played(tmp_path / "b", steps=60, seed=1)
    _, other = played(tmp_path / "c", steps=60, seed=2)
    assert losses(first) == losses(same)
    assert losses(first) != losses(other)


def test_a_run_learns_and_its_result_is_its_best_checkpoint(tmp_path: Path) -> None:
    outcome, events = played(tmp_path, steps=200)
    state = reduce(apply, events, RunState())
    assert isinstance(outcome, Finished)
    assert outcome.best_step == state.best_step
    saved = {one.step: one.path for one in state.checkpoints}
    assert outcome.best_path == saved[state.best_step or 0]
    assert state.eval_loss is not None
    assert state.evals[0].loss is not None
    assert state.eval_loss < state.evals[0].loss
    assert any(isinstance(event, SampleTaken) for event in events)


@pytest.mark.parametrize("fail_at", [1, 7, 8, 33, 60])
def test_a_resumed_run_plays_the_steps_of_one_that_never_stopped(
    tmp_path: Path, fail_at: int
) -> None:
    spec: dict[str, Any] = {"steps": 60, "eval_every": 5, "checkpoint_every": 7}
    _, whole = played(tmp_path / "a", **spec)
    with pytest.raises(MachineError):
        played(tmp_path / "b", **spec, fail_at=fail_at)
    _, events = played(tmp_path / "b", attempt=2, **spec, fail_at=fail_at)
    (resumed,) = [event for event in events if isinstance(event, Resumed)]
    assert resumed.from_step < fail_at
    later = events[events.index(resumed) :]
    assert losses(later) == losses(whole)[resumed.from_step :]
    straight, twice = (reduce(apply, one, RunState()) for one in (whole, events))
    for name in ("ema", "best_step", "best_loss", "eval_loss", "step"):
        assert getattr(twice, name) == getattr(straight, name), name


def test_a_fault_and_losses_that_are_not_finite_are_played_when_asked_for(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="rehearsed"):
        played(tmp_path / "a", steps=20, crash_at=5)
    _, events = played(tmp_path / "b", steps=20, nan_at=5)
    assert losses(events)[4:9] == [None] * 5
    (alert,) = [event for event in events if isinstance(event, AlertRaised)]
    assert (alert.rule, alert.step) == ("not_finite", 5)


def test_a_rise_of_the_validation_loss_is_played_and_warned_of(tmp_path: Path) -> None:
    _, events = played(tmp_path, steps=400, rise_at=200)
    assert "overfit" in {event.rule for event in events if isinstance(event, AlertRaised)}


@pytest.mark.parametrize(
    "spec", [{"steps": 0}, {"rate": -1.0}, {"stepps": 3}, {"steps": "many"}, {"eval_every": 0}]
)
def test_a_spec_that_cannot_be_played_says_which_field(
    tmp_path: Path, spec: dict[str, Any]
) -> None:
    with context(tmp_path, **spec) as job, pytest.raises(RecipeError) as error:
        rehearsal.run(job)
    assert next(iter(spec)) in error.value.why
