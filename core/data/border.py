"""Measures a finished split by a second method: how alike are rows on the two sides of it?

An inverted index over exact runs of words, whatever engine found the pairs before; a pair that
the engine missed is found here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.data.alike import NEAR, pieces
from core.data.run_index import MOST_WORK, holders_of, most_alike, shared, work
from core.data.runs import runs

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
    known = [pieces(text) for text in others]
    holders = holders_of(known)
    wanted = [pieces(text) for text in holdout]
    if work(holders, wanted) > MOST_WORK:
        return Border(similarity=None, containment=None)
    highest = 0.0
    crossing: list[tuple[int, int]] = []
    for left, own in enumerate(wanted):
        for right, similarity in most_alike(own, holders, known):
            highest = max(highest, similarity)
            if similarity >= NEAR:
                crossing.append((left, right))
    return Border(
        similarity=round(highest, 4),
        containment=_containment(holdout, others),
        crossing=tuple(crossing),
    )


def _containment(holdout: Sequence[str], others: Sequence[str]) -> float | None:
    """Return the largest share of a text's runs that one other holds; short texts aside."""
    holders = holders_of(runs(text, _LONG) for text in others)
    wanted = [own for text in holdout if len(next(iter(own := runs(text, _LONG)), ())) == _LONG]
    if work(holders, wanted) > MOST_WORK:
        return None
    shares = (max(shared(own, holders).values(), default=0) / len(own) for own in wanted)
    return round(max(shares, default=0.0), 4)
