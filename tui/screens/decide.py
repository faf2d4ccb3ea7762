"""The recorded decision: what to do, why, what it needs and what would change it."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on

from tui.feed import Arrived, Feed
from tui.screens.two_columns import TwoColumnScreen
from tui.widgets.page import Hanging, Line, field
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import figure

if TYPE_CHECKING:
    from core.decide.record import Decision

_LOOK_EVERY_S = 2.0
EMPTY: tuple[Text, ...] = (
    Text("No decision recorded yet.", style="strong"),
    Text(""),
    Text("Should this task be prompted, given documents, or fine-tuned?"),
    Text("Fifteen questions lead to an answer with its reasons; an unknown is an honest answer."),
    Text(""),
    Text.assemble(("tuningfork decide --questions", "key"), "             lists what to answer"),
    Text.assemble(("tuningfork decide --answers FILE --save", "key"), "  answers and records"),
)


class DecideScreen(TwoColumnScreen):
    """Shows the newest decision."""

    def __init__(self) -> None:
        super().__init__("decide")
        self._decisions: list[Decision] = []

    def on_mount(self) -> None:
        """Read the decisions now and whenever they change."""
        self.feed(Feed(self, self._read, every=_LOOK_EVERY_S))

    def _read(self) -> "list[Decision]":
        from core.decide.record import read_decisions

        return read_decisions(self.tuningfork.workspace.database)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._decisions = event.value
        if not self._decisions:
            self.show_columns(EMPTY, ())
            self.say_status(Text("Nothing decided.", style="muted"))
            return
        newest = self._decisions[0]
        self.show_columns(main_lines(newest), aside_lines(newest))
        others = len(self._decisions) - 1
        count = f" · {others} earlier, kept in the workspace" if others else ""
        name = safe_text(newest.name, limit=40)
        when = safe_text(newest.created_at[:16].replace("T", " "))
        self.say_status(Text.assemble(name, " · ", when, " UTC", count, style="muted"))

    def exactly(self) -> list[Line]:
        """Return the answers that led to the decision, and the command."""
        lines: list[Line] = [Text("tuningfork decide --answers FILE --save", style="key"), Text("")]
        if self._decisions:
            lines.append(Text("# the answers of this decision", style="muted"))
            for name, value in self._decisions[0].answers.items():
                lines.append(safe_text(f"{name} = {json.dumps(value, ensure_ascii=False)}"))
        return lines

    def value(self) -> str:
        """Return the recommendation in one word."""
        return str(self._decisions[0].result.get("recommendation", "")) if self._decisions else ""


def main_lines(decision: "Decision") -> list[Line]:
    """Return the recommendation and what speaks for it."""
    result = decision.result
    advice = str(result.get("recommendation", "")).replace("_", " ")
    lines: list[Line] = [
        field("Recommended", safe_text(advice, ink="title"), width=14),
        Text(""),
        *_listed("Because", result.get("reasons", ())),
        *_listed("Mind", result.get("warnings", ()), ink="warn"),
    ]
    return lines


def aside_lines(decision: "Decision") -> list[Line]:
    """Return what would change the recommendation, and what is known of its cost."""
    lines: list[Line] = [Text("It would change if", style="strong")]
    changes = decision.result.get("would_change_if", ())
    for change in changes:
        words = Text.assemble(
            "  ",
            safe_text(str(change.get("question", "")).replace("_", " ")),
            " were ",
            safe_text(str(change.get("answer", "")), ink="strong"),
            " → ",
            safe_text(str(change.get("recommendation", "")).replace("_", " "), ink="accent"),
        )
        lines.append(Hanging(words, 4))
    if not changes:
        lines.append(Text("  no single answer changes it", style="muted"))
    return [*lines, Text(""), *_cost_lines(decision.result.get("costs", {}))]


def _cost_lines(costs: Mapping[str, Any]) -> Iterable[Line]:
    """Yield the figures that follow from the answers, and what is missing for more."""
    yield Text("Cost", style="strong")
    known = (
        ("requests a month", costs.get("requests_per_month")),
        ("budget a request", costs.get("budget_per_request")),
        ("examples to add", costs.get("examples_to_add")),
    )
    for label, value in known:
        shown = Text(figure(value)) if value is not None else Text("unknown", style="muted")
        yield field(f"  {label}", shown, width=22)
    for missing in costs.get("unknown", ()):
        words = Text.assemble(("  not known: ", "muted"), safe_text(str(missing), ink="muted"))
        yield Hanging(words, 4)


def _listed(label: str, values: Iterable[object], *, ink: str = "") -> Iterable[Line]:
    """Yield values under one label; the label stands beside the first."""
    for number, value in enumerate(values):
        for text in safe_lines(str(value), limit=2000, ink=ink):
            yield field(label if number == 0 else "", text, width=14)
        yield Text("")


def make() -> DecideScreen:
    """Return the screen of its mode."""
    return DecideScreen()
