"""The screen of a recommendation, whichever it is: read it, follow it, change an answer of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.containers import Container, Vertical
from textual.widget import Widget

from core.errors import TuningforkError
from tui.decide_look import (
    Shown,
    Since,
    answer_lines,
    cost_lines,
    flip_cells,
    flips,
    main_lines,
    next_step,
)
from tui.keymap import Key, Where, bindings
from tui.screens.stage import StageScreen
from tui.screens.two_columns import WIDE
from tui.widgets.page import Line, Page
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.decide.draft import Draft

_MOST_FLIPS = 7
"""Rows of the answers that would change it, where they stand below the text."""


class RecommendationScreen(StageScreen):
    """Shows one recommendation; what is shown comes from its subclasses."""

    PLACES: ClassVar[tuple[Where, ...]] = ("result", "list")
    BINDINGS: ClassVar = bindings("result")
    DEFAULT_CSS = """
    RecommendationScreen #both { layout: vertical; }
    RecommendationScreen #side { height: auto; margin-top: 1; }
    RecommendationScreen #aside { display: none; }
    RecommendationScreen.-wide-screen #both { layout: horizontal; }
    RecommendationScreen.-wide-screen #main { width: 1fr; }
    RecommendationScreen.-wide-screen #side { width: 1fr; height: 1fr; margin: 0 0 0 3; }
    RecommendationScreen.-wide-screen #aside { display: block; height: 1fr; margin-top: 1; }
    RecommendationScreen.-nothing #side { display: none; }
    """

    def __init__(self, mode: str) -> None:
        super().__init__(mode)
        self.shown: Shown | None = None
        """What is on the screen, None when there is nothing."""
        self.split = False
        """Whether the workspace has a split, which decides the next step."""
        self.since = Since()
        """What became of it, where it is recorded."""
        self._without: tuple[Text, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Yield the text, and beside or below it what would change it."""
        table = RecordTable(
            Column(title="what would change it"),
            empty=(Text("  No single answer changes it.", style="muted"),),
            id="flips",
        )
        yield Container(Page(id="main"), Vertical(table, Page(id="aside"), id="side"), id="both")

    def show_nothing(self, lines: tuple[Text, ...]) -> None:
        """Say that there is nothing to show."""
        self.shown, self._without = None, lines
        self._lay_out(self.size.width)
        self.query_one("#main", Page).focus()

    def show_recommendation(self, shown: Shown) -> None:
        """Replace what is shown."""
        first = self.shown is None
        self.shown = shown
        self._lay_out(self.size.width)
        if first:
            self.query_one("#flips", RecordTable).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Use the new width."""
        if self.is_mounted:
            self._lay_out(event.size.width)

    def _lay_out(self, width: int) -> None:
        wide = width >= WIDE
        self.set_class(wide, "-wide-screen")
        self.set_class(self.shown is None, "-nothing")
        if self.shown is None:
            self.query_one("#main", Page).show(self._without)
            return
        step = next_step(self.shown.result.get("recommendation"), split=self.split)
        main = main_lines(self.shown, step, self.since)
        costs = list(cost_lines(self.shown))
        self.query_one("#main", Page).show(main if wide else [*main, *costs])
        self.query_one("#aside", Page).show(costs if wide else ())
        table = self.query_one("#flips", RecordTable)
        found = flips(self.shown)
        table.show(records_of([(str(n), flip_cells(one)) for n, one in enumerate(found)]))
        room = max(2, self.size.height // 2) if wide else _MOST_FLIPS
        table.styles.height = min(table.content_height, room)

    @on(RecordTable.Opened)
    def _flip_chosen(self, event: RecordTable.Opened) -> None:
        """Go to the question of the answer that would change it."""
        if self.shown is not None:
            self.go_to_question(str(flips(self.shown)[int(event.key)].get("question", "")))

    def go_to_question(self, id: str) -> None:
        """Answer a question of this result again."""
        from core.decide.draft import draft_of, read_draft
        from core.decide.questions import QUESTIONS

        if self.shown is None:
            return
        if id and not any(question.id == id for question in QUESTIONS):
            self.tuningfork.tell(Text("That question is not asked any more.", style="warn"))
            return
        draft = draft_of(self.shown.answers, at=id or QUESTIONS[0].id)
        try:
            waits = read_draft(self.tuningfork.workspace.decision_draft)
        except TuningforkError as error:
            self.show_error(error)
            return
        if waits is None or not waits.given or waits.given == draft.given:
            self._answer_again(draft)
            return
        consequence = Text(
            f"Replaces the {len(waits.given)} answers that were given and not saved as a decision. "
            "Recorded decisions stay."
        )
        self.tuningfork.ask(consequence, lambda: self._answer_again(draft))

    def _answer_again(self, draft: "Draft") -> None:
        from tui.screens.decide_wizard import WizardScreen

        self.app.push_screen(WizardScreen(self.mode, draft))

    def action_change(self) -> None:
        """Go through the answers again."""
        self.go_to_question("")

    def action_costs(self) -> None:
        """Show from which volume an own machine pays."""
        from tui.screens.decide_costs import CostsScreen

        if self.shown is not None:
            self.app.push_screen(CostsScreen(self.shown_now, self.mode))

    def shown_now(self) -> Shown:
        """Return what is on the screen, with what it costs today where it is not recorded."""
        assert self.shown is not None, "only what is shown has costs"
        return self.shown

    def action_save(self) -> None:
        """Recorded decisions need no saving; a result that is none asks for a name."""

    def action_export(self) -> None:
        """Write the decision as a file to read elsewhere."""
        from core.decide.markdown import as_markdown
        from core.decide.record import Decision
        from core.storage import replace_file, storage_error

        shown, folder = self.shown, self.tuningfork.workspace.decisions
        if shown is None or shown.name is None:
            self.tuningfork.tell(Text("Only a recorded decision is written: s saves it first."))
            return
        decision = Decision(
            id=shown.id,
            created_at=shown.created_at,
            name=shown.name,
            answers=dict(shown.answers),
            result=dict(shown.result),
        )
        file = folder / f"{new_file_name(shown.id)}.md"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            text = as_markdown(decision, measured=self.since.measured)
            replace_file(file, text.encode("utf-8", "replace"), mode=0o644)
        except TuningforkError as error:
            self.show_error(error)
            return
        except OSError as error:
            self.show_error(storage_error(error, folder, doing="write the decision"))
            return
        self.tuningfork.tell(Text.assemble("Written: ", safe_text(str(file), limit=200)))

    async def action_next_step(self) -> None:
        """Go where the next step is taken."""
        if self.shown is None:
            return
        step = next_step(self.shown.result.get("recommendation"), split=self.split)
        await self.tuningfork.action_mode(step.target)
        if step.target == "train":
            self.tuningfork.action_train()

    def action_measure(self) -> None:
        """Try prompting on examples."""
        from tui.screens.measure import MeasureScreen

        self.app.push_screen(MeasureScreen(self.mode))

    def works_now(self, key: Key) -> bool:
        """Return False for what needs a recommendation where there is none."""
        if key.id == "result-measure":
            return True
        recorded = self.shown is not None and self.shown.name is not None
        if key.id in {"result-save", "result-export"}:
            return self.shown is not None and recorded == (key.id == "result-export")
        return self.shown is not None or key.where not in {"result", "list"}

    def exactly(self) -> list[Line]:
        """Return the answers as a file, and the command that decides from it."""
        command = Text("tuningfork decide --answers FILE.toml", style="key")
        return [command, Text(""), *answer_lines(self.shown.answers if self.shown else {})]

    def value(self) -> str:
        """Return the recommendation in one word."""
        return str(self.shown.result.get("recommendation", "")) if self.shown else ""


def new_file_name(id: str) -> str:
    """Return a decision's id as a file can be called, wherever the id comes from."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "-" for one in id)
