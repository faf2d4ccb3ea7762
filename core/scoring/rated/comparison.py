"""The tuned model against one alternative, in every figure that a verdict may use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.errors import DataError
from core.scoring.rated.rating import SPAN
from core.scoring.rated.table import Table
from core.scoring.rated.terms import Terms
from core.scoring.statistics.interval import Interval
from core.scoring.statistics.multiple import holm
from core.scoring.statistics.paired import paired_t
from core.scoring.statistics.paired_shares import paired_share_interval, sign_test_p
from core.scoring.statistics.power import fewest_decisive
from core.scoring.statistics.sequential import (
    anytime_mean,
    anytime_p,
    evidence_of_picks,
    evidence_of_ratings,
    first_crossing,
    picks_path,
    ratings_path,
)
from core.scoring.statistics.sign_flip import sign_flip_p, whole_numbers
from core.text_safety import clip, visible

Decision = Literal["ship", "do_not_ship", "keep_rating", "cannot_say"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyGain:
    """How many more items the tuned model has ready for production."""

    gained: int
    """Items that only the tuned model has ready."""
    lost: int
    """Items that only the alternative has ready."""
    difference: float
    low: float
    high: float
    """Estimate and interval of the difference of shares (Bonett-Price)."""
    p: float
    """Exact McNemar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What may be watched while people still rate."""

    ratings: float
    """E of the ratings after all items."""
    picks: float
    """E of the picks after all items."""
    settled_at: int | None
    """After how many items the plan's evidence first reached its threshold; None if it has not."""
    ahead: bool
    """Whether the tuned model was the better one at that item."""
    p: float
    """Anytime p of the plan's evidence."""
    low: float
    high: float
    """Anytime interval of the mean difference after all items."""
    at_settling: Interval
    """The same after the item that settled it, which holds as well; else after all items."""

    @property
    def interval(self) -> Interval:
        """What both intervals leave: each holds the true value however often one looked."""
        low, high = max(self.low, self.at_settling.low), min(self.high, self.at_settling.high)
        return Interval(low, high) if low <= high else self.at_settling


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The tuned model against one alternative, on the items that both were rated on."""

    against: str
    items: int
    mean_difference: float
    """Rating points the tuned model is above the alternative, on average over items."""
    deviation: float
    """Standard deviation of the items' differences."""
    low: float
    high: float
    """Interval of the mean difference; anytime in a sequential study, else of Student's t."""
    p: float
    """Exact two-sided sign-flip p; the anytime p in a sequential study."""
    wins: int
    ties: int
    losses: int
    adjusted_p: float
    """p after Holm over all comparisons."""
    ready: ReadyGain
    evidence: Evidence | None
    """None where nobody asked for it and the study's size is fixed."""
    beats: bool
    """Whether the tuned model is surely better, by the plan's test and interval."""
    worse: bool
    """Whether the tuned model is surely worse."""
    equal: bool
    """Whether a gain or loss worth having is ruled out."""


def counted(table: Table, terms: Terms) -> Table:
    """Return the items that may decide: all, or of a sequential study those that are finished.

    A difference that counts before its last rater is there would change after somebody looked.
    """
    if terms.stopping == "fixed" or not terms.raters:
        return table
    found = table.rated_by(terms.raters)
    if not found.items:
        raise DataError(
            what=f"No item was rated by {terms.raters} raters yet.",
            why="The plan stops on evidence, and an item counts when its last rater finishes.",
            remedy="Let the raters go on; `tuningfork study status` shows how far they are.",
        )
    return found


def compare(table: Table, terms: Terms, *, details: bool = True) -> tuple[Comparison, ...]:
    """Return the comparison with every alternative, by name.

    Without `details` a study of fixed size has no evidence, which saves most of the time.
    """
    others = [name for name in table.contenders if name != terms.tuned]
    watch = details or terms.stopping == "sequential"
    made = [_compare(table, terms, other, len(others) if watch else 0) for other in others]
    adjusted = holm([one.p for one in made])
    return tuple(
        _judged(replace(one, adjusted_p=p), terms) for one, p in zip(made, adjusted, strict=True)
    )


