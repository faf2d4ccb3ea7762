"""Keys and values of many rows in one room: read part by part, nothing copied, left at once.

    columns   | shared start | own tokens, each part padded on its left | gap | what is generated
    row 1     | ############ |                              ########### |     | ####
    row 2     | ############ |              ...######                   | ... | ####

A gap is never looked at; it lets parts be as wide as their own longest row.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import DynamicLayer

_ROOM = 32
"""Positions made at once: growing by one copied the cache for every token, half of all the time."""


class RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers is not typed
    """Keys and values with room for what comes, so that a token is written and nothing copied."""

    keys: torch.Tensor
    values: torch.Tensor
    _rooms: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add states and return all there are."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        before = self.get_seq_length()
        after = before + key_states.shape[-2]
        if self._rooms is None or self._rooms[0].shape[-2] < after:
            self._rooms = (
                _room(key_states, len(key_states), after + _ROOM),
                _room(value_states, len(value_states), after + _ROOM),
            )
            if before:
                self._rooms[0][..., :before, :] = self.keys
                self._rooms[1][..., :before, :] = self.values
        self._rooms[0][..., before:after, :] = key_states
        self._rooms[1][..., before:after, :] = value_states
        self._see(after)
        return self.keys, self.values

    def _see(self, width: int) -> None:
        """Count so many positions as held."""
        assert self._rooms is not None
        self.keys, self.values = (room[..., :width, :] for room in self._rooms)

    def keep(self, holes: torch.Tensor, movers: torch.Tensor, count: int) -> None:
        """Put some rows into the places of others and let the first `count` be all there are."""
        if self._rooms is None:
            return
        width = self.get_seq_length()
        for room in self._rooms:
            if len(holes):
                room[holes, :, :width] = room[movers, :, :width]
        self._rooms = (self._rooms[0][:count], self._rooms[1][:count])
        self._see(width)

    def parts(
        self, start: DynamicLayer | None, groups: Sequence[slice], widths: Sequence[int]
    ) -> "list[_PartLayer]":
        """Return a layer for each group of rows; what they are given lies in this one's room."""
        self._groups, self._widths = groups, widths
        self._shared = 0 if start is None else start.get_seq_length()
        if self._shared and start is not None:
            self._make_rooms(start.keys, start.values)
            assert self._rooms is not None
            self._rooms[0][..., : self._shared, :] = start.keys
            self._rooms[1][..., : self._shared, :] = start.values
        return [_PartLayer(self, group, self._shared) for group in groups]

    def _make_rooms(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        rows, width = self._groups[-1].stop, self._shared + max(self._widths) + _ROOM
        self._rooms = (_room(keys, rows, width), _room(values, rows, width))

    def rooms(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the rooms of keys and values, made when the first part is read."""
        if self._rooms is None:
            self._make_rooms(keys, values)
        assert self._rooms is not None
        return self._rooms

    def join(self) -> None:
        """Count what the parts were given as held."""
        if self._rooms is None:  # a layer that looks at the states of another one
            return
        width = self._shared + max(self._widths)
        for room in self._rooms:
            for group, own in zip(self._groups, self._widths, strict=True):
                # Weight zero times whatever lies in fresh memory may be no number.
                room[group, :, self._shared + own : width] = 0
        if not self.is_initialized:
            self.lazy_initialization(*self._rooms)
        self._see(width)


class _PartLayer(DynamicLayer):  # type: ignore[misc]
    """Some rows of a layer while they are read."""

    def __init__(self, whole: RoomyLayer, rows: slice, shared: int) -> None:
        super().__init__()
        self._whole, self._rows, self._held = whole, rows, shared

    def get_seq_length(self) -> int:
        """Return how many positions are held."""
        return self._held

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write states into the whole layer's room and return all there are of these rows."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        keys, values = self._whole.rooms(key_states, value_states)
        before, self._held = self._held, self._held + key_states.shape[-2]
        keys[self._rows, :, before : self._held] = key_states
        values[self._rows, :, before : self._held] = value_states
        return keys[self._rows, :, : self._held], values[self._rows, :, : self._held]


def _room(like: torch.Tensor, rows: int, width: int) -> torch.Tensor:
    """Return fresh memory for states."""
    return like.new_empty((rows, like.shape[1], width, like.shape[3]))
