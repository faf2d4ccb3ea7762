"""How much memory a training will need, by formula: known at once, before anything is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from core.errors import MachineError
from core.sizes import human_bytes

LossPath = Literal["selected", "fused", "model"]
_NF4_BYTES = 0.52
_ADAM_BYTES = 16
"""A weight that moves: itself, its gradient and two moments, in float32."""
_OVERHEAD = 1.08
_SHARE = 0.92
"""Of the memory that is free, what a training may plan with."""

_ATTENTION_FLOATS = 18
_FEED_FORWARD_FLOATS = 8
_CHUNK_ROWS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the formula needs to know about a model."""

    parameters: int
    trainable: int
    hidden: int
    feed_forward: int
    layers: int
    vocabulary: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the formula needs to know about a training."""

    tokens: int
    """Padded tokens of the largest micro-batch."""
    supervised: int
    """Tokens among them that carry loss."""
    path: LossPath
    four_bit: bool
    half: bool
    """Whether activations are 16-bit."""
    checkpointing: bool
    resident: int
    """Bytes the process holds before the model is there."""
    shards: int = 1
    """Processes that hold a share of the weights each."""


def predict(shape: Shape, load: Load) -> int:
    """Return the peak in bytes."""
    weights = shape.parameters * (_NF4_BYTES if load.four_bit else 4.0)
    moving = shape.trainable * (_ADAM_BYTES - (0 if load.four_bit else 4))
    number = 2 if load.half else 4
    wide = _ATTENTION_FLOATS * shape.hidden + _FEED_FORWARD_FLOATS * shape.feed_forward
    per_layer = load.tokens * wide * number / 2
    if load.checkpointing:
        activations = load.tokens * shape.layers * shape.hidden * number + per_layer
    else:
        activations = per_layer * shape.layers
    scored = {
        "model": load.tokens,
        "selected": load.supervised,
        "fused": min(load.supervised, _CHUNK_ROWS),
    }[load.path]
    logits = scored * shape.vocabulary * (10 if load.half else 12)
    held = (weights + moving) / load.shards + _put_together(shape, load)
    return load.resident + int((held + activations + logits) * _OVERHEAD)


def _put_together(shape: Shape, load: Load) -> float:
    """Return the bytes of what is whole for its turn: two layers and the tables at both ends.

    Where all weights move, their gradient is whole for as long.
    """
    if load.shards == 1:
        return 0.0
    tables = min(2 * shape.vocabulary * shape.hidden, shape.parameters)
    layers = min(2.0, shape.layers) * (shape.parameters - tables) / max(1, shape.layers)
    all_move = shape.trainable == shape.parameters
    return (tables + layers) * (8.0 if all_move else 4.0)


def fits(predicted: int, free: int) -> bool:
    """Return whether a training of that peak may be begun with that much free memory."""
    return predicted <= free * _SHARE


class Move(NamedTuple):
    """A change that saves memory and changes no result."""

    words: str
    load: Load
    """The training after it and all moves before it."""


class Choices(NamedTuple):
    """What a recipe leaves to the program when memory is short."""

    fused: bool
    """Whether the loss may be computed without keeping logits."""
    longest: int
    """Tokens of the longest row: the least that is computed at once."""
    checkpointing: bool
    """Whether activations may be computed twice."""


def moves(load: Load, choices: Choices) -> Iterator[Move]:
    """Yield the changes in the order in which the preflight tries them, each on top of the last."""
    if choices.fused and load.path == "selected":
        load = replace(load, path="fused")
        yield Move("keeps no logits", load)
    if load.tokens > choices.longest:
        load = replace(
            load, tokens=choices.longest, supervised=min(load.supervised, choices.longest)
        )
        yield Move("one row at a time", load)
    if choices.checkpointing and not load.checkpointing:
        load = replace(load, checkpointing=True)
        yield Move("activations computed twice", load)


class Prospect(NamedTuple):
    """How a training would lie in memory."""

    load: Load
    predicted: int
    """Bytes at the peak, after the moves."""
    moves: tuple[str, ...]
    """What would be changed for it, in words."""
    fits: bool


def prospect(shape: Shape, load: Load, choices: Choices, *, free: int) -> Prospect:
    """Return the first way in which a training fits, or the leanest one if none does."""
    made: list[str] = []
    steps = [Move("", load), *moves(load, choices)]
    for move in steps:
        made += [move.words] if move.words else []
        if fits(predict(shape, move.load), free):
            break
    predicted = predict(shape, move.load)
    return Prospect(move.load, predicted, tuple(made), fits(predicted, free))


class Place(NamedTuple):
    """Where a training is to run, for saying why it cannot."""

    device: str
    free: int
    """Bytes."""
    method: str


def refusal(shape: Shape, load: Load, place: Place, *, longest: int) -> MachineError:
    """Return the refusal of a training that does not fit, with the smallest change that would."""
    fitting = next(
        (
            tokens
            for tokens in range(longest // 64 * 64, 0, -64)
            if fits(predict(shape, _shorter(load, tokens)), place.free)
        ),
        None,
    )
    if fitting:
        remedy = f"Set data.max_tokens = {fitting}, which fits, or shorten the longest rows."
    elif place.method == "full":
        remedy = 'Set method.kind = "lora": an adapter needs a fraction of that.'
    elif place.method == "lora" and place.device.startswith("cuda"):
        remedy = 'Set method.kind = "qlora", or choose a smaller base model.'
    else:
        remedy = "Choose a smaller base model."
    return MachineError(
        what=f"This training needs about {human_bytes(predict(shape, load))} of memory.",
        why=f"{human_bytes(place.free)} are free on {place.device}.",
        remedy=remedy,
    )


def _shorter(load: Load, tokens: int) -> Load:
    return replace(load, tokens=tokens, supervised=min(load.supervised, tokens))
