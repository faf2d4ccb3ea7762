"""What a recipe leaves open, chosen from the rows and the model, each choice with its reason."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.events.parts import MixedIn
from core.training.model_shape import ModelShape
from core.training.row_sizes import RowSizes
from core.training.speed import Speed

_LOOKS = 20
_LOOK_SHARE = 0.1
"""Of the time of training, the most that looks at the validation rows may take."""
_PASS_OVER_LOOK = 3.0
"""A trained row costs about three times one that is only read."""
_FULL_PRECISION = 4
_FEW, _MANY, _VERY_MANY = 1_000, 20_000, 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a training before it starts."""

    train_rows: int
    validation_rows: int
    longest: int | None = None
    """Tokens of the longest row; None before the rows were counted."""
    shape: ModelShape | None = None
    """How large the model is; None while its settings are not on this machine."""
    memory: int | None = None
    """Bytes of the device; None when nobody could say."""
    sizes: RowSizes | None = None
    """How long the rows are; None while nobody looked."""
    device: str = "cpu"
    """Where it would run, as far as the driver tells."""
    device_why: str = ""
    """What speaks for that device; empty where the recipe names it."""
    free: int | None = None
    """Bytes that the device could give now; None when nobody could say."""
    disk_free: int | None = None
    """Bytes that the workspace's disk could still take; None when nobody could say."""
    mixed: tuple[MixedIn, ...] = ()
    """Sets that are mixed in; their rows are among the train rows."""
    speed: Speed | None = None
    """What earlier runs measured; None where none did, or nobody looked."""


class Default(NamedTuple):
    """A value for a field that the recipe leaves open."""

    field: str
    value: int | float | str | None
    """None where leaving it open is the choice."""
    reason: str


def choose_defaults(facts: Facts, given: Mapping[str, object]) -> tuple[Default, ...]:
    """Return the choices for a recipe; `given` has its values by dotted name, chosen or not.

    Choices build on each other and on what the recipe says: fewer rows in an update make more
    updates, which move the looks at the validation rows.
    """
    rows = facts.train_rows
    kind = str(given.get("method.kind", "lora"))
    update = _update_rows(rows)
    epochs = _epochs(rows)
    taken = (
        _number(given, "batch.update_rows", update.value),
        _number(given, "epochs", epochs.value),
    )
    per_epoch = max(1, math.ceil(rows / taken[0]))
    total = int(per_epoch * taken[1])
    found = [epochs, update, _rate(kind, dora=bool(given.get("lora.dora")))]
    if kind != "full":
        found += [_rank(facts), _dropout(rows)]
    found += [_warmup(total), _every(facts, per_epoch, total), _longest(facts)]
    if facts.device_why:
        found.append(Default("device", facts.device, facts.device_why))
    if kind == "full":
        found.append(
            Default(
                "optim.weight_decay", 0.01, "all weights move; a small pull keeps them in bounds"
            )
        )
    return tuple(found)


def _number(given: Mapping[str, object], name: str, otherwise: object) -> float:
    """Return what the recipe says of a number, or what was chosen."""
    value = given.get(name, otherwise)
    return float(value) if isinstance(value, int | float) else 1.0


def _epochs(rows: int) -> Default:
    if rows < 500:
        return Default("epochs", 5, f"{rows} rows are few; early stopping usually ends sooner")
    if rows < _MANY:
        return Default("epochs", 3, "usual for a thousand rows or so; an upper bound")
    if rows < _VERY_MANY:
        return Default("epochs", 2, f"{rows:,} rows teach enough in two passes")
    return Default("epochs", 1, f"{rows:,} rows teach enough in one pass")


def _update_rows(rows: int) -> Default:
    if rows < 80:
        return Default("batch.update_rows", 4, f"{rows} rows in larger groups would be few updates")
    if rows < 320:
        return Default("batch.update_rows", 8, f"{rows} rows give {math.ceil(rows / 8)} updates")
    if rows < _MANY:
        return Default("batch.update_rows", 16, "steady gradients without wasting rows")
    return Default(
        "batch.update_rows", 32, f"{rows:,} rows give enough updates; steadier gradients"
    )


def _rate(kind: str, *, dora: bool) -> Default:
    if kind == "full":
        return Default("optim.lr", 1e-5, "usual when all weights move")
    if kind == "qlora" or dora:
        word = "QLoRA" if kind == "qlora" else "DoRA"
        return Default("optim.lr", 1e-4, f"usual for {word}, half of plain LoRA's")
    return Default("optim.lr", 2e-4, "usual for LoRA; small models bear more, try x3 and x0.3 too")


def _rank(facts: Facts) -> Default:
    shape, memory, rows = facts.shape, facts.memory, facts.train_rows
    if shape and memory and shape.parameters * _FULL_PRECISION > 0.6 * memory:
        return Default("lora.rank", 8, "the model alone takes most of the memory")
    if rows < 200:
        return Default("lora.rank", 8, f"{rows} rows would be learned by heart with more")
    if rows >= _MANY:
        return Default("lora.rank", 32, f"{rows:,} rows hold more than a rank of 16 takes in")
    return Default("lora.rank", 16, "enough for a format, a tone or a narrow task")


def _dropout(rows: int) -> Default:
    if rows < _FEW:
        return Default("lora.dropout", 0.05, f"{rows} rows: under a thousand it helps a little")
    return Default(
        "lora.dropout", 0.0, f"{rows:,} rows need none, and without it training is faster"
    )


def _warmup(total: int) -> Default:
    if total < 100:
        return Default("optim.warmup_share", 0.1, f"of {total} steps a tenth, to rise gently")
    return Default("optim.warmup_share", 0.05, f"of {total:,} steps a twentieth is enough")


def _every(facts: Facts, per_epoch: int, total: int) -> Default:
    """Return about twenty looks a run, at least one an epoch, within their share of the time."""
    work = facts.train_rows * total / per_epoch * _PASS_OVER_LOOK
    affordable = int(_LOOK_SHARE * work / max(1, facts.validation_rows))
    looks = max(1, min(_LOOKS, affordable))
    every = min(per_epoch, math.ceil(total / looks))
    count = math.ceil(total / every)
    return Default(
        "evaluate.every", every, f"{count} looks in {total:,} steps, at least one an epoch"
    )


def _longest(facts: Facts) -> Default:
    context = facts.shape.context if facts.shape else None
    if facts.longest is None:
        limit = f"its {context:,} tokens" if context else "what it reads"
        bound = f"; the longest row has at most {facts.sizes.longest:,}" if facts.sizes else ""
        return Default(
            "data.max_tokens", None, f"no row is cut; the model's own limit holds: {limit}{bound}"
        )
    rounded = 64 * math.ceil(facts.longest / 64)
    longest = f"the longest row has {facts.longest:,} tokens"
    if context and context < rounded:
        return Default("data.max_tokens", context, f"the model reads no more; {longest}")
    return Default("data.max_tokens", rounded, longest)
