"""Whether earlier advice was right: what a decision predicted against what a verdict measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.decide.record import Decision

Outcome = Literal["right", "wrong", "open"]
_ARMS: Mapping[str, str] = {
    "prompting": "base",
    "few_shot": "few_shot",
    "retrieval": "retrieval",
    "fine_tune": "tuned",
    "fine_tune_with_retrieval": "tuned",
}
"""The contender that a recommendation bets on; splitting a task up has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One decision against one verdict."""

    decision: str
    """Id of the decision."""
    arm: str | None
    """The contender that it bet on; None where it bet on none."""
    outcome: Outcome
    """`open` where the figures settle it neither way, or the contender was not measured."""
    against: str | None
    """The contender that it was measured against; None where none was."""
    gain: float | None
    """Measured gain of the arm over it; negative for a loss."""
    low: float | None
    """95 % interval of the gain."""
    high: float | None
    expected: tuple[float, float] | None
    """The gain somebody expected when deciding; None where nobody said."""

    @property
    def as_expected(self) -> bool | None:
        """Whether the expected gain lies within what was measured; None where it is not known."""
        if self.expected is None or self.low is None or self.high is None:
            return None
        return self.expected[0] <= self.high and self.low <= self.expected[1]

    @property
    def sentence(self) -> str:
        """Return the score in words."""
        if self.gain is None or self.low is None or self.high is None:
            return "Not settled: what was advised is not among what was measured."
        word = {"right": "Right", "wrong": "Wrong", "open": "Not settled"}[self.outcome]
        points, low, high = (round(100 * one) for one in (self.gain, self.low, self.high))
        figures = f"{self.arm} against {self.against}: {points:+d} points ({low} to {high})"
        if self.expected is None:
            return f"{word}: {figures}."
        hoped = " to ".join(f"{round(100 * one):+d}" for one in self.expected)
        return f"{word}: {figures}; {hoped} were expected."


def score_decision(decision: Decision, verdict: Mapping[str, Any]) -> Scored:
    """Return how a decision fared; the verdict is what `verdict --json` prints.

    A bet on tuning has to beat every alternative that was measured; a bet on an alternative is
    wrong once tuning surely beats it.
    """
    arm = _ARMS.get(str(decision.result.get("recommendation")))
    comparisons: Sequence[Mapping[str, Any]] = verdict.get("comparisons") or ()
    if arm == "tuned":
        found = min(comparisons, key=lambda one: float(one["low"]), default=None)
        sign = 1
    else:
        found = next((one for one in comparisons if one["against"] == arm), None)
        sign = -1
    expected = _expected(decision.result)
    if found is None:
        return Scored(
            decision=decision.id,
            arm=arm,
            outcome="open",
            against=None,
            gain=None,
            low=None,
            high=None,
            expected=expected,
        )
    low, high = sorted((sign * float(found["low"]), sign * float(found["high"])))
    outcome: Outcome = "right" if low > 0 else "wrong" if high < 0 else "open"
    return Scored(
        decision=decision.id,
        arm=arm,
        outcome=outcome,
        against=str(found["against"]) if sign == 1 else "tuned",
        gain=sign * float(found["mean_difference"]),
        low=low,
        high=high,
        expected=expected,
    )


def _expected(result: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the gain that was expected when the decision was recorded."""
    said = result.get("expected_gain")
    if not isinstance(said, list) or len(said) != 2:
        return None
    return float(said[0]), float(said[1])


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
            scored.append(score_decision(before[-1], verdict))
    return scored


def record_line(scored: Sequence[Scored]) -> str:
    """Return the record in one line."""
    if not scored:
        return "No decision was measured yet."
    counts = {word: sum(one.outcome == word for one in scored) for word in ("right", "wrong")}
    still = len(scored) - sum(counts.values())
    return f"Advice so far: {counts['right']} right, {counts['wrong']} wrong, {still} not settled."
