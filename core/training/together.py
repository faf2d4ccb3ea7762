"""What ranks that share each update say to each other; alone, there is nobody to talk to."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import distributed

from core.training.batching import Update
from core.training.sharding import is_sharded

_T = TypeVar("_T")
_Grouping = Callable[[Sequence[int], Sequence[int], int], Update]


class Together:
    """This process among those that train the run."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        joined = distributed.is_available() and distributed.is_initialized()
        self.rank = distributed.get_rank() if joined else 0
        self.size = distributed.get_world_size() if joined else 1

    @property
    def leads(self) -> bool:
        """Whether this process writes what is written once."""
        return self.rank == 0

    def share(
        self, update: Update, lengths: Sequence[int], tokens: int, group: _Grouping
    ) -> Update:
        """Return the part of an update that is this process's: long and short rows alike."""
        if self.size == 1:
            return update
        rows = sorted((place for part in update for place in part), key=lambda at: -lengths[at])
        there_and_back = [*range(self.size), *reversed(range(self.size))]
        mine = [
            place
            for number, place in enumerate(rows)
            if there_and_back[number % len(there_and_back)] == self.rank
        ]
        return group(mine, lengths, tokens)

    def add_up(self, model: Any, loss: torch.Tensor) -> torch.Tensor:
        """Add the gradients of all processes, in each of them; return the summed loss."""
        if self.size == 1:
            return loss
        if is_sharded(model):  # gradients were added up layer by layer, on their way back
            distributed.all_reduce(loss)
            return loss
        moving = [one for one in model.parameters() if one.requires_grad]
        for one in moving:
            if one.grad is None:
                one.grad = torch.zeros_like(one)
        flat = torch.cat([loss.detach().reshape(1), *(one.grad.flatten() for one in moving)])
        distributed.all_reduce(flat)
        at = 1
        for one in moving:
            one.grad.copy_(flat[at : at + one.numel()].view_as(one))
            at += one.numel()
        return flat[0]

    def same(self, value: _T) -> _T:
        """Return rank 0's value in every process."""
        if self.size == 1:
            return value
        held = [value]
        distributed.broadcast_object_list(held, src=0, device=self._device)
        return held[0]

    def gather(self, value: _T) -> list[_T]:
        """Return every process's value, in the order of ranks, in every process."""
        if self.size == 1:
            return [value]
        held: list[Any] = [None] * self.size
        distributed.all_gather_object(held, value)
        return held
