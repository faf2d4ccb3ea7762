"""Tries the heaviest batches before step 1: does it fit, how long will it take, is it exact?

Nothing that is tried here moves a weight or a random number of the run.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import torch

from core.events.parts import Decision
from core.events.schema import PreflightDone
from core.training import loss
from core.training.batching import Update, fit, micro_batches
from core.training.checkpoints import save_checkpoint
from core.training.collate import Batch, live_length, packed, padded
from core.training.estimate import disk_refusal
from core.training.memory import Load, Place, Shape, fits, predict, refusal
from core.training.peak_memory import PeakMemory, ran_out_of_memory
from core.training.random_state import undisturbed
from core.training.sharding import is_sharded
from core.training.validation import row_losses

if TYPE_CHECKING:
    from core.training.loop import Loop

_T = TypeVar("_T")
_PROBED_ROWS = 4
_FUSED_FROM_BYTES = 256 * 2**20
_PADDING_WORTH_PACKING = 0.1
_ETA_LOW, _ETA_HIGH = 0.8, 1.3
_SAMPLED_TOKENS = 8
_SPARE_CHECKPOINTS = 2
"""The best one, and the one being written."""


def decide(loop: "Loop") -> tuple[Decision, ...]:
    """Choose how the loss is computed and how rows are laid out; only what is proven exact."""
    with undisturbed(loop.args.device):
        return (*_choose_path(loop), *_choose_layout(loop))


def measure(loop: "Loop", resident: int, decisions: Sequence[Decision]) -> PreflightDone:
    """Try the heaviest work; MachineError with the smallest change when it cannot fit."""
    peak = PeakMemory(loop.args.device)
    capacity = peak.capacity()
    made = list(decisions)
    if is_sharded(loop.model):  # all must decide alike, so the tightest of them decides
        known = loop.together.gather((capacity, resident))
        capacity, resident = min(free for free, _ in known), max(held for _, held in known)
    predicted = _make_fit(loop, resident, capacity, made)
    with undisturbed(loop.args.device):
        peak.reset()
        update_s, all_updates_s = _with_less(loop, lambda: _time_updates(loop))
        eval_s = _with_less(loop, lambda: _time_evaluation(loop))
        save_s, save_bytes = _time_checkpoint(loop)
        highest = peak.read()
    loop.model.zero_grad()
    looks = max(1, len(loop.updates) // loop.eval_every)
    whole = all_updates_s + looks * (eval_s + save_s)
    disk = save_bytes * (loop.recipe.checkpoint.keep + _SPARE_CHECKPOINTS)
    _refuse_full_disk(loop, disk)
    price = (loop.recipe.runtime.hour_price or 0.0) / 3600
    return PreflightDone(
        predicted_bytes=predicted,
        peak_bytes=highest,
        capacity_bytes=capacity,
        update_s=update_s,
        eval_s=eval_s,
        save_s=save_s,
        disk_bytes=disk,
        eta_low_s=whole * _ETA_LOW,
        eta_high_s=whole * _ETA_HIGH,
        cost_low=whole * _ETA_LOW * price if price else None,
        cost_high=whole * _ETA_HIGH * price if price else None,
        loss_path=loop.loss_path,
        decisions=tuple(made),
    )


# What is exact.


def _choose_path(loop: "Loop") -> list[Decision]:
    """Return why the loss is computed otherwise than by the model itself."""
    asked = loop.recipe.runtime.loss
    if asked == "model":
        loop.loss_path = "model"
        loop.tail.undo()
        return []
    batches = [_probed(loop, packed_rows=False)]
    tolerance = loss.tolerance(loop.model)
    paths = loss.allowed(loop.model)
    found = loop.compare(batches, paths)
    if not found["selected"].within(tolerance):
        loop.tail.undo()
        found = loop.compare(batches, paths)
    good = [path for path in paths if found[path].within(tolerance)]
    wanted: loss.LossPath = asked if asked != "auto" else _leanest(loop, good)
    loop.loss_path = wanted if wanted in good else "model"
    if loop.loss_path == "model":
        loop.tail.undo()
        off = max(one.loss for one in found.values())
        why = f"Leaner ways differ from the model's own loss by {off:.1e}."
        return [Decision(what="loss", was=asked, now="model", why=why)]
    off = found[loop.loss_path].loss
    why = f"Equals the model's own loss on {_PROBED_ROWS} rows to {off:.0e}."
    return [Decision(what="loss", was=asked, now=loop.loss_path, why=why)]


def _leanest(loop: "Loop", good: Sequence[loss.LossPath]) -> loss.LossPath:
    """Return `fused` where the selected logits would be large; a rule, so that runs repeat."""
    supervised = max(
        sum(loop.carrying[place] for place in group) for update in loop.updates for group in update
    )
    large = supervised * loop.model.config.vocab_size * 4 > _FUSED_FROM_BYTES
    return "fused" if large and "fused" in good else "selected"


def _choose_layout(loop: "Loop") -> list[Decision]:
    """Pack rows where the recipe asks for it or it saves work, and nothing changes by it."""
    asked = loop.recipe.batch.packing
    if asked != "on" and not (asked == "auto" and _packing_saves(loop)):
        loop.plan(packed=False)
        return []
    side_by_side = [_probed(loop, packed_rows=False)]
    end_to_end = [_probed(loop, packed_rows=True)]
    difference = loop.compare_layouts(side_by_side, end_to_end)
    exact = difference.within(loss.tolerance(loop.model))
    loop.plan(packed=exact)
    if exact:
        why = f"Rows laid end to end give the same loss to {difference.loss:.0e}."
    else:
        why = f"Rows laid end to end would read each other: off by {difference.loss:.1e}."
    return [Decision(what="packing", was=asked, now="on" if exact else "off", why=why)]


def _packing_saves(loop: "Loop") -> bool:
    """Whether rows end to end cost less: always where attention is computed row by row anyway."""
    much_padding = loop.padding_share > _PADDING_WORTH_PACKING
    return loop.rows_stay_apart or (loop.args.device.type == "cuda" and much_padding)


def _probed(loop: "Loop", *, packed_rows: bool) -> Batch:
    """Return a few rows of different lengths, the longest half of all left out."""
    order = sorted(range(len(loop.lengths)), key=lambda place: loop.lengths[place])
    half = order[: max(_PROBED_ROWS, len(order) // 2)]
    step = max(1, len(half) // _PROBED_ROWS)
    group = half[::step][:_PROBED_ROWS]
    made = packed(loop.rows, group) if packed_rows else padded(loop.rows, group, loop.pad)
    return made.to(loop.args.device)


# What fits.


def _make_fit(loop: "Loop", resident: int, capacity: int, made: list[Decision]) -> int:
    """Return the predicted peak after the automatic moves, none of which changes a result."""
    shape = _shape(loop)
    runtime = loop.recipe.runtime

    def predicted() -> int:
        return predict(shape, _load(loop, resident))

    if runtime.checkpointing == "on":
        loop.checkpoint_activations()
    if fits(predicted(), capacity):
        return predicted()
    for move in (_move_to_fused, _move_to_single_rows, _move_to_checkpointing):
        done = move(loop)
        made += done
        if done and fits(predicted(), capacity):
            return predicted()
    place = Place(str(loop.args.device), capacity, loop.recipe.method.kind)
    raise refusal(shape, _load(loop, resident), place, longest=max(loop.lengths))


def _move_to_fused(loop: "Loop") -> list[Decision]:
    if loop.recipe.runtime.loss != "auto" or loop.loss_path != "selected":
        return []
    found = loop.compare([_probed(loop, packed_rows=False)], loss.allowed(loop.model))
    if "fused" not in found or not found["fused"].within(loss.tolerance(loop.model)):
        return []
    loop.loss_path = "fused"
    return [Decision(what="loss", was="selected", now="fused", why="Keeps no logits.")]


def _move_to_single_rows(loop: "Loop") -> list[Decision]:
    longest = max(loop.lengths)
    was = loop.progress.budget or loop.recipe.batch.tokens
    if was <= longest:
        return []
    loop.remember(budget=longest)
    return [
        Decision(what="tokens at once", was=str(was), now=str(longest), why="The device is small.")
    ]


def _move_to_checkpointing(loop: "Loop") -> list[Decision]:
    able = getattr(loop.model, "supports_gradient_checkpointing", False)
    if loop.recipe.runtime.checkpointing != "auto" or not able:
        return []
    loop.checkpoint_activations()
    why = "Activations are computed twice instead of kept."
    return [Decision(what="checkpointing", was="off", now="on", why=why)]


def _shape(loop: "Loop") -> Shape:
    config = loop.model.config
    every = list(loop.model.parameters())
    return Shape(
        parameters=sum(one.numel() for one in every),
        trainable=sum(one.numel() for one in every if one.requires_grad),
        hidden=config.hidden_size,
        feed_forward=getattr(config, "intermediate_size", None) or 4 * config.hidden_size,
        layers=config.num_hidden_layers,
        vocabulary=config.vocab_size,
    )


def _load(loop: "Loop", resident: int) -> Load:
    heaviest = _heaviest(loop)
    return Load(
        tokens=_places(loop, heaviest),
        supervised=sum(loop.carrying[place] for place in heaviest),
        path=loop.loss_path,
        four_bit=loop.recipe.method.kind == "qlora",
        half=bool(loop.args.bf16),
        checkpointing=loop.progress.checkpointing,
        resident=resident,
        shards=loop.together.size if is_sharded(loop.model) else 1,
    )


def _refuse_full_disk(loop: "Loop", needed: int) -> None:
    free = shutil.disk_usage(loop.job.folder.path).free
    if needed > free:
        raise disk_refusal(needed, free)


# What it takes.


def _groups(loop: "Loop", update: Update) -> list[tuple[int, ...]]:
    return [part for group in update for part in fit(group, loop.lengths, loop.progress.budget)]


def _places(loop: "Loop", group: Sequence[int]) -> int:
    lengths = [loop.lengths[place] for place in group]
    return sum(lengths) if loop.packed else max(lengths) * len(lengths)


def _heaviest(loop: "Loop") -> tuple[int, ...]:
    every = (group for update in loop.updates for group in _groups(loop, update))
    return max(every, key=lambda group: (_places(loop, group), group))


def _with_less(loop: "Loop", act: Callable[[], _T]) -> _T:
    """Return what comes of it, with less at once as often as memory runs out."""
    while True:
        try:
            return act()
        except (RuntimeError, MemoryError) as error:
            if not ran_out_of_memory(error):
                raise
            loop.model.zero_grad()
            loop.need_less((_heaviest(loop),), error)


class _Cost(NamedTuple):
    """Seconds of a call as a line over its tokens."""

    call: float
    token: float


def _time_updates(loop: "Loop") -> tuple[float, float]:
    """Return the seconds of a mean update and of all of them."""
    every = [group for update in loop.updates for group in _groups(loop, update)]
    light = min(every, key=lambda group: (_places(loop, group), group))
    heavy = _heaviest(loop)
    loop.model.train()
    loop.forward_backward(loop.model, loop.batch(light), 1)  # the first call is never typical
    heavy_s = _timed(loop, lambda: loop.forward_backward(loop.model, loop.batch(heavy), 1))
    step_s = _timed(loop, lambda: _step_of_nothing(loop))
    light_s = _timed(loop, lambda: loop.forward_backward(loop.model, loop.batch(light), 1))
    cost = _line((_places(loop, light), light_s), (_places(loop, heavy), heavy_s))
    whole = sum(cost.call + cost.token * _places(loop, group) for group in every)
    whole += len(loop.updates) * step_s
    return whole / len(loop.updates), whole


def _line(light: tuple[int, float], heavy: tuple[int, float]) -> _Cost:
    if heavy[0] == light[0] or heavy[1] <= light[1]:
        return _Cost(0.0, heavy[1] / heavy[0])
    token = (heavy[1] - light[1]) / (heavy[0] - light[0])
    call = light[1] - token * light[0]
    return _Cost(call, token) if call >= 0 else _Cost(0.0, heavy[1] / heavy[0])


def _step_of_nothing(loop: "Loop") -> None:
    """Let an optimiser take its memory and its time without moving a weight."""
    moving = [one for one in loop.model.parameters() if one.requires_grad]
    torch.optim.AdamW(moving, lr=0.0, weight_decay=0.0).step()


def _time_evaluation(loop: "Loop") -> float:
    """Return the seconds of one look at the validation rows, from its heaviest batch."""
    lengths = [live_length(row) for row in loop.validation]
    tokens = loop.progress.budget or loop.recipe.batch.tokens
    groups = micro_batches(range(len(lengths)), lengths, tokens)
    places = [max(lengths[place] for place in group) * len(group) for group in groups]
    heavy = groups[places.index(max(places))]
    batch = padded(loop.validation, heavy, loop.pad).to(loop.args.device)
    loop.model.eval()
    with torch.no_grad(), loop.compute_loss_context_manager():
        seconds = _timed(loop, lambda: row_losses(loop.model, batch))
    sampled = _timed(loop, lambda: loop.samples.rehearse(loop.model, _SAMPLED_TOKENS))
    most = loop.recipe.evaluate.sample_tokens / _SAMPLED_TOKENS
    return seconds * sum(places) / max(places) + sampled * loop.recipe.evaluate.samples * most


def _time_checkpoint(loop: "Loop") -> tuple[float, int]:
    """Return seconds and bytes of a checkpoint that is written, read back and removed."""
    folder = loop.job.folder.path / ".preflight"
    with loop.trial_optimizer():
        began = time.monotonic()
        loop.put_together()
        if not loop.together.leads:
            return 0.0, 0
        try:
            saved = save_checkpoint(folder, 0, loop.write_checkpoint)
            return time.monotonic() - began, saved.size + 2 * _moving_bytes(loop)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _moving_bytes(loop: "Loop") -> int:
    """Return the bytes of one moment of the optimiser, which has none before step 1."""
    return sum(one.numel() * 4 for one in loop.model.parameters() if one.requires_grad)


def _timed(loop: "Loop", act: Callable[[], object]) -> float:
    _settle(loop)
    began = time.perf_counter()
    act()
    _settle(loop)
    return time.perf_counter() - began


def _settle(loop: "Loop") -> None:
    if loop.args.device.type == "cuda":
        torch.cuda.synchronize(loop.args.device)
