"""Many synthetic studies through the code that judges real ones, and how often each says what."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from core.scoring.rated.comparison import Decision
from core.scoring.rated.table import make_table
from core.scoring.rated.terms import Stopping, Terms
from core.scoring.rated.verdict import RatedVerdict, judge
from core.scoring.simulation.raters import TUNED, Raters, draw_ratings, draw_scores
from core.scoring.statistics.interval import Interval
from core.scoring.statistics.shares import wilson
from core.scoring.statistics.sign_flip import sign_flip_p

SECONDS_A_RATING = 30.0
FOUND = 0.8
"""Share of studies that must say ship before a plan is said to find a gain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A study that might be run."""

    items: int
    raters: int = 2
    """People who rate every item."""
    alternatives: int = 3
    """Contenders that the tuned model must beat."""
    alpha: float = 0.05
    worthwhile: float = 0.5
    """Smallest gain worth having, in rating points."""
    stopping: Stopping = "fixed"
    behave: Raters = field(default_factory=Raters)
    """How answers and raters vary."""

    @property
    def terms(self) -> Terms:
        """What a verdict on such a study goes by."""
        return Terms(
            tuned=TUNED, alpha=self.alpha, worthwhile=self.worthwhile, stopping=self.stopping
        )

    def hours_each(self, seconds: float = SECONDS_A_RATING) -> float:
        """Return how long one rater sits."""
        return self.items * (self.alternatives + 1) * seconds / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What many studies with the same true gain said."""

    gain: float
    """True gain over every alternative, in rating points."""
    studies: int
    decisions: dict[Decision, int]
    """How many ended with each decision, after all gates."""
    on_scores: dict[Decision, int]
    """The same by the scores alone, as if raters agreed well enough."""
    mean_items: float
    """Items rated on average until the study was settled; all of them in one of fixed size."""

    @property
    def ships(self) -> float:
        """Share whose scores said ship; the other gates can only make it smaller."""
        return self.on_scores.get("ship", 0) / self.studies

    @property
    def interval(self) -> Interval:
        """95 % interval of that share."""
        return wilson(self.on_scores.get("ship", 0), self.studies)


def run_studies(plan: Plan, *, gain: float, studies: int, seed: int) -> Iterator[RatedVerdict]:
    """Yield the verdict of one synthetic study after another."""
    random = Random(f"{seed} {plan.items} {gain}")
    for _ in range(studies):
        ratings = draw_ratings(
            random,
            plan.behave,
            items=plan.items,
            alternatives=plan.alternatives,
            people=plan.raters,
            gain=gain,
        )
        yield judge(make_table(ratings), plan.terms, details=False)


def count_outcomes(plan: Plan, *, gain: float, studies: int, seed: int) -> Outcomes:
    """Return how often studies with this true gain say what."""
    decisions: Counter[Decision] = Counter()
    on_scores: Counter[Decision] = Counter()
    rated = 0
    for verdict in run_studies(plan, gain=gain, studies=studies, seed=seed):
        decisions[verdict.decision] += 1
        on_scores[verdict.on_scores] += 1
        rated += _items_until_settled(verdict, plan)
    return Outcomes(
        gain=gain,
        studies=studies,
        decisions=dict(decisions),
        on_scores=dict(on_scores),
        mean_items=rated / studies,
    )


def _items_until_settled(verdict: RatedVerdict, plan: Plan) -> int:
    """Return when a watched study could stop: once all is settled, or one alternative won."""
    if plan.stopping == "fixed":
        return plan.items
    settled = [one.evidence for one in verdict.comparisons if one.evidence is not None]
    lost = [one.settled_at for one in settled if one.settled_at and not one.ahead]
    if lost:
        return min(lost)
    won = [one.settled_at for one in settled if one.settled_at]
    return max(won) if len(won) == len(verdict.comparisons) else plan.items


def sign_flip_power(
    behave: Raters,
    *,
    items: int,
    people: int,
    gain: float,
    studies: int,
    seed: int,
    alpha: float = 0.05,
) -> float:
    """Return how often the sign-flip test alone sees a difference from one alternative."""
    random = Random(f"{seed} {items} {people} {gain}")
    found = 0
    for _ in range(studies):
        scores = draw_scores(random, behave, items=items, contenders=2, people=people, gain=gain)
        found += sign_flip_p([sum(ours) - sum(theirs) for ours, theirs in scores]) <= alpha
    return found / studies
