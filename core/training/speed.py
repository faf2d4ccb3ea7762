"""How fast trainings on this device were, from the logs of earlier runs."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from core.errors import TuningforkError
from core.events.run_state import RunState
from core.events.timing import MEASURED_STEPS
from core.jobs.record import JobRecord, read_record
from core.jobs.store import list_jobs
from core.training.model_shape import ModelShape, shape_of_base
from core.training.recipe import Recipe, make_recipe
from core.workspace import Workspace

_LOOKED_AT = 12
"""The newest trainings that are asked; older ones say less about the machine of today."""
_PASSES = {"full": 6, "lora": 4, "qlora": 4}
"""Operations of one weight for one token: two forward, two to hand back, two for its gradient."""


class Range(NamedTuple):
    """Factors that make an expectation a range."""

    low: float
    high: float


SAME = Range(0.8, 1.3)
"""For a run of the same model, method and precision; the preflight's own range."""
SCALED = Range(0.5, 2.0)
"""For a run of another model or method on the same device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What a run has measured, as it is expected of another."""

    run: str
    """Id of the run that measured."""
    tokens_s: float
    """Train tokens in a second."""
    look_row_s: float
    """Seconds that a look takes for each validation row."""
    save_s: float
    """Seconds of one checkpoint."""
    range: Range
    """Wide where the model or the method was another."""


class _Kind(NamedTuple):
    """What the speed of a training depends on besides its rows."""

    base: str
    revision: str | None
    method: str
    dtype: str
    processes: int


def measured_speed(workspace: Workspace, recipe: Recipe, device: str) -> Speed | None:
    """Return the speed of the newest run of the same kind, or one scaled from another; or None."""
    scaled: Speed | None = None
    trainings = [job for job in list_jobs(workspace) if job.kind == "train"]
    for job in trainings[:_LOOKED_AT]:
        before = _recipe(workspace, job.id)
        speed = _speed(job.id, job.run_state)
        if before is None or speed is None or job.device != device:
            continue
        if _kind(before) == _kind(recipe):
            return speed
        scaled = scaled or _scaled(speed, before, recipe)
    return scaled


def _recipe(workspace: Workspace, run_id: str) -> Recipe | None:
    """Return what a run was asked; None for one that cannot be read any more."""
    try:
        record: JobRecord = read_record(workspace.run(run_id))
        return make_recipe(record.spec["recipe"], where=run_id)
    except (TuningforkError, KeyError):
        return None


def _kind(recipe: Recipe) -> _Kind:
    model = recipe.model
    return _Kind(
        model.base, model.revision, recipe.method.kind, model.dtype, recipe.runtime.processes
    )


def _speed(run_id: str, state: RunState) -> Speed | None:
    """Return what the log of a run tells; None while it tells too little."""
    known = state.seconds_per_step and state.tokens and state.total_steps and state.epochs
    if not known or state.attempt_steps < MEASURED_STEPS:
        return None
    assert state.seconds_per_step is not None
    assert state.tokens is not None
    assert state.total_steps is not None
    assert state.epochs is not None
    a_step = state.tokens * state.epochs / state.total_steps
    tried = state.preflight
    return Speed(
        run=run_id,
        tokens_s=a_step / state.seconds_per_step,
        look_row_s=tried.eval_s / max(1, state.validation_rows or 1) if tried else 0.0,
        save_s=tried.save_s if tried else 0.0,
        range=SAME,
    )


def _scaled(speed: Speed, before: Recipe, recipe: Recipe) -> Speed | None:
    """Return a speed as another model or method would have it, by the operations of a token."""
    one, other = _shape(before), _shape(recipe)
    if one is None or other is None:
        return None
    work = one.parameters * _PASSES[before.method.kind]
    factor = other.parameters * _PASSES[recipe.method.kind] / work
    return replace(
        speed,
        tokens_s=speed.tokens_s / factor,
        look_row_s=speed.look_row_s * factor,
        save_s=speed.save_s * factor,
        range=SCALED,
    )


def _shape(recipe: Recipe) -> ModelShape | None:
    return shape_of_base(recipe.model.base, recipe.model.revision)
