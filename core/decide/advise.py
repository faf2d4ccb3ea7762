"""Turns answers into a recommendation with its reasons; pure, so it can be asked "what if"."""

from dataclasses import dataclass

from core.decide.answers import Answers
from core.decide.costs import Costs, costs
from core.decide.follow_up import alternatives, needs, reminders, risks
from core.decide.gates import Gate, gates
from core.decide.levels import MINIMUM_EXAMPLES
from core.decide.tree import Choice, Step, Walk, walk
from core.decide.what_if import Change, changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to do, why, and what would change it."""

    recommendation: Choice
    reasons: tuple[str, ...]
    """Why, the deciding one first; never empty."""
    warnings: tuple[str, ...]
    """What must hold, or is missing, for the recommendation to work."""
    would_change_if: tuple[Change, ...]
    """Answers that lead elsewhere, each tried."""
    costs: Costs
    path: tuple[Step, ...]
    """The forks passed on the way, with the answers that decided each."""
    because: tuple[tuple[str, str | float], ...]
    """The answers that caused it; they alone lead to the same recommendation."""
    gates: tuple[Gate, ...]
    """The warnings with the question each hangs on, and whose threshold it is."""
    alternatives: tuple[str, ...]
    """What is cheaper and worth trying first."""
    needs: tuple[str, ...]
    """Data, labelling and people that it takes."""
    risks: tuple[str, ...]
    """What can go wrong."""
    reminders: tuple[str, ...]
    """What to come back to."""

    @property
    def tunes(self) -> bool:
        """Whether weights are moved."""
        return self.recommendation in {"fine_tune", "fine_tune_with_retrieval"}

    def as_json(self) -> dict[str, object]:
        """Return the contract of `decide --json`."""
        return {
            "recommendation": self.recommendation,
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
            "would_change_if": [change.as_json() for change in self.would_change_if],
            "costs": self.costs.as_json(),
            "path": [step.as_json() for step in self.path],
            "because": dict(self.because),
            "gates": [gate.as_json() for gate in self.gates],
            "alternatives": list(self.alternatives),
            "needs": list(self.needs),
            "risks": list(self.risks),
            "reminders": list(self.reminders),
        }


def advise(answers: Answers) -> Recommendation:
    """Return what to do about the task these answers describe."""
    walked = walk(answers)
    choice = walked.leaf.choice
    tunes = choice in {"fine_tune", "fine_tune_with_retrieval"}
    looks_up = choice in {"retrieval", "fine_tune_with_retrieval"}
    held = gates(answers, tunes=tunes, looks_up=looks_up)
    return Recommendation(
        recommendation=choice,
        reasons=_reasons(answers, walked),
        warnings=tuple(gate.text for gate in held),
        would_change_if=changes(answers),
        costs=costs(answers, tunes=tunes),
        path=walked.steps,
        because=tuple(
            {name: value for step in walked.steps for name, value in step.answers}.items()
        ),
        gates=held,
        alternatives=alternatives(answers, choice),
        needs=needs(answers, choice),
        risks=risks(answers, choice),
        reminders=reminders(answers, choice),
    )


def _reasons(answers: Answers, walked: Walk) -> tuple[str, ...]:
    """Return why, the deciding reason first, then what the answers said on the way."""
    passed = {step.fork: step.yes for step in walked.steps}
    reasons = [walked.leaf.reason]
    if passed.get("form") or passed.get("known_form"):
        reasons.append(_form_reason(answers))
    if answers.labelled_examples is None and (passed.keys() & {"enough", "known_enough"}):
        reasons.append(
            f"Nobody has counted the labelled examples; with {MINIMUM_EXAMPLES} the advice changes."
        )
    return tuple(reasons)


def _form_reason(answers: Answers) -> str:
    """Return what makes the form of an answer the matter."""
    if answers.fixed_format_or_tone == "yes" or answers.task_kind in {"format", "tone"}:
        return "Every answer must keep one format or tone, which examples teach well."
    return (
        f"{answers.task_kind.capitalize()} at {answers.requests_per_day:,.0f} requests a day: a "
        "small tuned model answers from a short prompt."
    )
