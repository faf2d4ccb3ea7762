"""Leaves out work of the last layer whose result nothing reads.

Only positions whose next token carries loss are scored. Attention needs every position up to the
last layer, but what follows the last attention works on each position alone.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

_NAMES = ("mlp", "feed_forward")


class Tail:
    """The feed-forward part of the last layer, computed for kept positions only."""

    def __init__(self, model: nn.Module) -> None:
        self._keep: torch.Tensor | None = None
        self._module = _last_feed_forward(model)
        self._stock = None if self._module is None else self._module.forward
        if self._module is not None:
            self._module.forward = self._forward

    def _forward(self, hidden: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        assert self._stock is not None
        keep = self._keep
        if keep is None or keep.shape != hidden.shape[:-1]:
            return self._stock(hidden, *args, **kwargs)
        kept = self._stock(hidden[keep], *args, **kwargs)
        whole = kept.new_zeros(*hidden.shape[:-1], kept.shape[-1])
        whole[keep] = kept
        return whole

    @contextlib.contextmanager
    def only(self, keep: torch.Tensor) -> Iterator[None]:
        """Compute kept positions only, in the forward pass and in whatever repeats it."""
        self._keep = keep
        try:
            yield
        finally:
            self._keep = None

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return self._module is not None

    def undo(self) -> None:
        """Give the layer its own forward back, for a model that this does not suit."""
        if self._module is not None and self._stock is not None:
            self._module.forward = self._stock
        self._module = None


def _last_feed_forward(model: nn.Module) -> nn.Module | None:
    """Return it, where it is called by a usual name and sends no position to experts."""
    lists = [one for one in model.modules() if isinstance(one, nn.ModuleList) and len(one)]
    if not lists:
        return None
    last = max(lists, key=lambda one: sum(p.numel() for p in one.parameters()))[-1]
    found = next((getattr(last, name) for name in _NAMES if hasattr(last, name)), None)
    return None if found is None or hasattr(found, "experts") else found
