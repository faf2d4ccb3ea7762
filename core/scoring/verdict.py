"""The verdict that automatic measures allow: they can say no, they can never say ship."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Literal

from core.scoring.metrics import Measured
from core.scoring.statistics.paired_shares import paired_share_interval
from core.scoring.statistics.power import items_to_settle
from core.scoring.statistics.shares import wilson
from core.scoring.statistics.sign_flip import sign_flip_p

Decision = Literal["ship", "do_not_ship", "keep_rating", "cannot_say"]
TUNED = "tuned"
_ALPHA = 0.05
_WORTHWHILE = 0.10
_FEWEST = 6
"""Five differing items can never settle anything: their smallest p is .0625."""
_UNRATED = "Not rated by people yet."
_NAMES = {
    "few_shot": "few-shot",
    "base": "base",
    "improved_prompt": "the improved prompt",
    "retrieval": "retrieval",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The tuned model against one alternative, on exact match over equal items."""

    against: str
    mean_difference: float
    """Share of items the tuned model gets more; negative when it gets fewer."""
    low: float
    high: float
    """95 % interval of the difference (Bonett-Price)."""
    p: float
    """Exact two-sided p (sign-flip)."""
    wins: int
    ties: int
    losses: int

    @property
    def beats(self) -> bool:
        """Whether the tuned model is surely better: both the test and the interval say so."""
        return self.p <= _ALPHA and self.low > 0

    @property
    def is_beaten(self) -> bool:
        """Whether the tuned model is surely worse."""
        return self.p <= _ALPHA and self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One decision, one sentence, and the figures behind them."""

    decision: Decision
    sentence: str
    items: int
    comparisons: tuple[Comparison, ...]
    shares: dict[str, dict[str, dict[str, float]]]
    """For each contender and measure: hits, n, share, and its Wilson interval."""
    more_items: int | None
    """Items to add before a difference of ten points would show; None when it shows already."""

    def as_json(self) -> dict[str, object]:
        """Return the contract of `verdict --json`."""
        return {
            "decision": self.decision,
            "sentence": self.sentence,
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
            "agreement": {"alpha_ordinal": None, "reason": _UNRATED},
            "unsafe": {"count": None, "reason": _UNRATED},
            "more_items": self.more_items,
            "basis": "automatic",
            "metric": "exact_match",
            "items": self.items,
            "contenders": self.shares,
        }


def decide(measured: Mapping[str, Sequence[Measured]]) -> Verdict:
    """Return the verdict on the tuned model; every contender was measured on the same items."""
    tuned = measured[TUNED]
    comparisons = tuple(
        _compare(name, tuned, other) for name, other in measured.items() if name != TUNED
    )
    decision, sentence = _conclude(measured, comparisons)
    return Verdict(
        decision=decision,
        sentence=sentence,
        items=len(tuned),
        comparisons=comparisons,
        shares={name: _shares(results) for name, results in measured.items()},
        more_items=_more(comparisons, len(tuned)),
    )


def _compare(name: str, tuned: Sequence[Measured], other: Sequence[Measured]) -> Comparison:
    """Return the comparison with one alternative."""
    differences = [int(a.exact) - int(b.exact) for a, b in zip(tuned, other, strict=True)]
    wins, losses = differences.count(1), differences.count(-1)
    _, interval = paired_share_interval(wins, losses, len(differences))
    return Comparison(
        against=name,
        mean_difference=sum(differences) / len(differences),
        low=interval.low,
        high=interval.high,
        p=sign_flip_p(differences),
        wins=wins,
        ties=differences.count(0),
        losses=losses,
    )


def _conclude(
    measured: Mapping[str, Sequence[Measured]], comparisons: Sequence[Comparison]
) -> tuple[Decision, str]:
    """Return the decision and the sentence of the first gate that fires."""
    items = len(measured[TUNED])
    if not any(result.exact for results in measured.values() for result in results):
        return "cannot_say", (
            f"None of the {items} answers of any contender equals its reference, so exact match "
            "says nothing here: people have to rate the answers."
        )
    if not comparisons:
        return "cannot_say", "There is nothing to compare the fine-tune with."
    beaten = [comparison for comparison in comparisons if comparison.is_beaten]
    if beaten:
        worst = min(beaten, key=lambda comparison: comparison.mean_difference)
        advice = f"Use {_name(worst)} instead."
        return "do_not_ship", f"Fine-tune {_points(worst)}{_basis(items)} {advice} {_UNRATED}"
    if items < _FEWEST:
        return "cannot_say", f"{items} items can never settle anything. {_UNRATED}"
    unsettled = [_name(comparison) for comparison in comparisons if not comparison.beats]
    start = f"Not shown to beat {' or '.join(unsettled)}. " if unsettled else ""
    figures = " and ".join(_points(comparison) for comparison in comparisons)
    return "keep_rating", f"{start}Fine-tune {figures}{_basis(items)} {_UNRATED}"


def _basis(items: int) -> str:
    """Return what the figures of a sentence rest on."""
    return f" on {items} holdout items, exact match."


def _points(comparison: Comparison) -> str:
    """Return a comparison in words and percentage points."""
    points, low, high = (
        round(100 * value)
        for value in (comparison.mean_difference, comparison.low, comparison.high)
    )
    if comparison.beats:
        return f"beats {_name(comparison)} by {points} points ({low} to {high})"
    if comparison.is_beaten:
        return f"is behind {_name(comparison)} by {-points} points ({-high} to {-low})"
    return f"differs from {_name(comparison)} by {points:+d} points ({low} to {high})"


def _name(comparison: Comparison) -> str:
    """Return what a sentence calls the alternative."""
    return _NAMES.get(comparison.against, comparison.against)


def _shares(results: Sequence[Measured]) -> dict[str, dict[str, float]]:
    """Return the share of items that pass each measure."""
    shares: dict[str, dict[str, float]] = {}
    for metric in Measured._fields:
        hits = sum(getattr(result, metric) for result in results)
        low, high = wilson(hits, len(results))
        share = hits / len(results)
        shares[metric] = {
            "hits": hits,
            "n": len(results),
            "share": share,
            "low": low,
            "high": high,
        }
    return shares


def _more(comparisons: Sequence[Comparison], items: int) -> int | None:
    """Return how many items are missing; the comparison that is least settled decides."""
    open_ones = [c for c in comparisons if not (c.beats or c.is_beaten)]
    if not open_ones:
        return None
    spreads = ((c.wins + c.losses) / items - c.mean_difference**2 for c in open_ones)
    return max(0, items_to_settle(sqrt(max(spreads)), _WORTHWHILE) - items)
