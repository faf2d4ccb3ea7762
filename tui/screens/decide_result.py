"""A recommendation on the screen: read it, save it, or go to the answer that would change it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.containers import Container, Vertical
from textual.widget import Widget

from core.errors import DecisionError, TuningforkError
from tui.decide_look import Shown, Since, cost_lines, flip_cells, flips, main_lines, next_step
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings
from tui.screens.stage import StageScreen
from tui.screens.two_columns import WIDE
from tui.widgets.page import Line, Page
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from pathlib import Path

    from core.decide.draft import Draft
    from core.decide.standing import Standing
    from core.workspace import Workspace
    from tui.app import TuningforkApp

_LOOK_EVERY_S = 2.0
_NAME_LIMIT = 80
_GAIN = Text(
    "By how many points should it beat the next best way? A verdict is held against this; empty is "
    "no guess."
)
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


class ResultScreen(RecommendationScreen):
    """Shows what the answers of the draft lead to, or a decision that was recorded."""

    def __init__(self, shown: Shown, mode: str) -> None:
        super().__init__(mode)
        self._first = shown
        self._further: tuple[int, dict[str, object]] | None = None
        """What goes with it, and how the price file was then."""

    def on_mount(self) -> None:
        """Show it, and look whether there is a split."""
        self.show_recommendation(self._first)
        self.show_keys()
        if self._first.name is None:
            self.say_status(Text("Not saved as a decision yet: s saves it.", style="accent"))
        else:
            self.say_status(recorded_line(self._first))
        self.feed(Feed(self, self._read, every=_LOOK_EVERY_S))

    def _read(self) -> tuple[bool, Shown, Since]:
        """Return whether there is a split, a result with what goes with it, what became of it."""
        recorded = self._first.name is not None
        since = read_since(self.tuningfork, self._first.id) if recorded else Since()
        return has_split(self.tuningfork.workspace), self.shown_now(), since

    def shown_now(self) -> Shown:
        """Return it with what goes with it today, worked out again when the price file changes."""
        shown = self._first
        if shown.name is not None:
            return shown
        stamp = changed_at(self.tuningfork.workspace.prices)
        if self._further is None or self._further[0] != stamp:
            self._further = (stamp, further_today(shown, self.tuningfork))
        return replace(shown, result={**shown.result, **self._further[1]})

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self.split, shown, self.since = event.value
        self.show_recommendation(shown)

    def action_save(self) -> None:
        """Ask for a name and record the decision."""
        from tui.screens.ask_text import AskTextScreen

        if self._first.name is None:
            question = Text("What is the decision about? A few words, for the list of decisions.")
            self.app.push_screen(AskTextScreen(question, hint="enter saves"), self._named)

    def _named(self, name: str | None) -> None:
        """Ask what it is expected to bring, where a verdict can tell."""
        from core.decide.expected_gain import can_be_measured

        if not name:
            self.tuningfork.tell(Text("Not saved: a decision needs a name.", style="warn"))
            return
        name = name.encode("utf-8", "replace").decode()[:_NAME_LIMIT]
        if not can_be_measured(str(self._first.result.get("recommendation"))):
            self._record(name, None)
            return
        self._ask_for_gain(name, _GAIN)

    def _ask_for_gain(self, name: str, question: Text) -> None:
        from tui.screens.ask_text import AskTextScreen

        asking = AskTextScreen(question, hint="as in 5-15, of 100 answers; enter saves")
        self.app.push_screen(asking, lambda words: self._guessed(name, words))

    def _guessed(self, name: str, words: str | None) -> None:
        """Record it with the gain that was typed; what is none is asked for again."""
        from core.decide.expected_gain import read_gain

        if words is None:
            self.tuningfork.tell(Text("Not saved: esc took it back.", style="warn"))
            return
        try:
            self._record(name, read_gain(words) if words else None)
        except DecisionError as error:
            complaint = Text.assemble(safe_text(error.what), " ", safe_text(error.remedy))
            self._ask_for_gain(name, complaint)

    def _record(self, name: str, gain: tuple[float, float] | None) -> None:
        """Record it, then forget the draft: the other order could lose the answers."""
        from core.decide.advise import advise
        from core.decide.draft import draft_of, remove_draft
        from core.decide.record import save_decision
        from core.workspace import new_run_id
        from tui.commands.place import token

        answers = draft_of(self._first.answers, at="").answers
        workspace, now = self.tuningfork.workspace, self.tuningfork.settings.clock()
        try:
            expected = {} if gain is None else {"expected_gain": list(gain)}
            save_decision(
                workspace.database,
                id=new_run_id(name, now=now, token=token()),
                name=name,
                answers=answers,
                recommendation=advise(answers),
                now=now,
                further={**further_today(self._first, self.tuningfork), **expected},
            )
            remove_draft(workspace.decision_draft)
        except TuningforkError as error:
            self.show_error(error)
            return
        self.tuningfork.call_later(self.tuningfork.action_mode, "decide")
        self.tuningfork.tell(Text.assemble("Saved as ", safe_text(name, limit=_NAME_LIMIT)))

    def go_to_question(self, id: str) -> None:
        """Go back to the questions below, where this result is theirs."""
        from tui.screens.decide_wizard import WizardScreen

        below = self.app.screen_stack[-2]
        if self._first.name is None and isinstance(below, WizardScreen):
            below.go_to(id)
            self.app.pop_screen()
        else:
            super().go_to_question(id)


def further_today(shown: Shown, app: "TuningforkApp") -> dict[str, object]:
    """Return what goes with an unrecorded result today: costs, method, what was measured."""
    from core.decide.advise import advise
    from core.decide.draft import draft_of
    from core.decide.further import further_of
    from core.decide.measured import measured_part
    from core.machine import read_machine

    answers = draft_of(shown.answers, at="").answers
    further = further_of(
        answers,
        advise(answers),
        own_prices=app.workspace.prices,
        today=app.settings.clock().date(),
        machine=read_machine(app.workspace.root),
    )
    return {**further.as_json(), **measured_part(app.workspace, answers.model_dump())}


def read_since(app: "TuningforkApp", decision: str) -> Since:
    """Return what became of a recorded decision."""
    from core.decide.standing import read_standing

    today = app.settings.clock().date()
    return since_of(read_standing(app.workspace, today=today), decision)


def since_of(standing: "Standing", decision: str) -> Since:
    """Return what became of one decision; only the newest one is due for anything."""
    newest = bool(standing.decisions) and standing.decisions[0].id == decision
    due = standing.due if newest else ()
    scored = standing.score_of(decision)
    if scored is None:
        return Since(due=due)
    return Since(measured=scored.sentence, outcome=scored.outcome, due=due)


def changed_at(file: "Path") -> int:
    """Return when a file was last changed, 0 for one that is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def new_file_name(id: str) -> str:
    """Return a decision's id as a file can be called, wherever the id comes from."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "-" for one in id)


def recorded_line(shown: Shown, *, most: int = _NAME_LIMIT) -> Text:
    """Return what a recorded decision is called and since when it stands."""
    name, when = safe_text(shown.name or "", limit=most), safe_text(shown.created_at[:10])
    return Text.assemble(name, " · ", when, style="muted")


def answer_lines(answers: Mapping[str, Any]) -> list[Line]:
    """Return the answers as the lines of an answers file; what nobody knows is left out."""
    import json

    known = {name: value for name, value in answers.items() if value not in {None, "unknown"}}
    lines: list[Line] = [Text("# the answers behind this result", style="muted")]
    for name, value in known.items():
        lines.append(safe_text(f"{name} = {json.dumps(value, ensure_ascii=False)}"))
    return lines


def has_split(workspace: "Workspace") -> bool:
    """Return whether rows were split, so that a run can be set up on them."""
    from core.stages import read_facts

    return read_facts(workspace).split is not None
