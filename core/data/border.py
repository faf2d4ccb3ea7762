"""Measures a finished split by a second method: how alike are rows on the two sides of it?

An inverted index over every run of words, whatever engine found the pairs before; a pair that the
engine missed is found here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from core.data.alike import NEAR
from core.data.near.verify import shingle_runs
from core.data.near.words import prepared
from core.data.rarest import alike
from core.data.run_file import RunFile
from core.data.run_hashes import Places, Runs, lots_of, run_hashes, runs_of
from core.data.run_index import MOST_WORK, RunIndex, TooMuch
from core.data.runs import words

_LONG = 8
WORDING = f"lexical overlap at J >= {NEAR:g}"


_QUICK: Final = 40_000_000
"""Meetings of runs after which rows that share many are looked for by their rarest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """The most alike rows of two sides."""

    similarity: float | None
    """Largest 5-word Jaccard similarity; None: finding it was too much work."""
    containment: float | None
    """Largest share of a holdout row's 8-word runs in one other row; None as above."""
    similarity_below: float | None = None
    """What the similarity of every pair is less than, where the largest is not known."""
    containment_below: float | None = None
    """What every such share is less than, where the largest is not known."""
    crossing: tuple[tuple[int, int], ...] = ()
    """Near pairs, as places on the left and on the right."""

    @property
    def sentence(self) -> str:
        """What may be said: never that nothing leaks, for paraphrases stay possible."""
        if self.similarity is not None:
            is_there = "there IS" if self.similarity >= NEAR else "no"
            said = f"{is_there} {WORDING}; highest across the border {self.similarity:.2f}"
        elif self.similarity_below is not None:
            said = f"no {WORDING}; all pairs across the border under {self.similarity_below:.2f}"
        else:
            return "the border was not measured: too many rows share words"
        if self.containment is not None:
            said += f"; at most {self.containment:.0%} of a row's 8-word runs in another"
        elif self.containment_below is not None:
            said += f"; less than {self.containment_below:.0%} of a row's 8-word runs in another"
        return f"{said}; paraphrases are not looked for"


class _Highest(NamedTuple):
    """How alike the most alike pair is."""

    value: float | None
    """None where it is not known."""
    below: float | None
    """What every pair is less than; None where the value is known, or nothing is."""
    near: tuple[tuple[int, int], ...] = ()
    """Pairs from the highest level on."""


def measure_border(holdout: Sequence[str], others: Sequence[str]) -> Border:
    """Return how alike holdout rows and all others are."""
    pieces = (RunFile.of(runs for _, runs in pieces_of(texts)) for texts in (holdout, others))
    similar = _highest(*pieces, levels=(NEAR, 0.4))
    if similar.value is None and similar.below is None:
        return Border(similarity=None, containment=None)
    held = _highest(_long(holdout), RunFile.of(runs_of(others, _LONG)), levels=(0.8, 0.5), of=True)
    return Border(
        similarity=similar.value,
        containment=held.value,
        similarity_below=similar.below,
        containment_below=held.below,
        crossing=tuple(sorted(similar.near)),
    )


def _long(texts: Sequence[str]) -> RunFile:
    """Return the runs of eight words of texts that have as many."""
    return RunFile.of(
        run_hashes([text if len(words(text)) >= _LONG else "" for text in lot], _LONG)
        for _, lot in lots_of(texts)
    )


def _highest(
    holdout: RunFile, others: RunFile, *, levels: tuple[float, ...], of: bool = False
) -> _Highest:
    """Return the highest likeness, or a level that none reaches; `of`: of the holdout's runs.

    Where too many runs are shared to count them all, pairs at the first level are still found.
    """
    try:
        return _counted(holdout, others, levels[0], of=of)
    except TooMuch:
        pass
    below = None
    for level in levels:
        work = MOST_WORK if below is None else _QUICK
        found = alike(holdout, others, least=level, most_work=work, contained=of)
        try:
            pairs = [pair for some in found for pair in zip(*map(_list, some), strict=True)]
        except TooMuch:
            break
        if pairs:
            highest = max(likeness for _, _, likeness in pairs)
            near = tuple((one, other) for one, other, _ in pairs) if below is None else ()
            return _Highest(round(highest, 4), None, near)
        below = level
    return _Highest(None, below)


def _counted(holdout: RunFile, others: RunFile, least: float, *, of: bool) -> _Highest:
    """Return the highest likeness by counting every run that two rows share."""
    index = RunIndex(holdout.lots(), most_work=_QUICK)
    sizes, theirs = holdout.sizes, others.sizes
    highest = 0.0
    near: list[tuple[int, int]] = []
    for first, runs in others.lots():
        for met in index.meet(runs):
            every = sizes[met.held]
            if not of:
                every = every + theirs[met.asking + first] - met.shared
            likeness = met.shared / every
            highest = max(highest, float(likeness.max(initial=0.0)))
            high = np.flatnonzero(likeness >= least)
            near += zip(met.held[high].tolist(), (met.asking[high] + first).tolist(), strict=True)
    return _Highest(round(highest, 4), None, tuple(near))


def _list(values: np.ndarray[Any, Any]) -> list[Any]:
    """Return numbers as Python's own."""
    return list(values.tolist())


def highest_of_each(texts: Sequence[str], known: Sequence[str]) -> list[float]:
    """Return for each text how alike the most alike of the known ones is."""
    sizes = np.zeros(len(texts), np.int64)
    index = RunIndex(_sized(pieces_of(texts), sizes), most_work=None)
    highest = np.zeros(len(texts))
    for _, runs in pieces_of(known):
        theirs = np.diff(runs.starts)
        for met in index.meet(runs):
            alike = met.shared / (sizes[met.held] + theirs[met.asking] - met.shared)
            np.maximum.at(highest, met.held, alike)
    return [float(one) for one in highest]


def _sized(lots: Iterable[tuple[int, Runs]], sizes: Places) -> Iterator[tuple[int, Runs]]:
    """Yield the lots and note how many runs each text has."""
    for first, runs in lots:
        sizes[first : first + len(runs.starts) - 1] = np.diff(runs.starts)
        yield first, runs


def pieces_of(texts: Sequence[str]) -> Iterator[tuple[int, Runs]]:
    """Yield the runs by whose overlap texts are alike, each lot with the place of its first."""
    for first, lot in lots_of(texts):
        yield first, shingle_runs([prepared(text) for text in lot])
