"""Attention over short rows on a processor, without the half that lies beyond the diagonal.

The stock kernel works through keys in blocks of 512, so that for shorter rows it computes scores
of what comes later only to throw them away. Here a row is cut into pieces, and each piece asks
only what lies before its end.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

FIRST_READ = "first_read"
"""Attribute of an attention whose results before a position are read by nothing."""
_NAME = "sdpa_short_rows"
_PIECE = 64
_LONGEST = 512


def shorten_attention(model: Any) -> bool:
    """Let a model on a processor compute short rows this way; return whether it does."""
    if model.device.type != "cpu" or model.config._attn_implementation != "sdpa":
        return False
    AttentionInterface.register(_NAME, _attention)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    model.set_attn_implementation(_NAME)
    return bool(model.config._attn_implementation == _NAME)


def _attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **given: Any,
) -> tuple[torch.Tensor, None]:
    """Return what the stock attention would, laid out by position, head and feature."""
    causal = given.get("is_causal")
    plain = (
        attention_mask is None
        and (getattr(module, "is_causal", True) if causal is None else causal)
        and not given.get("dropout")
        and given.get("position_bias") is None
        and given.get("softcap") is None
    )
    if not plain or not _short(query, key):
        found, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **given)
        return found, None
    scale = given.get("scaling") or query.shape[-1] ** -0.5
    first = getattr(module, FIRST_READ, 0)
    return _ShortRows.apply(query, key, value, scale, first), None  # type: ignore[no-untyped-call]


def _short(query: torch.Tensor, key: torch.Tensor) -> bool:
    """Whether these are whole short rows that are trained on, in single precision."""
    return (
        query.requires_grad
        and query.dtype == torch.float32
        and 1 < query.shape[2] == key.shape[2] <= _LONGEST
    )


def _pieces(first: int, length: int) -> Iterator[tuple[int, int]]:
    for start in range(first, length, _PIECE):
        yield start, min(length, start + _PIECE)


class _ShortRows(torch.autograd.Function):
    """softmax(q k' s) v, each position seeing itself and what came before it.

    Heads that share keys are laid end to end, so that one product serves them all.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        scale: float,
        first: int,
    ) -> torch.Tensor:
        rows, heads, length, width = query.shape
        shared = heads // key.shape[1]
        keys = key.reshape(-1, length, width)
        values = value.reshape(-1, length, value.shape[-1])
        asked = query.reshape(-1, shared, length, width)
        out = query.new_zeros(rows, length, heads, value.shape[-1])
        by_head = _by_head(out, shared)
        later = torch.ones(_PIECE, _PIECE, dtype=torch.bool).triu_(1)
        kept = []
        for start, end in _pieces(first, length):
            count = end - start
            scores = torch.bmm(_piece(asked, start, end), keys[:, :end].transpose(1, 2))
            scores.mul_(scale)
            diagonal = scores.view(-1, shared, count, end)[..., start:]
            diagonal.masked_fill_(later[:count, :count], float("-inf"))
            share = scores.softmax(-1)
            found = torch.bmm(share, values[:, :end])
            by_head[..., start:end, :] = found.view(rows, -1, shared, count, value.shape[-1])
            kept.append(share)
        ctx.save_for_backward(asked, keys, values, *kept)
        ctx.scale, ctx.first = scale, first
        return out

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        asked, keys, values, *kept = ctx.saved_tensors
        _, shared, length, width = asked.shape
        rows, heads = upstream.shape[0], upstream.shape[2]
        by_head = _by_head(upstream, shared).reshape(-1, shared, length, values.shape[-1])
        query, key, value = (torch.zeros_like(one) for one in (asked, keys, values))
        for (start, end), share in zip(_pieces(ctx.first, length), kept, strict=True):
            told = _piece(by_head, start, end)
            value[:, :end].baddbmm_(share.transpose(1, 2), told)
            wanted = torch.bmm(told, values[:, :end].transpose(1, 2))
            wanted = torch._softmax_backward_data(wanted, share, -1, share.dtype)
            moved = torch.bmm(wanted, keys[:, :end]).mul_(ctx.scale)
            query[:, :, start:end] = moved.view(-1, shared, end - start, width)
            part = _piece(asked, start, end)
            key[:, :end].baddbmm_(wanted.transpose(1, 2), part, alpha=ctx.scale)
        return (
            query.view(rows, heads, length, width),
            key.view(rows, -1, length, width),
            value.view(rows, -1, length, values.shape[-1]),
            None,
            None,
        )


def _by_head(laid: torch.Tensor, shared: int) -> torch.Tensor:
    """Return a view by row, key head, head of that key head, position and feature."""
    rows, length, heads, width = laid.shape
    return laid.view(rows, length, heads // shared, shared, width).permute(0, 2, 3, 1, 4)


def _piece(laid: torch.Tensor, start: int, end: int) -> torch.Tensor:
    """Return some positions of every head, the heads of one key head end to end."""
    return laid[:, :, start:end].reshape(laid.shape[0], -1, laid.shape[-1])
