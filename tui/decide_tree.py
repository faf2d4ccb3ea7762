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
"""Characters of the reason, so that the rows under a question hold it on the smallest screen."""


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
    why = str(reasons[0]).partition(". ")[0].partition(": ")[0].removesuffix(".")
    because = safe_text(why[:1].lower() + why[1:], limit=_REASON)
    return Text.assemble(("leaning to ", "muted"), where, (", because ", "muted"), because)


def tree_lines(wizard: Wizard, result: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the forks passed and where they lead, then every answer that was given."""
    from core.decide.questions import QUESTIONS

    yield Text("The path so far", style="strong")
    for step in result["path"]:
        yield Hanging(_fork(step), 3)
    yield Hanging(Text.assemble(("└─ ", "muted"), leaning(wizard, result)), 3)
    yield Text("")
    yield Text("Answers", style="strong")
    for question in QUESTIONS:
        here = question.id == wizard.draft.at
        given = wizard.draft.given
        answer = given_text(given[question.id]) if question.id in given else Text("○", "muted")
        label = (f"{spoken(question.id):<{_LABEL}}", "strong" if here else "muted")
        yield Text.assemble(("› " if here else "  ", "accent"), label, answer)


def short_tree_lines(result: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the same path in a few words a fork, for a narrow screen."""
    from core.decide.tree import FORKS

    shorts = {fork.id: fork.short for fork in FORKS}
    unsure = False
    yield Text("The path so far", style="strong")
    for step in result["path"]:
        missing = "unknown" in step["answers"].values()
        unsure = unsure or missing
        yield Text.assemble(
            ("├─ ", "muted"),
            f"{shorts[step['fork']]}  ",
            (str(step["way"]), "strong"),
            (" ?" if missing else "", "warn"),
        )
    where = safe_text(spoken(result.get("recommendation")), ink="title")
    yield Text.assemble(("└─ ", "muted"), where)
    if unsure:
        yield Text("")
        yield Text("? hangs on what is not known", style="warn")


def _fork(step: Mapping[str, Any]) -> Text:
    """Return one fork with the way taken, and which answer would be needed to be sure of it."""
    missing = [spoken(name) for name, value in step["answers"].items() if value == "unknown"]
    unsure = f"  not known: {', '.join(missing)}" if missing else ""
    return Text.assemble(
        ("├─ ", "muted"), f"{step['text']} ", (str(step["way"]), "strong"), (unsure, "warn")
    )


def given_text(value: "Given") -> Text:
    """Return an answer in words, with its own look where nobody knows."""
    if value is None or value == "unknown":
        return Text("not known", style="warn")
    return Text(shown_number(value) if isinstance(value, int | float) else spoken(value))
