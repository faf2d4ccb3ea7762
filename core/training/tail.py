"""Leaves out work whose result nothing reads.

Only positions whose next token carries loss are scored, and a model that reads forwards never
looks at padding on the right. So the mask of the padding is not handed over, which lets attention
stop at the diagonal; and what the last layer computes for each position alone, the questions of
its attention and all that follows it, is computed for scored positions only.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from core.training.attention import FIRST_READ
from core.training.collate import Batch

_FEED_FORWARD = ("mlp", "feed_forward")
_ATTENTION = ("self_attn", "attention")
_BY_POSITION = ("q_proj", "o_proj")


class Tail:
    """What is left out of a model; all of it, or after `undo` nothing."""

    def __init__(self, model: nn.Module) -> None:
        self._keep: torch.Tensor | None = None
        last = next(reversed(decoder_layers(model)), None)
        self._attention = _first_of(last, _ATTENTION)
        parts = _by_position(last, self._attention)
        self._stock = {part: part.forward for part in parts}
        self._active = True
        for part, stock in self._stock.items():
            part.forward = self._shortened(stock)

    def _shortened(self, stock: Callable[..., Any]) -> Callable[..., Any]:
        """Return a forward that computes kept positions only; elsewhere it gives zeros."""

        def forward(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            keep = self._keep
            if keep is None or keep.shape != hidden.shape[:-1]:
                return stock(hidden, *args, **kwargs)
            kept = stock(hidden[keep], *args, **kwargs)
            whole = kept.new_zeros(*hidden.shape[:-1], kept.shape[-1])
            whole[keep] = kept
            return whole

        return forward

    @contextlib.contextmanager
    def only(self, batch: Batch) -> Iterator[Batch]:
        """Give the batch to be computed, in the forward pass and in whatever repeats it."""
        if not self._active:
            yield batch
            return
        self._keep = batch.keep
        self._attend_from(_first_kept(batch))
        try:
            yield batch._replace(seen=None)
        finally:
            self._keep = None
            self._attend_from(None)

    def _attend_from(self, first: list[int] | None) -> None:
        """Let the last attention leave out what comes before in each row, where it knows how to."""
        if self._attention is not None:
            setattr(self._attention, FIRST_READ, first)

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return self._active

    def undo(self) -> None:
        """Leave out nothing from here on, for a model that this does not suit."""
        for part, stock in self._stock.items():
            part.forward = stock
        self._stock = {}
        self._active = False


def _first_kept(batch: Batch) -> list[int]:
    """Return the first kept position of each row."""
    if batch.positions is None:
        rows: Iterable[torch.Tensor] = batch.keep
    else:
        starts = (batch.positions[0] == 0).nonzero().flatten().tolist()
        rows = batch.keep[0].tensor_split(starts[1:])
    return [int(row.byte().argmax()) for row in rows]


def decoder_layers(model: nn.Module) -> list[nn.Module]:
    """Return the layers that a model consists of, in their order; none for one without a list."""
    lists = [one for one in model.modules() if isinstance(one, nn.ModuleList) and len(one)]
    if not lists:
        return []
    largest = max(lists, key=lambda one: sum(p.numel() for p in one.parameters()))
    return list(largest)


def _first_of(module: nn.Module | None, names: Sequence[str]) -> nn.Module | None:
    """Return the part that goes by one of the names."""
    return next((getattr(module, name) for name in names if hasattr(module, name)), None)


def _by_position(last: nn.Module | None, attention: nn.Module | None) -> list[nn.Module]:
    """Return the parts of a layer that work on each position alone and go by a usual name."""
    forward = _first_of(last, _FEED_FORWARD)
    parts = [getattr(attention, name) for name in _BY_POSITION if hasattr(attention, name)]
    # Experts are chosen among all positions of a batch.
    return parts if forward is None or hasattr(forward, "experts") else [forward, *parts]
