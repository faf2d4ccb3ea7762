"""Finds short texts inside longer ones, which similarity of wholes cannot see."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.data.clusters import Union
from core.data.run_hashes import Hashes, Places, Runs, lots_of, run_hashes
from core.data.run_index import RunIndex

_WORDS: Final = 5
_LEAST_RUNS: Final = 4
"""Runs of five in eight words: less than that stands in many texts by chance."""
CONTAINED: Final = 0.8
"""Share of a text's runs that another must hold to count as holding the text."""
_SLOTS: Final = np.uint64(64 - 26)
_MOST: Final = 255
_MANY: Final = 1000
"""Pairs of which it pays to set aside all that are tied at once."""


def contained_pairs(
    texts: Sequence[str],
    parts: Sequence[str],
    owners: Sequence[int],
    tied: Union,
) -> list[tuple[int, int]]:
    """Return (owner of a part, text that holds it), so many that all such texts are tied.

    A part is a text or a piece of one, with the place of its owner. Pairs that `tied` ties already
    are left out, and those found are tied there. TooMuch when looking takes too much work.
    """
    spread = _spread(texts)
    telling = _Telling()
    for first, lot in lots_of(parts):
        telling.add(first, run_hashes(lot, _WORDS), spread)
    index = RunIndex(telling.lots)
    owner_of = np.array(owners, np.int64)
    found: list[tuple[int, int]] = []
    for first, lot in lots_of(texts):
        runs = run_hashes(lot, _WORDS)
        for met in index.meet(runs):
            owned = owner_of[met.held]
            other = owned != met.asking + first
            if np.count_nonzero(other) > _MANY:
                tops = np.array(tied.tops())
                other = tops[owned] != tops[met.asking + first]
            for part, text in zip(
                met.held[other].tolist(), met.asking[other].tolist(), strict=True
            ):
                owner, place = owners[part], text + first
                if tied.together(owner, place):
                    continue
                if _holds(runs.values[runs.starts[text] : runs.starts[text + 1]], parts[part]):
                    tied.tie(owner, place)
                    found.append((owner, place))
    return found


def _spread(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Return for each slot of hashes in how many texts its runs stand, at least and up to 255."""
    spread = np.zeros(1 << (64 - int(_SLOTS)), np.uint8)
    for _, lot in lots_of(texts):
        slots, count = np.unique(run_hashes(lot, _WORDS).values >> _SLOTS, return_counts=True)
        spread[slots] = np.minimum(spread[slots].astype(np.int64) + count, _MOST)
    return spread


@dataclass(slots=True)
class _Telling:
    """The rarest runs of each part: a text that holds the part has one of them at least."""

    lots: list[tuple[int, Runs]] = field(default_factory=list)
    """As an index takes them."""

    def add(self, first: int, runs: Runs, spread: NDArray[np.uint8]) -> None:
        """Note the parts of a lot that other texts may hold."""
        often = spread[runs.values >> _SLOTS].astype(np.int64)
        owners = runs.texts
        order = np.lexsort((often, owners))
        sizes = np.diff(runs.starts)
        # A holder lacks fewer runs than this; of so many runs it has one.
        many = sizes - np.ceil(CONTAINED * sizes - 1e-9).astype(np.int64) + 1
        rank = np.arange(len(owners)) - runs.starts[owners]
        kept = (rank < many[owners]) & (sizes[owners] >= _LEAST_RUNS) & (often[order] > 1)
        self.lots.append((first, _chosen(runs.values[order][kept], owners[kept], len(sizes))))


def _chosen(values: Hashes, owners: Places, texts: int) -> Runs:
    """Return these values as the runs of so many texts."""
    starts = np.searchsorted(owners, np.arange(texts + 1)).astype(np.int64)
    return Runs(values, starts)


def _holds(text: Hashes, part: str) -> bool:
    """Whether a text, given by its runs, holds a part."""
    own = run_hashes([part], _WORDS).values
    at = np.minimum(np.searchsorted(text, own), len(text) - 1)
    return int((text[at] == own).sum()) >= CONTAINED * len(own)
