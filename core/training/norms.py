"""Computes the usual norm before a frozen weight in half the passes over memory."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

_TRIED = 64
"""Positions on which a norm must give what the stock one gives."""
_TOLERANCE = 1e-5


def join_norms(model: nn.Module) -> int:
    """Let every norm that divides by the root of the mean square compute so; return how many do.

    Which ones do is not looked up by name but tried, value and gradient, on random positions.
    """
    norms: list[Any] = [one for one in model.modules() if _frozen(one)]
    for norm in norms:
        forward = _forward(norm, norm.forward)
        if _alike(norm.forward, forward, norm.weight):
            norm.forward = forward
    return sum("forward" in vars(norm) for norm in norms)


def _frozen(norm: Any) -> bool:
    weight = getattr(norm, "weight", None)
    return (
        isinstance(weight, nn.Parameter)
        and isinstance(getattr(norm, "variance_epsilon", None), float)
        and (weight.dim(), weight.dtype, weight.device.type) == (1, torch.float32, "cpu")
        and not weight.requires_grad
    )


def _forward(norm: Any, stock: Callable[..., Any]) -> Callable[..., Any]:
    def forward(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if hidden.dtype != norm.weight.dtype or norm.weight.requires_grad or args or kwargs:
            return stock(hidden, *args, **kwargs)
        return _Norm.apply(hidden, norm.weight, norm.variance_epsilon)  # type: ignore[no-untyped-call]

    return forward


def _alike(stock: Callable[..., Any], ours: Callable[..., Any], weight: torch.Tensor) -> bool:
    """Whether both give the same value and gradient, by random numbers that no run misses."""
    dice = torch.Generator().manual_seed(0)
    given, told = (torch.randn(1, _TRIED, len(weight), generator=dice) for _ in range(2))
    found = []
    for forward in (stock, ours):
        hidden = given.clone().requires_grad_()
        try:
            result = forward(hidden)
        except (TypeError, RuntimeError):  # it asks for more than one thing
            return False
        found.append((result.detach(), *torch.autograd.grad(result, hidden, told)))
    return all(
        torch.allclose(one, other, rtol=_TOLERANCE, atol=_TOLERANCE)
        for one, other in zip(*found, strict=True)
    )


class _Norm(torch.autograd.Function):
    """w x / sqrt(mean x^2 + eps), its weight frozen."""

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        length = torch.linalg.vector_norm(hidden, dim=-1, keepdim=True)
        over = length.square_().div_(hidden.shape[-1]).add_(eps).rsqrt_()
        ctx.save_for_backward(hidden, weight, over)
        found: torch.Tensor = (hidden * over).mul_(weight)
        return found

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        hidden, weight, over = ctx.saved_tensors
        told = upstream * weight
        along = (told * hidden).sum(-1, keepdim=True).mul_(over**3).div_(-hidden.shape[-1])
        return told.mul_(over).addcmul_(hidden, along), None, None
