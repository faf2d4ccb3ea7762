"""Lets models on a processor compute the attention of short rows as `short_rows` does.

The stock kernel works through keys in blocks of 512, so that for shorter rows it computes scores
of what comes later, and for rows laid end to end also scores of all other rows, only to throw
them away.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from core.training.short_rows import LONGEST, Row, attend

FIRST_READ = "first_read"
"""Attribute of an attention: for each row the first position whose result anything reads."""
_NAME = "sdpa_short_rows"


def shorten_attention(model: Any) -> bool:
    """Let a model on a processor compute short rows this way; return whether it does."""
    if model.device.type != "cpu" or model.config._attn_implementation != "sdpa":
        return False
    AttentionInterface.register(_NAME, _attention)
    AttentionMaskInterface.register(_NAME, _mask)
    model.set_attn_implementation(_NAME)
    return bool(model.config._attn_implementation == _NAME)


def _mask(**given: Any) -> torch.Tensor | None:
    """Return the stock mask; of rows laid end to end only their lengths, which say as much."""
    packed = (
        given["batch_size"] == 1
        and given["attention_mask"] is None
        and given["q_length"] == given["kv_length"]
        and not given.get("use_vmap")
        and not given.get("allow_is_causal_skip", True)
    )
    lengths = _row_lengths(given["mask_function"], given["q_length"]) if packed else None
    return sdpa_mask(**given) if lengths is None else lengths


def _row_lengths(may_see: Callable[..., torch.Tensor], length: int) -> torch.Tensor | None:
    """Return the lengths of rows that a mask keeps apart; None if it does more than that."""
    at, zero = torch.arange(length), torch.zeros((), dtype=torch.long)
    starts = torch.cat((at[:1], at[1:][~may_see(zero, zero, at[1:], at[:-1])]))
    ends = torch.cat((starts[1:], at.new_tensor([length])))
    later, whole = may_see(zero, zero, at[:-1], at[1:]), may_see(zero, zero, ends - 1, starts)
    return ends - starts if whole.all() and not later.any() else None


def _attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **given: Any,
) -> tuple[torch.Tensor, None]:
    """Return what the stock attention would, laid out by position, head and feature."""
    packed = attention_mask is not None and attention_mask.dim() == 1
    causal = given.get("is_causal")
    plain = (
        (packed or attention_mask is None)
        and (getattr(module, "is_causal", True) if causal is None else causal)
        and not given.get("dropout")
        and given.get("position_bias") is None
        and given.get("softcap") is None
    )
    lengths = _lengths(query, attention_mask)
    if not plain or not _short(query, key, lengths):
        mask = _dense(lengths) if packed else attention_mask
        found, _ = sdpa_attention_forward(module, query, key, value, mask, **given)
        return found, None
    scale = given.get("scaling") or query.shape[-1] ** -0.5
    rows = _rows(lengths, getattr(module, FIRST_READ, None), packed=packed)
    return attend(query, key, value, scale, rows), None


def _lengths(query: torch.Tensor, packed: torch.Tensor | None) -> list[int]:
    """Return the lengths of rows, which lie side by side unless they are said to be packed."""
    if packed is None or packed.dim() > 1:
        return [query.shape[2]] * query.shape[0]
    return packed.tolist()


def _short(query: torch.Tensor, key: torch.Tensor, lengths: Sequence[int]) -> bool:
    """Whether these are whole short rows that are trained on, in single precision."""
    return (
        query.requires_grad
        and query.dtype == torch.float32
        and 1 < query.shape[2] == key.shape[2]
        and max(lengths) <= LONGEST
    )


def _dense(lengths: Sequence[int]) -> torch.Tensor:
    """Return the mask that keeps rows of these lengths apart, as the stock attention wants it."""
    row = torch.repeat_interleave(torch.tensor(lengths))
    return (row[:, None] == row).tril_()[None, None]


def _rows(lengths: Sequence[int], first: Sequence[int] | None, *, packed: bool) -> list[Row]:
    if first is None or len(first) != len(lengths):
        first = [0] * len(lengths)
    rows, at = [], 0
    for number, length in enumerate(lengths):
        line, start = (0, at) if packed else (number, 0)
        rows.append(Row(line, start, length, first[number]))
        at += length
    return rows
