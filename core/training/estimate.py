"""What a run will take, by formula and by what earlier runs measured; nothing is loaded for it."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import msgspec

from core.errors import MachineError
from core.events.parts import MixedIn
from core.sizes import human_bytes
from core.training.batching import plan_updates
from core.training.defaults import Facts
from core.training.memory import Choices, Load, LossPath, Place, Prospect, Shape, prospect, refusal
from core.training.model_shape import ModelShape
from core.training.recipe import Recipe
from core.training.row_sizes import RowSizes
from core.training.speed import Speed

_RESIDENT = 500 * 2**20
"""What a worker on the processor holds once its libraries are there, measured."""
_STATE_BYTES = 12
"""Of a checkpoint for each weight that moves: itself and two moments, in float32."""
_SPARE_CHECKPOINTS = 2
"""The best one, and the one being written."""
_PLANNED_ROWS = 20_000
"""Rows of all epochs up to which every micro-batch is planned; a bound does for more."""
_FUSED_FROM_BYTES = 256 * 2**20


class Span(NamedTuple):
    """An expectation, from a low end to a high one."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What can be said of a run before it starts."""

    parameters: int | None
    """Weights of the base model; None when its settings are not on this machine."""
    trained: int | None
    """Weights that move."""
    rows: int
    validation_rows: int
    mixed: tuple[MixedIn, ...]
    """Sets among the rows that lie beside the split."""
    updates: int
    """Optimiser steps if nothing ends the run early."""
    looks: int
    """Times the validation rows are scored."""
    device: str
    """Where it would run, as far as the driver tells."""
    step_tokens: int | None
    """Tokens of a mean update; None before the rows were counted."""
    memory: Prospect | None
    """None where the model's measures or the device's memory are unknown."""
    free: int | None
    """Bytes of memory that the device could give now."""
    counted: bool
    """Whether memory stands on counted tokens; else it is the most there can be."""
    disk: int | None
    """Bytes of all checkpoints that are kept at a time."""
    disk_free: int | None
    time: Span | None
    """Seconds if nothing ends it early; None before a run measured and the rows are counted."""
    speed: Speed | None
    """What the time stands on; None where no run has measured."""
    cost: Span | None
    """Money by the recipe's price of an hour; None where it names none or no time is known."""
    refusals: tuple[MachineError, ...]
    """Why the preflight would refuse it, each with the smallest change that would do."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `train --dry-run --json`."""
        return {
            "parameters": self.parameters,
            "trained": self.trained,
            "mixed": [msgspec.to_builtins(one) for one in self.mixed],
            "updates": self.updates,
            "looks": self.looks,
            "device": self.device,
            "step_tokens": self.step_tokens,
            "peak_bytes": self.memory.predicted if self.memory else None,
            "peak_is_bound": not self.counted,
            "free_bytes": self.free,
            "moves": list(self.memory.moves) if self.memory else [],
            "disk_bytes": self.disk,
            "disk_free_bytes": self.disk_free,
            "eta_low_s": self.time.low if self.time else None,
            "eta_high_s": self.time.high if self.time else None,
            "measured_by": self.speed.run if self.speed else None,
            "cost_low": self.cost.low if self.cost else None,
            "cost_high": self.cost.high if self.cost else None,
            "refusals": [one.as_json() for one in self.refusals],
        }


