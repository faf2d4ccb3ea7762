"""Turns rows into the tensors of one call: padded side by side, or packed end to end."""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from core.training.masks import TokenRow


class Batch(NamedTuple):
    """The tensors of one call of the model."""

    ids: torch.Tensor
    seen: torch.Tensor | None
    """1 where there is a token; None for packed rows, whose positions tell them apart."""
    positions: torch.Tensor | None
    """Place of each token in its own row, for packed rows."""
    keep: torch.Tensor
    """True where the next token carries loss."""
    targets: torch.Tensor
    """Those next tokens, in the order of `keep`."""

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        return Batch(*(None if part is None else part.to(device) for part in self))  # type: ignore[arg-type]


def live_length(row: TokenRow) -> int:
    """Return the tokens that must be computed: a model that reads forwards needs no more.

    The last trained token is a target and never an input; what follows it moves no loss.
    """
    return max((place for place, trained in enumerate(row.trained) if trained), default=0)


def padded(rows: Sequence[TokenRow], group: Sequence[int], pad: int) -> Batch:
    """Return rows side by side; padding is masked by position, not by id."""
    lengths = [live_length(rows[place]) for place in group]
    longest = max(lengths)
    ids = torch.full((len(group), longest), pad)
    seen = torch.zeros((len(group), longest), dtype=torch.long)
    keep = torch.zeros((len(group), longest), dtype=torch.bool)
    targets: list[int] = []
    for line, (place, length) in enumerate(zip(group, lengths, strict=True)):
        row = rows[place]
        ids[line, :length] = torch.tensor(row.ids[:length])
        seen[line, :length] = 1
        # Position t predicts token t + 1.
        keep[line, :length] = torch.tensor(row.trained[1 : length + 1], dtype=torch.bool)
        targets += _targets(row)
    return Batch(ids, seen, None, keep, torch.tensor(targets))


def packed(rows: Sequence[TokenRow], group: Sequence[int]) -> Batch:
    """Return rows end to end; positions begin anew with each, and there must be no mask."""
    ids: list[int] = []
    positions: list[int] = []
    keep: list[bool] = []
    targets: list[int] = []
    for place in group:
        row, length = rows[place], live_length(rows[place])
        ids += row.ids[:length]
        positions += range(length)
        keep += row.trained[1 : length + 1]
        targets += _targets(row)
    return Batch(
        torch.tensor([ids]),
        None,
        torch.tensor([positions]),
        torch.tensor([keep], dtype=torch.bool),
        torch.tensor(targets),
    )


def _targets(row: TokenRow) -> list[int]:
    return [row.ids[at] for at in range(1, len(row.ids)) if row.trained[at]]
