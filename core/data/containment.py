"""Finds short texts inside longer ones, which similarity of wholes cannot see."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.clusters import Union
from core.data.rarest import Spread, cuts, needed, often, spread_of
from core.data.run_file import RunFile
from core.data.run_hashes import Places, Runs, chosen, shared
from core.data.run_index import MOST_WORK, Met, RunIndex

RUN_WORDS: Final = 5
_LEAST_RUNS: Final = 4
"""Runs of five in eight words: less than that stands in many texts by chance."""
CONTAINED: Final = 0.8
"""Share of a text's runs that another must hold to count as holding the text."""
_PROBED: Final = 8
"""Runs of a part that are looked up before all of them are."""
_PAIRS_AT_ONCE: Final = 1 << 16
_PARTS_AT_ONCE: Final = 1 << 12
_IN_VAIN: Final = 4
"""Times its size that an index may meet pairs that are tied before it is put in order anew."""


class Parts(NamedTuple):
    """Texts, or pieces of them, that others may hold."""

    runs: RunFile
    places: Places
    """Which of the file's texts they are."""
    owners: Places
    """The text that each is a piece of."""


def contained_pairs(
    texts: RunFile,
    kinds: Sequence[Parts],
    tied: Union,
    tell: Callable[[float], None] = lambda _: None,
) -> list[tuple[int, int]]:
    """Return (owner of a part, text that holds it), so many that all such texts are tied.

    Pairs that `tied` ties already are left out, and those found are tied there; so kinds of short
    parts go first. TooMuch when looking takes too much work. `tell` hears the share that is done.
    """
    spread = spread_of(texts)
    sets = [some for parts in kinds for some in _by_size(parts)]
    found: list[tuple[int, int]] = []
    work = 0
    for number, some in enumerate(sets):
        if not np.ptp(_tops(tied)):
            break
        search = _Search(texts, some, tied, spread, MOST_WORK - work)
        for done in search.go():
            tell((number + done) / len(sets))
        found += search.found
        work += search.index.work
    return found


def _by_size(parts: Parts) -> Iterator[Parts]:
    """Yield the parts that are long enough, the shorter first, each lot up to twice as long.

    Short parts tie many texts at once, and what is tied is not compared again.
    """
    sizes = parts.runs.sizes[parts.places]
    least = _LEAST_RUNS
    longest = int(sizes.max(initial=0))
    while least <= longest:
        some = np.flatnonzero((sizes >= least) & (sizes < 2 * least))
        if len(some):
            yield Parts(parts.runs, parts.places[some], parts.owners[some])
        least *= 2


class _Search:
    """Looks for texts that hold some of the parts."""

    def __init__(
        self,
        texts: RunFile,
        parts: Parts,
        tied: Union,
        spread: Spread,
        most_work: int,
    ) -> None:
        self._texts = texts
        self._parts = parts
        self._tied = tied
        self._sizes = parts.runs.sizes[parts.places]
        self._tops = self._groups = _tops(tied)
        self._ties = 0
        self.found: list[tuple[int, int]] = []
        ranked = [_ranked(parts.runs.runs(some), spread) for some in _lots(parts.places)]
        firsts = range(0, len(parts.places), _PARTS_AT_ONCE)
        sizes = np.concatenate([np.diff(one.probes.starts) for one in ranked])
        self._probes = Runs(
            np.concatenate([one.probes.values for one in ranked]),
            np.concatenate(([0], np.cumsum(sizes))),
        )
        self.index = RunIndex(
            zip(firsts, (one.telling for one in ranked), strict=True),
            groups=self._groups[parts.owners],
            most_work=most_work,
        )

    def go(self) -> Iterator[float]:
        """Yield the share that is done."""
        every = len(self._texts.sizes)
        in_vain = 0
        for first, runs in self._texts.lots():
            groups = self._groups[first : first + len(runs.starts) - 1]
            for met in self.index.meet(runs, groups):
                fresh = self._untied(first, met)
                in_vain += met.work - int(met.shared[fresh].sum())
                likely = np.flatnonzero(fresh)
                likely = likely[self._may_hold(runs, met, likely)]
                self._verify(first, runs, met.asking[likely], met.held[likely])
            if in_vain > _IN_VAIN * len(self.index):
                self._groups = self._fresh_tops()
                self.index.group(self._groups[self._parts.owners])
                in_vain = 0
            yield first / every

    def _untied(self, first: int, met: Met) -> NDArray[np.bool_]:
        """Return which of the pairs nothing ties yet."""
        tops = self._fresh_tops()
        untied: NDArray[np.bool_] = tops[self._parts.owners[met.held]] != tops[met.asking + first]
        return untied

    def _may_hold(self, runs: Runs, met: Met, pairs: Places) -> NDArray[np.bool_]:
        """Return which of the pairs lack few enough of the runs that are looked up first.

        A holder lacks fewer runs than are telling, so beside those it shares fewer again.
        """
        may = np.zeros(len(pairs), np.bool_)
        for begin in range(0, len(pairs), _PAIRS_AT_ONCE):
            some = pairs[begin : begin + _PAIRS_AT_ONCE]
            probes = chosen(self._probes.values, self._probes.starts, met.held[some])
            lacked = np.diff(probes.starts) - shared(runs, probes, met.asking[some])
            may[begin : begin + _PAIRS_AT_ONCE] = lacked < met.shared[some]
        return may

    def _fresh_tops(self) -> Places:
        """Return for every text the one that stands for it by now."""
        if len(self.found) > self._ties:
            self._ties = len(self.found)
            self._tops = _tops(self._tied)
        return self._tops

    def _verify(self, first: int, runs: Runs, asking: Places, held: Places) -> None:
        """Tie the texts that hold a part to its owner."""
        sizes = self._sizes[held]
        for begin, end in cuts(sizes):
            own = self._parts.runs.runs(self._parts.places[held[begin:end]])
            holds = shared(runs, own, asking[begin:end]) >= CONTAINED * sizes[begin:end]
            for part, text in zip(
                held[begin:end][holds].tolist(), asking[begin:end][holds].tolist(), strict=True
            ):
                owner, place = int(self._parts.owners[part]), text + first
                if not self._tied.together(owner, place):
                    self._tied.tie(owner, place)
                    self.found.append((owner, place))


def _lots(places: Places) -> Iterator[Places]:
    """Yield places in lots."""
    for begin in range(0, len(places), _PARTS_AT_ONCE):
        yield places[begin : begin + _PARTS_AT_ONCE]


def _tops(tied: Union) -> Places:
    """Return for every place the one that stands for it."""
    above = np.array(tied.above, np.int64)
    while True:
        higher = above[above]
        if np.array_equal(higher, above):
            return above
        above = higher


class _Ranked(NamedTuple):
    """The rarest runs of some parts."""

    telling: Runs
    """A text that holds the part has one of them at least."""
    probes: Runs
    """The next few, by which most others are told."""


def _ranked(runs: Runs, spread: Spread) -> _Ranked:
    """Return the rarest runs of each part."""
    count = often(runs.values, spread)
    owners = runs.texts
    order = np.argsort((owners << 8) | count, kind="stable")
    sizes = np.diff(runs.starts)
    many = needed(sizes, CONTAINED)[owners]
    rank = np.arange(len(owners)) - runs.starts[owners]

    def kept(which: NDArray[np.bool_]) -> Runs:
        starts = np.searchsorted(owners[which], np.arange(len(sizes) + 1))
        return Runs(runs.values[order][which], starts.astype(np.int64))

    return _Ranked(
        kept((rank < many) & (count[order] > 1)),
        kept((rank >= many) & (rank < many + _PROBED)),
    )
