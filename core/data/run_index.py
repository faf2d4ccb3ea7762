"""An inverted index over runs of words, made by sorting their hashes, and what asking it costs."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.run_hashes import Hashes, Places, Runs

MOST_WORK: Final = 400_000_000
"""Meetings of runs after which comparing every text is given up and said to be."""
_AT_ONCE: Final = 1 << 21
_BITS: Final = 23
_SLOTS: Final = np.uint64(64 - _BITS)


class Met(NamedTuple):
    """Pairs of a text that asked and a text of the index that share runs."""

    asking: Places
    held: Places
    shared: Places
    """How many different runs."""


class TooMuch(Exception):
    """Comparing would take too many steps."""


class RunIndex:
    """Which texts hold each run."""

    def __init__(
        self, lots: Iterable[tuple[int, Runs]], *, most_work: int | None = MOST_WORK
    ) -> None:
        """Take the runs of texts, each lot with the place of its first text.

        `most_work` None goes on whatever it costs.
        """
        self._most_work = most_work
        values: list[Hashes] = [np.empty(0, np.uint64)]
        owners: list[NDArray[np.int32]] = [np.empty(0, np.int32)]
        for first, runs in lots:
            values.append(runs.values)
            owners.append((runs.texts + first).astype(np.int32))
        every = np.concatenate(values)
        order = np.argsort(every, kind="stable")
        self._values = every[order]
        self._owners = np.concatenate(owners)[order]
        # Answers most questions without a search.
        self._likely = np.zeros(1 << _BITS, np.bool_)
        self._likely[self._values >> _SLOTS] = True
        self._work = 0

    def meet(self, runs: Runs) -> Iterator[Met]:
        """Yield the texts that share a run with each of these; TooMuch when that costs too much."""
        known = np.flatnonzero(self._likely[runs.values >> _SLOTS])
        asked = runs.values[known]
        low = np.searchsorted(self._values, asked)
        low[low == len(self._values)] = 0
        same = self._values[low] == asked if len(self._values) else np.zeros(0, np.bool_)
        known, low = known[same], low[same]
        spread = np.searchsorted(self._values, asked[same], side="right") - low
        self._work += int(spread.sum())
        if self._most_work is not None and self._work > self._most_work:
            raise TooMuch
        texts = runs.texts[known]
        # Cut between texts, so that the count of each pair is whole.
        firsts = np.flatnonzero(np.concatenate(([True], texts[1:] != texts[:-1])))
        before = np.concatenate(([0], np.cumsum(spread)))
        begin = 0
        while begin < len(texts):
            fits = np.searchsorted(before[firsts], before[begin] + _AT_ONCE, side="right") - 1
            end = int(firsts[fits]) if 0 <= fits < len(firsts) else len(texts)
            if end <= begin:
                later = firsts[firsts > begin]
                end = int(later[0]) if len(later) else len(texts)
            if before[-1] - before[begin] <= _AT_ONCE:
                end = len(texts)
            yield self._met(texts[begin:end], low[begin:end], spread[begin:end])
            begin = end

    def _met(self, texts: Places, low: Places, spread: Places) -> Met:
        """Return the pairs of these texts' runs, whose holders begin at `low`."""
        begins = np.cumsum(spread) - spread
        at = np.arange(int(spread.sum())) + np.repeat(low - begins, spread)
        codes = (np.repeat(texts, spread) << 32) | self._owners[at]
        codes.sort()
        first = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))[: len(codes)]
        shared = np.diff(np.concatenate((first, [len(codes)])))
        return Met(codes[first] >> 32, codes[first] & 0xFFFFFFFF, shared)
