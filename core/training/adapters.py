"""Computes a linear layer and its adapter in one step, where peft takes nine.

The sums are peft's own; only the passes over memory between them are saved.
"""

from collections.abc import Callable
from typing import Any

import torch
from peft.tuners.lora import Linear
from torch import nn
from torch.nn import functional

_NAME = "default"


def join_adapters(model: nn.Module) -> int:
    """Let every plain adapted layer of a model compute in one step; return how many do."""
    layers = [one for one in model.modules() if type(one) is Linear and _plain(one)]
    for layer in layers:
        layer.forward = _forward(layer, layer.forward)
    return len(layers)


def _plain(layer: Any) -> bool:
    """Whether a layer is the usual one: frozen, without a variant, its adapter the only one."""
    return (
        type(layer.base_layer) is nn.Linear
        and not any(one.requires_grad for one in layer.base_layer.parameters())
        and list(layer.lora_A) == [_NAME]
        and not layer.lora_variant
        and not layer.lora_bias.get(_NAME)
    )


def _forward(layer: Any, stock: Callable[..., Any]) -> Callable[..., Any]:
    base, down, up = layer.base_layer, layer.lora_A[_NAME], layer.lora_B[_NAME]
    dropout = layer.lora_dropout[_NAME]

    def forward(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        usual = layer.disable_adapters or layer.merged or not torch.is_grad_enabled()
        mixed = hidden.dtype != down.weight.dtype or torch.is_autocast_enabled(hidden.device.type)
        if usual or mixed or args or kwargs:
            return stock(hidden, *args, **kwargs)
        dropped = layer.training and isinstance(dropout, nn.Dropout)
        return _Joined.apply(  # type: ignore[no-untyped-call]
            hidden,
            dropout(hidden) if dropped else None,
            base.weight,
            base.bias,
            down.weight,
            up.weight,
            layer.scaling[_NAME],
        )

    return forward


class _Joined(torch.autograd.Function):
    """W x + b + s B A x', where x' is x after dropout, or x itself."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        dropped: torch.Tensor | None,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        down: torch.Tensor,
        up: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        flat = hidden.reshape(-1, hidden.shape[-1])
        inner = flat if dropped is None else dropped.reshape(flat.shape)
        low = inner @ down.t()
        out = functional.linear(flat, weight, bias)
        out.addmm_(low, up.t(), alpha=scale)
        ctx.save_for_backward(inner, low, weight, down, up)
        ctx.scale = scale
        return out.view(*hidden.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        inner, low, weight, down, up = ctx.saved_tensors
        shape = (*upstream.shape[:-1], inner.shape[-1])
        flat = upstream.reshape(-1, upstream.shape[-1])
        low_gradient = (flat @ up).mul_(ctx.scale)
        # A product with a long and thin result is slower than the same one turned over.
        up_gradient = (low.t() @ flat).mul_(ctx.scale).t()
        down_gradient = low_gradient.t() @ inner
        wanted, dropped_wanted = ctx.needs_input_grad[:2]
        hidden_gradient = dropped_gradient = None
        if wanted:
            hidden_gradient = flat @ weight
            if not dropped_wanted:
                hidden_gradient.addmm_(low_gradient, down)
            hidden_gradient = hidden_gradient.view(shape)
        if dropped_wanted:
            dropped_gradient = (low_gradient @ down).view(shape)
        return (
            hidden_gradient,
            dropped_gradient,
            None,
            None,
            down_gradient,
            up_gradient,
            None,
        )
