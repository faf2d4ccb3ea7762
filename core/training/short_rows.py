"""Attention within rows, without scores of what comes later or of other rows.

Each row is cut into pieces of questions, and a piece asks only keys of its own row before its end.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch

LONGEST = 512
"""Tokens of the longest row: what is kept for the way back grows with their square."""
_PIECE = 64


class Row(NamedTuple):
    """Where a row lies, and what of it asks."""

    line: int
    """Its place in the batch."""
    start: int
    """Its first position there."""
    length: int
    first: int
    """The first of its own positions that asks; results before it are zero."""

    def of(self, laid: torch.Tensor) -> torch.Tensor:
        """Return the row's part of what is given by batch, head and position."""
        return laid[self.line, :, self.start : self.start + self.length]

    @property
    def pieces(self) -> Iterator[tuple[int, int]]:
        """Yield start and end of each piece, the last of them first: it sees all keys."""
        for start in reversed(range(self.first, self.length, _PIECE)):
            yield start, min(self.length, start + _PIECE)


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, rows: Sequence[Row]
) -> torch.Tensor:
    """Return softmax(q k' s) v, each position seeing itself and what came before it in its row.

    Given by batch, head and position; returned by batch, position and head.
    """
    found: torch.Tensor = _Attend.apply(query, key, value, scale, rows)  # type: ignore[no-untyped-call]
    return found


class _Attend(torch.autograd.Function):
    """Heads that share keys are laid end to end, so that one product serves them all."""

    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        scale: float,
        rows: Sequence[Row],
    ) -> torch.Tensor:
        shared = query.shape[1] // key.shape[1]
        out = _by_position(query, query.shape[1], value.shape[-1])
        hidden = _hidden(query, shared)
        shares = []
        for row in rows:
            asked, found = (_shared(row.of(one), shared) for one in (query, out))
            keys, values = row.of(key).transpose(1, 2), row.of(value)
            for start, end in row.pieces:
                later = hidden[:, : end - start, LONGEST - start :][..., :end].flatten(0, 1)
                part = asked[:, :, start:end].flatten(1, 2)
                scores = torch.baddbmm(later, part, keys[..., :end], alpha=scale)
                share = scores.softmax(-1)
                shares.append(share)
                result = torch.bmm(share, values[:, :end])
                found[:, :, start:end] = result.view_as(found[:, :, start:end])
        ctx.save_for_backward(query, key, value, *shares)
        ctx.scale, ctx.rows = scale, rows
        return out.transpose(1, 2)

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value, *shares = ctx.saved_tensors
        shared = query.shape[1] // key.shape[1]
        told = upstream.transpose(1, 2)
        moved = [_by_position(one, *one.shape[1::2]) for one in (query, key, value)]
        kept = iter(shares)
        for row in ctx.rows:
            asked, results, by_asked = (
                _shared(row.of(one), shared) for one in (query, told, moved[0])
            )
            keys, values = row.of(key), row.of(value).transpose(1, 2)
            by_key, by_value = row.of(moved[1]), row.of(moved[2])
            for start, end in row.pieces:
                share, result = next(kept), results[:, :, start:end].flatten(1, 2)
                by_value[:, :end] += torch.bmm(share.transpose(1, 2), result)
                score = torch.bmm(result, values[..., :end])
                score = torch._softmax_backward_data(score, share, -1, share.dtype)
                score.mul_(ctx.scale)
                part = torch.bmm(score, keys[:, :end])
                by_asked[:, :, start:end] = part.view_as(by_asked[:, :, start:end])
                part = asked[:, :, start:end].flatten(1, 2)
                by_key[:, :end] += torch.bmm(score.transpose(1, 2), part)
        return *moved, None, None


def _by_position(like: torch.Tensor, heads: int, width: int) -> torch.Tensor:
    """Return zeros by batch, head and position, laid out by position and then head."""
    return like.new_zeros(like.shape[0], like.shape[2], heads, width).transpose(1, 2)


def _shared(laid: torch.Tensor, shared: int) -> torch.Tensor:
    """Return a row by key head, head of that key head, position and feature."""
    return laid.view(-1, shared, *laid.shape[1:])


def _hidden(like: torch.Tensor, shared: int) -> torch.Tensor:
    """Return what is added to scores, for each head of a key head.

    From its column `LONGEST - start` on it belongs to the piece that begins there.
    """
    column, question = torch.arange(LONGEST + _PIECE), torch.arange(_PIECE)[:, None]
    made = like.new_zeros(_PIECE, LONGEST + _PIECE)
    made.masked_fill_(column - LONGEST > question, float("-inf"))
    return made.expand(shared, -1, -1)
