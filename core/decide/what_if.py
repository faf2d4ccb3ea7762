"""What would lead elsewhere: every answer is flipped and the tree asked again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, get_args

from core.decide.answers import Answers
from core.decide.levels import FEW_SHOT_EXAMPLES, LARGE_SCALE, MINIMUM_EXAMPLES, is_known
from core.decide.tree import STRENGTH, Choice, answer_of, leaf_of

_TURNS: dict[str, tuple[str | float, ...]] = {
    "labelled_examples": (0, FEW_SHOT_EXAMPLES, MINIMUM_EXAMPLES),
    "requests_per_day": (0, LARGE_SCALE),
}
"""Numbers at which the tree turns."""
_ASKED = (
    "strong_prompt_tried",
    "strong_prompt_solves",
    "needs_private_documents",
    "knowledge_changes",
    "fixed_format_or_tone",
    "task_kind",
    "complex_reasoning",
    "requests_per_day",
    "labelled_examples",
)
"""Questions that a fork of the tree asks; the others are conditions, not directions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One answer, or two together, that would lead elsewhere."""

    question: str
    """Id of the question."""
    answer: str | float
    """The answer that changes the result; every answer not named here stays."""
    recommendation: Choice
    """What would be recommended then."""
    also: tuple[tuple[str, str | float], ...] = ()
    """Further answers that have to change with it; empty for a single one."""

    @property
    def flips(self) -> dict[str, str | float]:
        """Return every answer that changes, by question."""
        return {self.question: self.answer, **dict(self.also)}

    @property
    def sentence(self) -> str:
        """Return the change in words, with the ids of the questions."""
        flips = " and ".join(f"{name} = {value}" for name, value in self.flips.items())
        return f"{flips} would lead to {self.recommendation}."

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {
            "question": self.question,
            "answer": self.answer,
            "recommendation": self.recommendation,
            "also": dict(self.also),
            "sentence": self.sentence,
        }


def changes(answers: Answers) -> tuple[Change, ...]:
    """Return what leads elsewhere: single answers, then pairs where none of those suffices.

    Pairs are looked for when no single answer changes how much the advice commits to, and only
    such as lead where no single answer does.
    """
    choice = leaf_of(answers).choice
    others = list(_others(answers))
    single: dict[tuple[str, Choice], Change] = {}
    for name, value in others:
        led = leaf_of(answers.model_copy(update={name: value})).choice
        if led != choice and (name, led) not in single:
            single[name, led] = Change(question=name, answer=value, recommendation=led)
    reached = {led for _, led in single} | {choice}
    if any(STRENGTH[led] != STRENGTH[choice] for led in reached):
        return tuple(single.values())
    return (*single.values(), *_pairs(answers, others, reached))


def _pairs(
    answers: Answers, others: list[tuple[str, str | float]], reached: set[Choice]
) -> Iterator[Change]:
    """Yield two answers at a time that lead where no single one does, one pair a place."""
    found = set(reached)
    for (first, one), (second, two) in combinations(others, 2):
        if first == second:
            continue
        led = leaf_of(answers.model_copy(update={first: one, second: two})).choice
        if led not in found:
            found.add(led)
            yield Change(question=first, answer=one, also=((second, two),), recommendation=led)


def _others(answers: Answers) -> Iterator[tuple[str, str | float]]:
    """Yield every other answer worth trying, question by question."""
    for name in _ASKED:
        words: tuple[Any, ...] = get_args(Answers.model_fields[name].annotation)
        for value in _TURNS.get(name, words):
            if is_known(value) and value != answer_of(answers, name):
                yield name, value


def open_questions(answers: Answers) -> tuple[str, ...]:
    """Return the unanswered questions of which some answer leads elsewhere, in the tree's order."""
    choice = leaf_of(answers).choice
    found: dict[str, None] = {}
    for name, value in _others(answers):
        if answer_of(answers, name) == "unknown":
            led = leaf_of(answers.model_copy(update={name: value})).choice
            if led != choice:
                found[name] = None
    return tuple(found)
