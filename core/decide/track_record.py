"""Whether earlier advice was right: what a decision predicted against what a verdict measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any, Literal

from core.decide.record import Decision

Outcome = Literal["right", "wrong", "open"]
ARMS: Mapping[str, str] = {
    "prompting": "base",
    "few_shot": "few_shot",
    "retrieval": "retrieval",
    "fine_tune": "tuned",
    "fine_tune_with_retrieval": "tuned",
}
"""The contender that a recommendation bets on; splitting a task up has none."""
_ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One decision against one verdict."""

    decision: str
    """Id of the decision."""
    name: str
    """What the decision is called; not yet safe to show."""
    advised: str
    """What it recommended; not yet safe to show."""
    made: str
    """When the verdict was made, UTC, ISO 8601; empty where that is not known."""
    run: str
    """Id of the training run that was measured; empty where that is not known."""
    arm: str | None
    """The contender that it bet on; None where it bet on none."""
    outcome: Outcome
    """`open` where the figures settle it neither way, or the contender was not measured."""
    against: str | None = None
    """The contender that it was measured against; None where none was."""
    gain: float | None = None
    """Measured gain of the arm over it; negative for a loss."""
    low: float | None = None
    """95 % interval of the gain."""
    high: float | None = None
    expected: tuple[float, float] | None = None
    """The gain somebody expected when deciding; None where nobody said."""
    shares: bool = True
    """Whether gains are shares of the items; else they are differences between marks."""

    @property
    def as_expected(self) -> bool | None:
        """Whether the expected gain lies within what was measured; None where it is not known."""
        if self.expected is None or self.low is None or self.high is None or not self.shares:
            return None
        return self.expected[0] <= self.high and self.low <= self.expected[1]

    @property
    def sentence(self) -> str:
        """Return the score in words."""
        if self.gain is None or self.low is None or self.high is None:
            return "Not settled: what was advised is not among what was measured."
        word = {"right": "Right", "wrong": "Wrong", "open": "Not settled"}[self.outcome]
        if self.shares:
            points, low, high = (round(100 * one) for one in (self.gain, self.low, self.high))
            measured = f"{points:+d} points ({low} to {high})"
        else:
            measured = f"{self.gain:+.2f} marks ({self.low:.2f} to {self.high:.2f})"
        figures = f"{spoken(self.arm)} against {spoken(self.against)}: {measured}"
        if self.expected is None or self.as_expected is None:
            return f"{word}: {figures}."
        hoped = " to ".join(dict.fromkeys(f"{round(100 * one):+d}" for one in self.expected))
        met = "as expected" if self.as_expected else "not what was expected"
        return f"{word}: {figures}, {met} ({hoped})."

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --record --json`."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        expected = None if self.expected is None else list(self.expected)
        more = {"as_expected": self.as_expected, "sentence": self.sentence}
        return {**found, "expected": expected, **more}


def spoken(contender: str | None) -> str:
    """Return what people call a contender."""
    return {"few_shot": "few-shot"}.get(contender or "", contender or "nothing")


def score_decision(decision: Decision, verdict: Mapping[str, Any], made: str = "") -> Scored:
    """Return how a decision fared; the verdict is what `verdict --json` prints.

    A bet on tuning has to beat every alternative that was measured; a bet on an alternative is
    wrong once tuning surely beats it.
    """
    result = decision.result if isinstance(decision.result, Mapping) else {}
    advised = str(result.get("recommendation", ""))
    arm = ARMS.get(advised)
    comparisons = [one for one in _objects(verdict.get("comparisons")) if _is_measured(one)]
    if arm == "tuned":
        found = min(comparisons, key=lambda one: float(one["low"]), default=None)
        sign = 1
    else:
        found = next((one for one in comparisons if one.get("against") == arm), None)
        sign = -1
    scored = Scored(
        decision=decision.id,
        name=decision.name,
        advised=advised,
        made=made,
        run=str(verdict.get("run", "")),
        arm=arm,
        outcome="open",
        expected=_expected(result),
        shares=verdict.get("basis", "automatic") == "automatic",
    )
    if found is None:
        return scored
    low, high = sorted((sign * float(found["low"]), sign * float(found["high"])))
    outcome: Outcome = "right" if low > 0 else "wrong" if high < 0 else "open"
    return replace(
        scored,
        outcome=outcome if _is_sure(found) else "open",
        against=str(found.get("against", "")) if sign == 1 else "tuned",
        gain=sign * float(found["mean_difference"]),
        low=low,
        high=high,
    )


def _objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a stored list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _is_measured(comparison: Mapping[str, Any]) -> bool:
    """Whether a comparison has its figures; a study under way may lack them."""
    figures = [comparison.get(name) for name in ("mean_difference", "low", "high")]
    return all(isinstance(one, int | float) and isfinite(one) for one in figures)


def _is_sure(comparison: Mapping[str, Any]) -> bool:
    """Whether the test agrees with the interval, where a test was made."""
    p = comparison.get("p")
    return not isinstance(p, int | float) or p <= _ALPHA


def _expected(result: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the gain that was expected when the decision was recorded."""
    said = result.get("expected_gain")
    if not isinstance(said, list) or not all(isinstance(one, int | float) for one in said):
        return None
    return (float(said[0]), float(said[1])) if len(said) == 2 else None


def pair_up(
    decisions: Iterable[Decision], verdicts: Iterable[tuple[str, Mapping[str, Any]]]
) -> list[Scored]:
    """Return every verdict's score, newest first, for the decision that stood when it was made.

    Verdicts come with the moment they were made, UTC in ISO 8601, as decisions do.
    """
    known = sorted(decisions, key=lambda one: one.created_at)
    scored = []
    for made, verdict in sorted(verdicts, key=lambda one: one[0], reverse=True):
        before = [one for one in known if one.created_at <= made]
        if before:
            scored.append(score_decision(before[-1], verdict, made))
    return scored


def newest_of_each(scored: Sequence[Scored]) -> tuple[Scored, ...]:
    """Return the newest score of each decision: scoring one again and again counts once."""
    found: dict[str, Scored] = {}
    for one in scored:
        found.setdefault(one.decision, one)
    return tuple(found.values())


def record_line(scored: Sequence[Scored]) -> str:
    """Return the record in one line, each decision counted once."""
    if not scored:
        return "No decision was measured yet."
    newest = newest_of_each(scored)
    counts = {word: sum(one.outcome == word for one in newest) for word in ("right", "wrong")}
    still = len(newest) - sum(counts.values())
    return f"Advice so far: {counts['right']} right, {counts['wrong']} wrong, {still} not settled."