def estimate(recipe: Recipe, facts: Facts) -> Estimate:
    """Return what a resolved recipe takes."""
    sizes, shape = facts.sizes, facts.shape
    counted = sizes is not None and sizes.counted
    rows = len(sizes.train) if sizes and counted else facts.train_rows
    validation = len(sizes.validation) if sizes and counted else facts.validation_rows
    updates = -(-rows // recipe.batch.update_rows) * recipe.epochs
    looks = -(-updates // max(1, recipe.evaluate.every or updates // recipe.epochs))
    trained = _trained(recipe, shape) if shape else None
    memory, refusals = _memory(recipe, facts)
    disk = None
    if trained is not None:
        disk = trained * _STATE_BYTES * (recipe.checkpoint.keep + _SPARE_CHECKPOINTS)
    if disk is not None and facts.disk_free is not None and disk > facts.disk_free:
        refusals = (*refusals, disk_refusal(disk, facts.disk_free))
    tokens = sum(sizes.train) if sizes and counted else None
    time = _time(recipe, facts.speed, tokens, looks, validation)
    price = recipe.runtime.hour_price
    return Estimate(
        parameters=shape.parameters if shape else None,
        trained=trained,
        rows=rows,
        validation_rows=validation,
        mixed=facts.mixed,
        updates=updates,
        looks=looks,
        device=facts.device,
        step_tokens=None if tokens is None else round(tokens * recipe.epochs / max(1, updates)),
        memory=memory,
        free=facts.free,
        counted=counted,
        disk=disk,
        disk_free=facts.disk_free,
        time=time,
        speed=facts.speed,
        cost=Span(*(end / 3600 * price for end in time)) if time and price else None,
        refusals=refusals,
    )


def disk_refusal(needed: int, free: int) -> MachineError:
    """Return the refusal of a training whose checkpoints the disk cannot hold."""
    return MachineError(
        what=f"The checkpoints of this training need {human_bytes(needed)} of disk.",
        why=f"{human_bytes(free)} are free where the workspace is.",
        remedy="Free some space, or set checkpoint.keep = 1.",
    )


def _trained(recipe: Recipe, shape: ModelShape) -> int:
    if recipe.method.kind == "full":
        return shape.parameters
    return shape.adapter_parameters(recipe.lora.rank, recipe.lora.targets)


def _time(
    recipe: Recipe, speed: Speed | None, tokens: int | None, looks: int, validation: int
) -> Span | None:
    """Return the seconds of all epochs and looks."""
    if speed is None or tokens is None or not speed.tokens_s:
        return None
    whole = tokens * recipe.epochs / speed.tokens_s
    whole += looks * (speed.look_row_s * validation + speed.save_s)
    return Span(whole * speed.range.low, whole * speed.range.high)


def _memory(recipe: Recipe, facts: Facts) -> tuple[Prospect | None, tuple[MachineError, ...]]:
    """Return how the training lies in memory, and the refusal of one that surely does not fit."""
    sizes, model = facts.sizes, facts.shape
    if sizes is None or model is None or facts.free is None or not sizes.train:
        return None, ()
    shape = Shape(
        parameters=model.parameters
        + (0 if recipe.method.kind == "full" else _trained(recipe, model)),
        trainable=_trained(recipe, model),
        hidden=model.hidden,
        feed_forward=model.feed_forward,
        layers=model.layers,
        vocabulary=model.vocabulary,
    )
    limit = (
        min(recipe.data.max_tokens or sizes.longest, model.context or sizes.longest)
        if recipe.data
        else sizes.longest
    )
    lengths = [min(length, limit) for length in sizes.train]
    load = _load(recipe, facts.device, lengths, sizes, shape.vocabulary)
    auto = recipe.runtime.checkpointing == "auto"
    frozen_head = recipe.method.kind == "lora"
    choices = Choices(recipe.runtime.loss == "auto" and frozen_head, max(lengths), auto)
    # Processes that share a processor share its memory too; each GPU has its own.
    free = facts.free // (recipe.runtime.processes if facts.device == "cpu" else 1)
    found = prospect(shape, load, choices, free=free)
    if not sizes.counted:
        return _not_below(found, prospect(shape, _unfused(load, shape), choices, free=free)), ()
    if found.fits:
        return found, ()
    place = Place(facts.device, free, recipe.method.kind)
    return found, (refusal(shape, found.load, place, longest=max(lengths)),)


def _load(
    recipe: Recipe, device: str, lengths: list[int], sizes: RowSizes, vocabulary: int
) -> Load:
    tokens, supervised = _heaviest(recipe, lengths, sizes)
    asked = recipe.runtime.loss
    large = supervised * vocabulary * 4 > _FUSED_FROM_BYTES
    usual: LossPath = "fused" if large and recipe.method.kind == "lora" else "selected"
    on_gpu = device.startswith("cuda")
    half = recipe.model.dtype == "bfloat16" or (recipe.model.dtype == "auto" and on_gpu)
    return Load(
        tokens=tokens,
        supervised=supervised,
        path=usual if asked == "auto" else asked,
        four_bit=recipe.method.kind == "qlora",
        half=half,
        checkpointing=recipe.runtime.checkpointing == "on",
        resident=0 if on_gpu else _RESIDENT,
        shards=recipe.runtime.ranks if recipe.runtime.shard else 1,
    )


def _unfused(load: Load, shape: Shape) -> Load:
    """Return the heaviest load of fewer trained tokens, for which no fused loss is chosen."""
    most = _FUSED_FROM_BYTES // (shape.vocabulary * 4)
    return replace(load, path="selected", supervised=min(load.supervised, most))


def _not_below(found: Prospect, other: Prospect) -> Prospect:
    """Return the bound, raised to what rows that train fewer tokens may take."""
    if other.predicted <= found.predicted:
        return found
    return found._replace(predicted=other.predicted, moves=other.moves, fits=other.fits)


def _heaviest(recipe: Recipe, lengths: list[int], sizes: RowSizes) -> tuple[int, int]:
    """Return padded and supervised tokens of the largest micro-batch, or the most they can be."""
    batch = recipe.batch
    if sizes.counted and len(lengths) * recipe.epochs <= _PLANNED_ROWS:
        updates = plan_updates(
            lengths,
            update_rows=batch.update_rows,
            tokens=batch.tokens,
            epochs=recipe.epochs,
            seed=recipe.seed,
        )
        heaviest = max(
            (group for update in updates for group in update),
            key=lambda group: (max(lengths[place] for place in group) * len(group), group),
        )
        places = max(lengths[place] for place in heaviest) * len(heaviest)
        return places, sum(sizes.supervised[place] for place in heaviest)
    longest = max(lengths)
    tokens = max(longest, min(batch.tokens, longest * batch.update_rows))
    most = sum(sorted(sizes.supervised, reverse=True)[: batch.update_rows])
    return tokens, min(tokens, most)
