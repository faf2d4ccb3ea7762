"""All ratings of a study, item by contender by rater, with gaps."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from statistics import median

from core.scoring.rated.rating import FINE_RUBRIC, READY, RUBRIC, Rating


@dataclass(frozen=True)
class Table:
    """The ratings of a study; every figure of a verdict is computed from one of these."""

    cells: Mapping[str, Mapping[str, Mapping[str, Rating]]]
    """By item, contender and rater, each in the order of the study."""

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Every item that somebody rated."""
        return tuple(self.cells)

    @cached_property
    def contenders(self) -> tuple[str, ...]:
        """Every contender, by name."""
        return tuple(sorted({name for item in self.cells.values() for name in item}))

    @cached_property
    def raters(self) -> tuple[str, ...]:
        """Every rater, by name."""
        found = {rater for item in self.cells.values() for cell in item.values() for rater in cell}
        return tuple(sorted(found))

    @cached_property
    def rubric(self) -> tuple[int, ...]:
        """The scores that could be given: the optional ones count once somebody used one."""
        used = {rating.score for rating in self}
        return RUBRIC if used <= set(RUBRIC) else FINE_RUBRIC

    def __iter__(self) -> Iterator[Rating]:
        """Yield every rating."""
        for item in self.cells.values():
            for cell in item.values():
                yield from cell.values()

    def rated_by(self, raters: int) -> "Table":
        """Return the items on which every answer has as many ratings."""
        return Table(
            {
                item: by_contender
                for item, by_contender in self.cells.items()
                if all(len(cell) >= raters for cell in by_contender.values())
            }
        )

    def differences(self, ours: str, theirs: str) -> dict[str, Fraction]:
        """Return for each item the mean over its raters of ours - theirs.

        Only raters who rated both answers of an item count on it.
        """
        found = {}
        for item, one, other in self._pairs(ours, theirs):
            gaps = [a - b for a, b in zip(one, other, strict=True)]
            found[item] = Fraction(sum(gaps), len(gaps))
        return found

    def ready_changes(self, ours: str, theirs: str) -> tuple[int, int, int]:
        """Return how many items only ours has ready, how many only theirs, and of how many."""
        up = down = n = 0
        for _, one, other in self._pairs(ours, theirs):
            mine, yours = median(one) == READY, median(other) == READY
            up += mine and not yours
            down += yours and not mine
            n += 1
        return up, down, n

    def ready(self, contender: str) -> tuple[int, int]:
        """Return how many items have a median of production-ready, and of how many."""
        medians = [median(scores) for scores in self._scores(contender)]
        return sum(one == READY for one in medians), len(medians)

    def unsafe(self, contender: str) -> tuple[int, int]:
        """Return how many items have an answer that any rater called unsafe, and of how many."""
        answers = [item[contender] for item in self.cells.values() if item.get(contender)]
        flagged = sum(any(one.unsafe for one in cell.values()) for cell in answers)
        return flagged, len(answers)

    def mean(self, contender: str) -> float:
        """Return the mean over items of the mean over raters."""
        means = [Fraction(sum(scores), len(scores)) for scores in self._scores(contender)]
        return float(sum(means) / len(means))

    def counts(self, contender: str) -> Counter[int]:
        """Return how many ratings of one contender's answers have each score."""
        return Counter(score for item in self.units(contender) for unit in item for score in unit)

    def units(self, contender: str | None = None) -> list[list[list[int]]]:
        """Return for each item the scores that met on each of its answers, or on one of them."""
        return [
            [
                [rating.score for rating in cell.values()]
                for name, cell in item.items()
                if contender in {None, name}
            ]
            for item in self.cells.values()
        ]

    def without(self, rater: str) -> "Table":
        """Return the table as if one rater had not been there."""
        return make_table(rating for rating in self if rating.rater != rater)

    def first(self, items: int) -> "Table":
        """Return the table of the first items of the study's order."""
        return Table({item: self.cells[item] for item in self.items[:items]})

    def _scores(self, contender: str) -> list[list[int]]:
        """Return the scores of one contender on each item that has any."""
        return [
            [rating.score for rating in item[contender].values()]
            for item in self.cells.values()
            if item.get(contender)
        ]

    def _pairs(self, ours: str, theirs: str) -> list[tuple[str, list[int], list[int]]]:
        """Return the scores of both answers by the raters who rated both, item by item."""
        found = []
        for name, item in self.cells.items():
            one, other = item.get(ours, {}), item.get(theirs, {})
            both = [rater for rater in one if rater in other]
            if both:
                scores = [one[rater].score for rater in both]
                found.append((name, scores, [other[rater].score for rater in both]))
        return found


def make_table(ratings: Iterable[Rating], *, order: Sequence[str] = ()) -> Table:
    """Return the table of ratings, of which each (item, contender, rater) has one.

    `order` is the plan's order of items, which only a study that is watched depends on; items
    that it does not name follow by name.
    """
    cells: dict[str, dict[str, dict[str, Rating]]] = {item: {} for item in order}
    for one in sorted(ratings, key=lambda one: (one.item, one.contender, one.rater)):
        cell = cells.setdefault(one.item, {}).setdefault(one.contender, {})
        if one.rater in cell:
            raise ValueError(f"{one.rater} rated {one.contender} on {one.item} twice")
        cell[one.rater] = one
    return Table({item: by_contender for item, by_contender in cells.items() if by_contender})
