"""Old answers against today's: what changed, and whether it is surely not worse."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

from core.scoring.metrics import measure
from core.scoring.rated.rating import RUBRIC
from core.scoring.statistics.paired_shares import paired_share_interval

State = Literal["unchanged", "holds", "worse", "cannot_say"]
WORTHWHILE = 0.10
"""Share of items that may be lost before anybody minds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What raters said of the old answers, and how much of it still stands."""

    rated: int
    """Items whose old answer people rated."""
    stand: int
    """Those whose answer is the same today, so that the ratings are of today's answer, too."""
    mean: float
    """Mean rating of the old answers."""
    low: float
    """Mean today if every changed answer were unusable."""
    high: float
    """Mean today if every changed answer were as good as can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """One contender then and now."""

    contender: str
    model: str
    """What its server calls it today; not yet safe to show."""
    items: int
    """Items answered both times."""
    changed: int
    """Answers that are other texts today."""
    better: int
    """Items that only today's answer gets exactly right."""
    worse: int
    """Items that only the old answer got exactly right."""
    low: float
    """95 % interval of the change in the share of exact answers (Bonett-Price)."""
    high: float
    anchors: Anchors | None
    """None where nobody rated its answers, or a study of them is still sealed."""

    @property
    def state(self) -> State:
        """Return what may be concluded."""
        if not self.changed:
            return "unchanged"
        if self.high < 0:
            return "worse"
        return "holds" if self.low > -WORTHWHILE else "cannot_say"

    @property
    def sentence(self) -> str:
        """Return the finding in words."""
        if self.state == "unchanged":
            return f"answers all {self.items} items as it did when it was scored."
        low, high = (f"{round(100 * one):+d}" for one in (self.low, self.high))
        moved = (self.better - self.worse) / self.items
        figures = (
            f"{self.changed} of {self.items} answers are others; exact answers "
            f"{round(100 * moved):+d} points ({low} to {high})"
        )
        word = {
            "worse": "WORSE than when it was scored",
            "holds": f"not worse by {round(100 * WORTHWHILE)} points or more",
            "cannot_say": "too few items to say that it is not worse",
        }[self.state]
        rated = ""
        if self.anchors is not None:
            one = self.anchors
            rated = (
                f" Ratings stand for {one.stand} of {one.rated} rated answers: mean {one.mean:.2f} "
                f"then, {one.low:.2f} to {one.high:.2f} now; rate the changed ones anew."
            )
        return f"{word}: {figures}.{rated}"

    def as_json(self) -> dict[str, Any]:
        """Return the form in `recheck --json`."""
        return asdict(self) | {"state": self.state, "sentence": self.sentence}


def compare(
    contender: str,
    model: str,
    before: Mapping[str, str],
    now: Mapping[str, str],
    references: Mapping[str, str],
    ratings: Mapping[str, Sequence[int]],
) -> Rechecked:
    """Return one contender's change; all by item, `ratings` those of its old answers."""
    both = [item for item in before if item in now]
    exact = [
        (measure(before[one], references[one]).exact, measure(now[one], references[one]).exact)
        for one in both
    ]
    better = sum(not old and new for old, new in exact)
    worse = sum(old and not new for old, new in exact)
    _, interval = paired_share_interval(better, worse, len(both))
    return Rechecked(
        contender=contender,
        model=model,
        items=len(both),
        changed=sum(before[one] != now[one] for one in both),
        better=better,
        worse=worse,
        low=interval.low,
        high=interval.high,
        anchors=_anchors(before, now, ratings, both),
    )


def _anchors(
    before: Mapping[str, str],
    now: Mapping[str, str],
    ratings: Mapping[str, Sequence[int]],
    both: Sequence[str],
) -> Anchors | None:
    """Return what stands of the ratings."""
    rated = {one: fmean(ratings[one]) for one in both if ratings.get(one)}
    if not rated:
        return None
    stands = {one for one in rated if before[one] == now[one]}

    def mean(otherwise: float) -> float:
        return fmean(score if one in stands else otherwise for one, score in rated.items())

    return Anchors(
        rated=len(rated),
        stand=len(stands),
        mean=fmean(rated.values()),
        low=mean(RUBRIC[0]),
        high=mean(RUBRIC[-1]),
    )
