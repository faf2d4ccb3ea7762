"""Leaves out work whose result nothing reads.

Only positions whose next token carries loss are scored, and a model that reads forwards never
looks at padding on the right. So the mask of the padding is not handed over, which lets attention
stop at the diagonal; and what the last layer computes for each position alone, the questions of
its attention and all that follows it, is computed for scored positions only.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from core.training.collate import Batch

_FEED_FORWARD = ("mlp", "feed_forward")
_ATTENTION = ("self_attn", "attention")
_BY_POSITION = ("q_proj", "o_proj")


class Tail:
    """What is left out of a model; all of it, or after `undo` nothing."""

    def __init__(self, model: nn.Module) -> None:
        self._keep: torch.Tensor | None = None
        self._stock = {part: part.forward for part in _parts_of_last_layer(model)}
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
        try:
            yield batch._replace(seen=None)
        finally:
            self._keep = None

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


def _parts_of_last_layer(model: nn.Module) -> list[nn.Module]:
    """Return those that work on each position alone and go by a usual name."""
    lists = [one for one in model.modules() if isinstance(one, nn.ModuleList) and len(one)]
    if not lists:
        return []
    last = max(lists, key=lambda one: sum(p.numel() for p in one.parameters()))[-1]
    found = [getattr(last, name) for name in _FEED_FORWARD if hasattr(last, name)][:1]
    # Experts are chosen among all positions of a batch.
    parts = [one for one in found if not hasattr(one, "experts")]
    attention = next((getattr(last, name) for name in _ATTENTION if hasattr(last, name)), None)
    return parts + [getattr(attention, name) for name in _BY_POSITION if hasattr(attention, name)]
