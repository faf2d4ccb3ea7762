"""Finds texts that have much in common by their rarest runs, however many share the usual ones.

Two sets of which each has a share of the other meet in the rarest few of each: of n runs at most
n - share * n may be missing, so one of the rarest n - share * n + 1 is common to both.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.run_file import RunFile
from core.data.run_hashes import Hashes, Places, Runs, shared
from core.data.run_index import RunIndex, TooMuch

Spread = NDArray[np.uint8]
_SLOTS: Final = np.uint64(64 - 24)
_MOST: Final = 255
_AT_ONCE: Final = 1 << 19
"""Runs that are looked up together."""
_ROUNDING: Final = 1e-9


class Alike(NamedTuple):
    """Pairs of a held and an asking text."""

    held: Places
    asking: Places
    similarity: NDArray[np.float64]
    """Jaccard's, or the share of the held one's runs that the asking one has."""


def spread_of(*files: RunFile) -> Spread:
    """Return for each slot of hashes in how many texts its runs stand, at least and up to 255."""
    spread = np.zeros(1 << (64 - int(_SLOTS)), np.uint8)
    for file in files:
        for _, runs in file.lots():
            slots, count = np.unique(runs.values >> _SLOTS, return_counts=True)
            spread[slots] = np.minimum(spread[slots].astype(np.int64) + count, _MOST)
    return spread


def often(values: Hashes, spread: Spread) -> Places:
    """Return how often runs stand in the texts whose spread this is."""
    counts: Places = spread[values >> _SLOTS].astype(np.int64)
    return counts


def needed(sizes: Places, least: float) -> Places:
    """Return how many of the rarest runs of texts of these sizes one that shares so much meets."""
    many: Places = sizes - np.ceil(least * sizes - _ROUNDING).astype(np.int64) + 1
    return many


def cuts(sizes: Places) -> Iterator[tuple[int, int]]:
    """Yield where to cut texts so that their runs fit into memory."""
    lot = np.cumsum(sizes) // _AT_ONCE
    begins = np.flatnonzero(np.diff(lot, prepend=-1)).tolist()
    yield from zip(begins, [*begins[1:], len(sizes)], strict=False)


def alike(
    held: RunFile, asking: RunFile, *, least: float, most_work: int, contained: bool = False
) -> Iterator[Alike]:
    """Yield all pairs that are at least this alike; TooMuch when finding them takes too much work.

    With `contained` a pair is as alike as the asking text has of the runs of the held one.
    """
    spread = spread_of(held, asking)
    lots = ((first, _rarest(runs, spread, least)) for first, runs in held.lots())
    index = RunIndex(lots, most_work=most_work)
    sizes, theirs = held.sizes, asking.sizes
    work = 0
    for first, runs in asking.lots():
        for met in index.meet(runs if contained else _rarest(runs, spread, least)):
            own, other = sizes[met.held], theirs[met.asking + first]
            smaller = np.minimum(own, other)
            most = own if contained else np.maximum(own, other)
            may = np.flatnonzero(smaller >= least * most - _ROUNDING)
            work += int(own[may].sum())
            if work > most_work:
                raise TooMuch
            for begin, end in cuts(own[may]):
                some = may[begin:end]
                both = shared(runs, held.runs(met.held[some]), met.asking[some])
                every = own[some] if contained else own[some] + other[some] - both
                likeness = both / every
                near = likeness >= least - _ROUNDING
                yield Alike(met.held[some][near], met.asking[some][near] + first, likeness[near])


def _rarest(runs: Runs, spread: Spread, least: float) -> Runs:
    """Return the rarest runs of each text, so many that a text this alike has one of them."""
    owners = runs.texts
    order = np.argsort((owners << 8) | often(runs.values, spread), kind="stable")
    sizes = np.diff(runs.starts)
    kept = np.arange(len(owners)) - runs.starts[owners] < needed(sizes, least)[owners]
    starts = np.concatenate(([0], np.cumsum(np.minimum(needed(sizes, least), sizes))))
    return Runs(runs.values[order][kept], starts.astype(np.int64))
