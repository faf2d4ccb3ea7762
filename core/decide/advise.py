"""Turns answers into a recommendation with its reasons; pure, so it can be asked "what if"."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from core.decide.answers import Answers
from core.decide.costs import Costs, costs
from core.decide.gates import warnings
from core.decide.levels import FEW_SHOT_EXAMPLES, LARGE_SCALE, MINIMUM_EXAMPLES, is_known

Choice = Literal[
    "prompting",
    "few_shot",
    "retrieval",
    "fine_tune",
    "fine_tune_with_retrieval",
    "decompose_prompt",
]
_STEPS: dict[str, tuple[float, ...]] = {
    "labelled_examples": (0, FEW_SHOT_EXAMPLES, MINIMUM_EXAMPLES),
    "requests_per_day": (0, LARGE_SCALE),
}
"""Numbers at which the tree turns, for the what-if."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One answer that would lead elsewhere."""

    question: str
    """Id of the question."""
    answer: str | float
    """The answer that changes the result; every other answer stays."""
    recommendation: Choice
    """What would be recommended then."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        sentence = f"{self.question} = {self.answer} would lead to {self.recommendation}."
        return {
            "question": self.question,
            "answer": self.answer,
            "recommendation": self.recommendation,
            "sentence": sentence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to do, why, and what would change it."""

    recommendation: Choice
    reasons: tuple[str, ...]
    """Why, the deciding one first; never empty."""
    warnings: tuple[str, ...]
    """What must hold, or is missing, for the recommendation to work."""
    would_change_if: tuple[Change, ...]
    """Single answers that lead elsewhere, each tried."""
    costs: Costs

    def as_json(self) -> dict[str, object]:
        """Return the contract of `decide --json`."""
        return {
            "recommendation": self.recommendation,
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
            "would_change_if": [change.as_json() for change in self.would_change_if],
            "costs": self.costs.as_json(),
        }


def advise(answers: Answers) -> Recommendation:
    """Return what to do about the task these answers describe."""
    choice, reasons = _walk(answers)
    tunes = choice in {"fine_tune", "fine_tune_with_retrieval"}
    return Recommendation(
        recommendation=choice,
        reasons=reasons,
        warnings=warnings(answers, tunes=tunes),
        would_change_if=_changes(answers, choice),
        costs=costs(answers, tunes=tunes),
    )


def _needs_knowledge(answers: Answers) -> bool:
    """Whether facts have to be looked up at answering time."""
    changing = answers.knowledge_changes in {"monthly", "weekly", "daily"}
    return answers.needs_private_documents == "yes" or changing


def _needs_behaviour(answers: Answers) -> bool:
    """Whether what is wanted is a form of answering, which tuning teaches."""
    at_scale = (answers.requests_per_day or 0) >= LARGE_SCALE
    labels = answers.task_kind in {"classification", "extraction"} and at_scale
    form = answers.fixed_format_or_tone == "yes" or answers.task_kind in {"format", "tone"}
    return form or labels


def _prompt(answers: Answers) -> Choice:
    """Return the prompting that the examples at hand allow."""
    return "few_shot" if (answers.labelled_examples or 0) >= FEW_SHOT_EXAMPLES else "prompting"


def _walk(answers: Answers) -> tuple[Choice, tuple[str, ...]]:
    """Return the leaf of the tree and the reasons met on the way."""
    if answers.strong_prompt_solves == "yes":
        return _prompt(answers), ("A strong prompt already solves it; anything more only costs.",)
    knowledge, behaviour = _needs_knowledge(answers), _needs_behaviour(answers)
    reasons: list[str] = []
    if knowledge:
        reasons.append(
            "Right answers depend on private or changing facts: look them up when answering. "
            "Tuning alone does not store new facts reliably."
        )
    if behaviour:
        reasons.append(_behaviour_reason(answers))
    if behaviour:
        hindrance = _not_yet(answers)
        if hindrance is None:
            return ("fine_tune_with_retrieval" if knowledge else "fine_tune"), tuple(reasons)
        reasons.insert(0, hindrance)
    if knowledge:
        return "retrieval", tuple(reasons)
    if behaviour or answers.strong_prompt_tried == "no":
        untried = "No strong prompt has been tried yet; trying one costs an afternoon."
        return _prompt(answers), tuple(reasons or [untried])
    if answers.complex_reasoning == "yes" or answers.task_kind == "reasoning":
        return "prompting", (
            "The task needs reasoning: a stronger model, worked examples and checked steps in "
            "the prompt do more than tuning a small one.",
        )
    return "decompose_prompt", (
        "Neither missing facts nor a fixed form explains what goes wrong: split the task into "
        "smaller prompts and find out which step fails.",
    )


def _behaviour_reason(answers: Answers) -> str:
    """Return why tuning fits."""
    if answers.fixed_format_or_tone == "yes" or answers.task_kind in {"format", "tone"}:
        return "Every answer must keep one format or tone; that is what tuning teaches best."
    return (
        f"{answers.task_kind.capitalize()} at {answers.requests_per_day:,.0f} requests a day: a "
        "small tuned model answers from a short prompt."
    )


def _not_yet(answers: Answers) -> str | None:
    """Return what speaks against tuning now, or None."""
    if answers.strong_prompt_tried == "no":
        return "Tuning may come later: no strong prompt has been tried, and it might be enough."
    examples = answers.labelled_examples
    if examples is not None and examples < MINIMUM_EXAMPLES:
        return (
            f"Tuning may come later: {examples} labelled examples are under {MINIMUM_EXAMPLES}, "
            "too few to learn from and to measure with."
        )
    return None


def _alternatives(answers: Answers) -> list[tuple[str, Any]]:
    """Return every other single answer worth trying, question by question."""
    found: list[tuple[str, Any]] = []
    for name, field in Answers.model_fields.items():
        values: tuple[Any, ...] = _STEPS.get(name, get_args(field.annotation))
        for value in values:
            if is_known(value) and value != getattr(answers, name):
                found.append((name, value))
    return found


def _changes(answers: Answers, choice: Choice) -> tuple[Change, ...]:
    """Return the single answers that lead elsewhere, one a question and leaf."""
    changes: dict[tuple[str, Choice], Change] = {}
    for name, value in _alternatives(answers):
        other, _ = _walk(answers.model_copy(update={name: value}))
        if other != choice and (name, other) not in changes:
            changes[name, other] = Change(question=name, answer=value, recommendation=other)
    return tuple(changes.values())
