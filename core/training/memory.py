"""How much memory a training will need, by formula: known at once, before anything is loaded."""

from dataclasses import dataclass
from typing import Literal

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
    path: Literal["selected", "fused", "model"]
    four_bit: bool
    half: bool
    """Whether activations are 16-bit."""
    checkpointing: bool
    resident: int
    """Bytes the process holds before the model is there."""


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
    return load.resident + int((weights + moving + activations + logits) * _OVERHEAD)


def fits(predicted: int, free: int) -> bool:
    """Return whether a training of that peak may be begun with that much free memory."""
    return predicted <= free * _SHARE
