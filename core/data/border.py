"""Measures a finished split by a second method: how alike are rows on the two sides of it?

An inverted index over every run of words, whatever engine found the pairs before; a pair that the
engine missed is found here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.alike import NEAR
from core.data.near.verify import shingle_runs
from core.data.near.words import prepared
from core.data.run_hashes import Places, Runs, lots_of, run_hashes
from core.data.run_index import RunIndex, TooMuch
from core.data.runs import words

_LONG = 8
WORDING = f"lexical overlap at J >= {NEAR:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """The most alike rows of two sides."""

    similarity: float | None
    """Largest 5-word Jaccard similarity; None: comparing was too much work."""
    containment: float | None
    """Largest share of a holdout row's 8-word runs in one other row; None as above."""
    crossing: tuple[tuple[int, int], ...] = ()
    """Near pairs, as places on the left and on the right."""

    @property
    def sentence(self) -> str:
        """What may be said: never that nothing leaks, for paraphrases stay possible."""
        if self.similarity is None:
            return "the border was not measured: too many rows share words"
        said = f"no {WORDING}" if self.similarity < NEAR else f"there IS {WORDING}"
        words = f"{said}; highest across the border {self.similarity:.2f}"
        if self.containment is not None:
            words += f"; at most {self.containment:.0%} of a row's 8-word runs in another"
        return f"{words}; paraphrases are not looked for"


def measure_border(holdout: Sequence[str], others: Sequence[str]) -> Border:
    """Return how alike holdout rows and all others are."""
    try:
        highest, crossing = _similarity(holdout, others)
    except TooMuch:
        return Border(similarity=None, containment=None)
    return Border(
        similarity=round(highest, 4),
        containment=_containment(holdout, others),
        crossing=tuple(sorted(crossing)),
    )


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


def _similarity(
    holdout: Sequence[str], others: Sequence[str]
) -> tuple[float, list[tuple[int, int]]]:
    """Return the largest similarity, and every pair that is near."""
    sizes = np.zeros(len(holdout), np.int64)
    index = RunIndex(_sized(pieces_of(holdout), sizes))
    highest = 0.0
    crossing: list[tuple[int, int]] = []
    for first, runs in pieces_of(others):
        theirs = np.diff(runs.starts)
        for met in index.meet(runs):
            every = sizes[met.held] + theirs[met.asking] - met.shared
            alike = met.shared / every
            highest = max(highest, float(alike.max(initial=0.0)))
            near = np.flatnonzero(alike >= NEAR)
            crossing += zip(
                met.held[near].tolist(), (met.asking[near] + first).tolist(), strict=True
            )
    return highest, crossing


def _containment(holdout: Sequence[str], others: Sequence[str]) -> float | None:
    """Return the largest share of a text's runs that one other holds; short texts aside."""
    sizes = np.zeros(len(holdout), np.int64)
    long = (
        (first, run_hashes([text if len(words(text)) >= _LONG else "" for text in lot], _LONG))
        for first, lot in lots_of(holdout)
    )
    index = RunIndex(_sized(long, sizes))
    highest = 0.0
    try:
        for _, lot in lots_of(others):
            for met in index.meet(run_hashes(lot, _LONG)):
                highest = max(highest, float((met.shared / sizes[met.held]).max(initial=0.0)))
    except TooMuch:
        return None
    return round(highest, 4)
