"""Makes every arm of a release ready to be asked; only inside a worker, where models may load."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from core.catalog.base_models import ModelSource, locate_model
from core.data.rows import Example, Message
from core.errors import JobError
from core.extras import require_local
from core.jobs.record import read_record
from core.machine import expected_device, read_gpus
from core.release.gateway.arms import LiveArm, endpoint_arm, live_arm
from core.release.gateway.backend import ArmFailedError
from core.release.gateway.local_backend import LocalBackend, LocalEngine
from core.release.release_plan import Arm, ReleasePlan
from core.scoring.scored_run import recipe_of
from core.workspace import Workspace

_LOCAL = "core.contenders.local"
"""Imports torch, so it is named here and resolved in the worker."""
_TRIAL = "Say yes."
_TRIAL_TOKENS = 4


class _Weights(NamedTuple):
    """What a model in memory is made from; arms with equal ones share it."""

    source: ModelSource
    tuned: Path | None
    device: str
    max_tokens: int
    template: str | None
    stop: tuple[str, ...]


def make_arms(
    workspace: Workspace, plan: ReleasePlan, environment: Mapping[str, str]
) -> dict[str, LiveArm]:
    """Return the arms by name; models are loaded when this returns."""
    engines: dict[_Weights, LocalEngine] = {}
    arms: dict[str, LiveArm] = {}
    for name, arm in plan.arm.items():
        if arm.endpoint:
            arms[name] = endpoint_arm(workspace, name, arm, environment)
            continue
        weights = _weights(workspace, arm)
        if weights not in engines:
            engines[weights] = _engine(weights)
        tuned = arm.tuned if arm.run else bool(arm.adapter)
        arms[name] = live_arm(name, arm, LocalBackend(engines[weights], tuned=tuned))
    return arms


async def try_arm(arm: LiveArm, patience: float) -> None:
    """Ask an arm one short question, or say that it does not answer."""
    turn = Message(role="user", text=_TRIAL, trains=False, raw={"role": "user", "content": _TRIAL})
    asked = arm.conversation(Example(row=0, messages=(turn,), tools=None))
    try:
        async with (
            asyncio.timeout(patience),
            aclosing(arm.backend.answer(asked, _TRIAL_TOKENS, stream=True)) as pieces,
        ):
            async for _ in pieces:
                pass
    except (ArmFailedError, TimeoutError) as failed:
        why = str(failed) or f"no whole answer came in {patience:g} seconds"
        raise JobError(
            what=f"The arm {arm.name} does not answer.",
            why=f"It was asked one short question: {why}.",
            remedy="Mend that, then do it again: a release is made of arms that answer.",
        ) from failed


def _weights(workspace: Workspace, arm: Arm) -> _Weights:
    """Return what the model of an arm is made from."""
    require_local()
    if not arm.run:
        return _Weights(
            source=locate_model(arm.model, arm.revision),
            tuned=Path(arm.adapter) if arm.adapter else None,
            device=expected_device("auto", read_gpus()[0]),
            max_tokens=arm.max_tokens,
            template=None,
            stop=(),
        )
    recipe, trained = recipe_of(workspace, arm.run), workspace.run(arm.run)
    own = trained.chat_template
    return _Weights(
        source=locate_model(recipe.model.base, recipe.model.revision),
        tuned=trained.tuned,
        device=read_record(trained).device,
        max_tokens=arm.max_tokens,
        template=own.read_text(encoding="utf-8") if own.exists() else None,
        stop=recipe.model.stop,
    )


def _engine(weights: _Weights) -> LocalEngine:
    make_model: Callable[..., Any] = import_module(_LOCAL).LocalModel
    return LocalEngine(
        make_model(
            weights.source,
            weights.tuned,
            device=weights.device,
            max_new_tokens=weights.max_tokens,
            template=weights.template,
            stop=weights.stop,
        )
    )
