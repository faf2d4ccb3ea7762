"""The way through the questions so far, and where it leans, as lines."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tui.decide_state import Wizard, shown_number, spoken
from tui.widgets.page import Hanging, Line
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.decide.draft import Given

_LABEL = 24
_REASON = 105
"""Characters of the reason, so that two rows of the smallest screen hold it."""


def result_of(wizard: Wizard) -> Mapping[str, Any]:
    """Return what `decide --json` prints for the answers so far."""
    from core.decide.advise import advise

    return advise(wizard.draft.answers).as_json()


def leaning(wizard: Wizard, result: Mapping[str, Any]) -> Text:
    """Return where the answers lean and the first reason; nothing where nothing is known."""
    if all(value is None for value in wizard.draft.given.values()):
        return Text("leaning nowhere yet: nothing is known so far", style="muted")
    reasons = result.get("reasons") or ("",)
    where = safe_text(spoken(result.get("recommendation")), ink="title")
    because = safe_text(str(reasons[0]).partition(". ")[0], limit=_REASON)
    return Text.assemble(("leaning to ", "muted"), where, (", because ", "muted"), because)


def tree_lines(wizard: Wizard, result: Mapping[str, Any]) -> Iterator[Line]:
    """Yield each question with its answer, the turns they caused, and where they lead."""
    from core.decide.advise import advise
    from core.decide.draft import Draft
    from core.decide.questions import QUESTIONS

    yield Text("The path so far", style="strong")
    before: str | None = None
    so_far = Draft()
    for question in QUESTIONS:
        here = question.id == wizard.draft.at
        turn = Text()
        if question.id in wizard.draft.given:
            so_far = so_far.with_answer(question.id, wizard.draft.given[question.id])
            leads = advise(so_far.answers).recommendation
            if leads != before and any(value is not None for value in so_far.given.values()):
                turn = Text.assemble(("  → ", "muted"), (spoken(leads), "accent"))
                before = leads
        yield _branch(question.id, wizard, here=here, turn=turn)
    yield Text("│", style="muted")
    yield Hanging(Text.assemble(("└─ ", "muted"), leaning(wizard, result)), 3)


def _branch(id: str, wizard: Wizard, *, here: bool, turn: Text) -> Text:
    """Return one question of the tree."""
    given = wizard.draft.given
    label = f"{spoken(id):<{_LABEL}}"
    answer = given_text(given[id]) if id in given else Text("○", style="muted")
    ink = "strong" if here else "muted"
    return Text.assemble(
        ("├─", "muted"), ("› " if here else "  ", "accent"), (label, ink), answer, turn
    )


def given_text(value: "Given") -> Text:
    """Return an answer in words, with its own look where nobody knows."""
    if value is None or value == "unknown":
        return Text("not known", style="warn")
    return Text(shown_number(value) if isinstance(value, int | float) else spoken(value))
