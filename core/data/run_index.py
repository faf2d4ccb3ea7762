"""An inverted index over runs of words, made by sorting their hashes, and what asking it costs."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.run_hashes import Hashes, Places, Runs

MOST_WORK: Final = 400_000_000
"""Meetings of runs after which comparing every text is given up and said to be."""
_AT_ONCE: Final = 1 << 20
_BITS: Final = 23
_SLOTS: Final = np.uint64(64 - _BITS)
_OWN_GROUP: Final = (1 << 32) - 1


class Met(NamedTuple):
    """Pairs of a text that asked and a text of the index that share runs."""

    asking: Places
    held: Places
    shared: Places
    """How many different runs."""
    work: int
    """Meetings of runs that it took to find them."""


class TooMuch(Exception):
    """Comparing would take too many steps."""


class RunIndex:
    """Which texts hold each run."""

    def __init__(
        self,
        lots: Iterable[tuple[int, Runs]],
        *,
        groups: Places | None = None,
        most_work: int | None = MOST_WORK,
    ) -> None:
        """Take the runs of texts, each lot with the place of its first text.

        `groups` has the group of each text; then only texts of other groups meet those that ask.
        `most_work` None goes on whatever it costs.
        """
        self._most_work = most_work
        self.work = 0
        """Meetings of runs so far."""
        values: list[Hashes] = [np.empty(0, np.uint64)]
        owners: list[NDArray[np.int32]] = [np.empty(0, np.int32)]
        for first, runs in lots:
            values.append(runs.values)
            owners.append((runs.texts + first).astype(np.int32))
        self._values = np.concatenate(values)
        self._owners = np.concatenate(owners)
        self._sort(np.argsort(self._values, kind="stable"))
        lasts = np.ones(len(self._values), np.bool_)
        lasts[:-1] = self._values[1:] != self._values[:-1]
        ends = np.flatnonzero(lasts) + 1
        self._ends = np.repeat(ends, np.diff(ends, prepend=0))
        # Answers most questions without a search.
        self._likely = np.zeros(1 << _BITS, np.bool_)
        self._likely[self._values >> _SLOTS] = True
        self._grouped: Places | None = None
        if groups is not None:
            self.group(groups)

    def __len__(self) -> int:
        """Return how many runs of texts it holds."""
        return len(self._values)

    def group(self, groups: Places) -> None:
        """Put the texts into groups, anew where they were in others."""
        changes = np.ones(len(self._values), np.int64)
        changes[1:] = self._values[1:] != self._values[:-1]
        grouped = (np.cumsum(changes) << 32) | groups[self._owners]
        order = np.argsort(grouped, kind="stable")
        self._sort(order)
        self._grouped = grouped[order]

    def _sort(self, order: Places) -> None:
        """Bring the runs into another order."""
        self._values = self._values[order]
        self._owners = self._owners[order]

    def meet(self, runs: Runs, groups: Places | None = None) -> Iterator[Met]:
        """Yield the texts that share a run with each of these; TooMuch when that costs too much.

        `groups` has the group of each asking text, where the index has groups.
        """
        known = np.flatnonzero(self._likely[runs.values >> _SLOTS])
        asked = runs.values[known]
        low = np.searchsorted(self._values, asked)
        low[low == len(self._values)] = 0
        same = self._values[low] == asked if len(self._values) else np.zeros(0, np.bool_)
        low = low[same]
        high = self._ends[low]
        texts = runs.texts[known[same]]
        if self._grouped is None or groups is None:
            yield from self._lots(texts, low, high - low)
            return
        own = (self._grouped[low] & ~_OWN_GROUP) | groups[texts]
        other = (self._grouped[low] != own) | (self._grouped[high - 1] != own)
        own, low, high = own[other], low[other], high[other]
        # Of the holders of a run, those before and those behind the asking text's own group.
        low = np.stack((low, np.searchsorted(self._grouped, own, side="right")), 1).reshape(-1)
        high = np.stack((np.searchsorted(self._grouped, own), high), 1).reshape(-1)
        yield from self._lots(np.repeat(texts[other], 2), low, high - low)

    def _lots(self, texts: Places, low: Places, spread: Places) -> Iterator[Met]:
        """Yield what meets, so many at once as memory should hold."""
        self.work += int(spread.sum())
        if self._most_work is not None and self.work > self._most_work:
            raise TooMuch
        # Cut between texts, so that the count of each pair is whole.
        firsts = np.flatnonzero(np.concatenate(([True], texts[1:] != texts[:-1])))[: len(texts)]
        before = np.concatenate(([0], np.cumsum(spread)))
        lot = before[firsts] // _AT_ONCE
        begins = firsts[np.concatenate(([True], lot[1:] != lot[:-1]))[: len(lot)]].tolist()
        for begin, end in zip(begins, [*begins[1:], len(texts)], strict=False):
            yield self._met(texts[begin:end], low[begin:end], spread[begin:end])

    def _met(self, texts: Places, low: Places, spread: Places) -> Met:
        """Return the pairs of these texts' runs, whose holders begin at `low`."""
        begins = np.cumsum(spread) - spread
        at = np.arange(int(spread.sum())) + np.repeat(low - begins, spread)
        codes = (np.repeat(texts, spread) << 32) | self._owners[at]
        codes.sort()
        first = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))[: len(codes)]
        shared = np.diff(np.concatenate((first, [len(codes)])))
        return Met(codes[first] >> 32, codes[first] & 0xFFFFFFFF, shared, len(codes))
