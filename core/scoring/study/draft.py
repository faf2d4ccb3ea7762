"""A study before it is locked: its plan, how many items there are, and what to expect of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from core.errors import UsageError
from core.scoring.answered_items import AnsweredItem
from core.scoring.study.folder import check_rater
from core.scoring.study.outlook import outlook_lines
from core.scoring.study.plan import StudyPlan, make_plan

_TUNED = "tuned"
_WHERE = "the plan"
_LISTS = frozenset({"raters"})
FIELDS = ("name", "items", "raters_per_item", "raters", "worthwhile", "stopping")
"""What is asked before a lock; a plan in a file has the rest."""


class PlanField(NamedTuple):
    """One part of a plan to decide on."""

    name: str
    value: str
    """As a person types it."""
    meaning: str
    """What it is, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyDraft:
    """A plan that fits the answers there are; every change makes another one."""

    plan: StudyPlan
    """The plan with the contenders and the number of items filled in."""
    available: int
    """Items that every contender answered."""
    answers: float
    """Different answers of an item on average: equal ones are rated once."""

    def fields(self) -> Iterator[PlanField]:
        """Yield what can be changed, with its value and meaning."""
        for name in FIELDS:
            value = getattr(self.plan, name)
            shown = ", ".join(value) if isinstance(value, tuple) else f"{value}"
            meaning = StudyPlan.model_fields[name].description or ""
            yield PlanField(name, shown, " ".join(meaning.split()))

    def changed(self, name: str, text: str) -> "StudyDraft":
        """Return the draft with one field as it was typed; empty takes the field's default."""
        values: dict[str, Any] = self.plan.model_dump()
        text = text.strip()
        if name in _LISTS:
            values[name] = [check_rater(one) for one in text.replace(",", " ").split()]
        elif text:
            values[name] = text
        else:
            del values[name]
        plan = make_plan(values, where=_WHERE)
        items = self.available if plan.items is None else plan.items
        if items > self.available:
            raise UsageError(
                what=f"{items:,} items are more than the {self.available:,} that were answered.",
                why="Every item of a study has an answer of every contender.",
                remedy=f"Plan at most {self.available:,}, or score on a larger holdout first.",
            )
        return replace(self, plan=plan.model_copy(update={"items": items}))

    def expected(self) -> Iterator[str]:
        """Yield what this plan can find, what it may miss, and the hours it takes."""
        items = self.plan.items or self.available
        yield from outlook_lines(self.plan, answers=round(self.answers * items))


def draft_study(answered: Sequence[AnsweredItem], *, name: str) -> StudyDraft:
    """Return a plan for these answers to go on from."""
    contenders = tuple(sorted({one for item in answered for one in item.answers}))
    whole = [item for item in answered if len(item.answers) == len(contenders)]
    if _TUNED not in contenders or len(contenders) < 2 or len(whole) < 2:
        raise UsageError(
            what="These answers make no study.",
            why="It takes two items that the tuned model and an alternative both answered.",
            remedy="`tuningfork score RUN` lets every contender answer the whole holdout.",
        )
    plan = make_plan({"name": name, "contenders": contenders, "items": len(whole)}, where=_WHERE)
    different = sum(len(set(item.answers.values())) for item in whole)
    return StudyDraft(plan=plan, available=len(whole), answers=different / len(whole))