def scores_say(comparisons: Sequence[Comparison]) -> Decision:
    """Return what the comparisons alone say."""
    if all(one.beats for one in comparisons):
        return "ship"
    if any(one.worse or one.equal for one in comparisons):
        return "do_not_ship"
    return "keep_rating"


def _compare(table: Table, terms: Terms, against: str, alternatives: int) -> Comparison:
    """Return the figures of one comparison, not yet judged."""
    exact = list(table.differences(terms.tuned, against).values())
    if not exact:
        raise DataError(
            what=f"Nobody rated both {_shown(terms.tuned)} and {_shown(against)} on one item.",
            why="A comparison needs items on which the same person saw both answers.",
            remedy=f"Have them rated together, or leave {_shown(against)} out.",
        )
    differences = [float(one) for one in exact]
    found = paired_t(differences, confidence=terms.confidence)
    evidence = _evidence(differences, terms, alternatives) if alternatives else None
    watched = evidence if terms.stopping == "sequential" else None
    return Comparison(
        against=against,
        items=len(differences),
        mean_difference=found.mean,
        deviation=found.deviation,
        low=watched.interval.low if watched else max(-SPAN, found.interval.low),
        high=watched.interval.high if watched else min(SPAN, found.interval.high),
        p=watched.p if watched else sign_flip_p(whole_numbers(exact)),
        wins=sum(one > 0 for one in exact),
        ties=sum(one == 0 for one in exact),
        losses=sum(one < 0 for one in exact),
        adjusted_p=1.0,
        ready=_ready(table, terms, against),
        evidence=evidence,
        beats=False,
        worse=False,
        equal=False,
    )


def _judged(one: Comparison, terms: Terms) -> Comparison:
    """Return the comparison with what it shows."""
    if one.items < fewest_decisive(terms.alpha):
        return one  # so few can never settle anything
    p = one.adjusted_p if terms.rule == "holm" else one.p
    if terms.stopping == "sequential" and one.evidence is not None:
        sure, ahead = one.evidence.settled_at is not None, one.evidence.ahead
        beats, worse = sure and ahead, sure and not ahead
    else:
        beats, worse = p <= terms.alpha and one.low > 0, one.high < 0
    equal = -terms.worthwhile < one.low and one.high < terms.worthwhile
    return replace(one, beats=beats, worse=worse, equal=equal)


def _evidence(differences: Sequence[float], terms: Terms, alternatives: int) -> Evidence:
    """Return what may be watched; in a study of fixed size it is information only."""
    threshold = (alternatives if terms.rule == "holm" else 1) / terms.alpha
    by_picks = terms.primary == "picks"
    path = list(picks_path(differences) if by_picks else ratings_path(differences, span=SPAN))
    settled_at = first_crossing(path, threshold)
    seen = differences[:settled_at]
    ahead = sum((one > 0) - (one < 0) for one in seen) if by_picks else sum(seen)
    last = anytime_mean(differences, span=SPAN, alpha=terms.alpha)
    return Evidence(
        ratings=evidence_of_ratings(differences, span=SPAN),
        picks=evidence_of_picks(
            sum(one > 0 for one in differences), sum(one < 0 for one in differences)
        ),
        settled_at=settled_at,
        ahead=ahead > 0,
        p=anytime_p(path),
        low=last.low,
        high=last.high,
        at_settling=anytime_mean(seen, span=SPAN, alpha=terms.alpha) if settled_at else last,
    )


def _ready(table: Table, terms: Terms, against: str) -> ReadyGain:
    gained, lost, n = table.ready_changes(terms.tuned, against)
    difference, interval = paired_share_interval(gained, lost, n, confidence=terms.confidence)
    return ReadyGain(
        gained=gained,
        lost=lost,
        difference=difference,
        low=interval.low,
        high=interval.high,
        p=sign_test_p(gained, lost),
    )


def _shown(name: str) -> str:
    return visible(clip(name, 60))
