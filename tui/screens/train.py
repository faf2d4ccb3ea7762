"""The training runs of the workspace: filter, sort, mark; enter opens one or compares some."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from core.errors import TuningforkError
from tui.feed import Arrived, Feed
from tui.job_rows import JobRow, JobRows
from tui.keymap import Key, Where, bindings, keys_of
from tui.runs_table import ORDERS, Choice, chosen, runs_table, show_runs
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import RecordTable
from tui.widgets.safe_text import safe_text

KINDS = frozenset({"train", "hosted", "rehearsal"})
_MOST_MARKED = 6
_NEED_A_RUN = frozenset({"list-open", "mark", "filter", "sort", "reverse"})


class FilterField(Input):
    """One line for words; esc gives them up."""

    BINDINGS: ClassVar = [("escape", "give_up", "no filter")]

    class GivenUp(Message):
        """The filter is not wanted any more."""

    def action_give_up(self) -> None:
        """Say so."""
        self.post_message(self.GivenUp())


class TrainScreen(StageScreen):
    """Lists the runs."""

    PLACES: ClassVar[tuple[Where, ...]] = ("data", "runs", "list")
    BINDINGS: ClassVar = bindings("data")
    DEFAULT_CSS = """
    TrainScreen #title { height: 2; }
    TrainScreen #runs { height: 1fr; }
    TrainScreen FilterField, TrainScreen FilterField:focus { border: none; height: 1; padding: 0;
                                                              display: none; margin-bottom: 1; }
    TrainScreen.-filtering FilterField { display: block; }
    """

    def __init__(self) -> None:
        super().__init__("train")
        self._runs: tuple[JobRow, ...] = ()
        self._choice = Choice()

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield Lines(id="title")
        field = FilterField(placeholder="words of a name, id, state or data hash", compact=True)
        field.cursor_blink = False
        yield field
        yield runs_table("runs")

    def on_mount(self) -> None:
        """Look now, and go on looking while in sight."""
        self._rows = JobRows(self.tuningfork.workspace)
        self.feed(Feed(self, self._read, every=self.tuningfork.settings.look_every))
        self.query_one(RecordTable).focus()
        self._show()

    def _read(self) -> tuple[JobRow, ...]:
        jobs = self._rows.read(self.tuningfork.settings.clock())
        return tuple(job for job in jobs if job.kind in KINDS)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._runs = event.value
        self._show()

    def _show(self) -> None:
        """Show the runs that are chosen, and how they are chosen."""
        choice = self._choice
        show_runs(self.query_one(RecordTable), self._runs, choice)
        name, _ = ORDERS[choice.order]
        title = Text.assemble(("Training runs", "title"), (f"   by {name}", "muted"))
        if choice.reverse:
            title.append(", reversed", style="muted")
        if choice.words:
            title.append("   with ", style="muted").append_text(safe_text(choice.words, limit=60))
        self.query_one("#title", Lines).show([title])
        self.say_status(self._status_line())
        self.show_keys()

    def works_now(self, key: Key) -> bool:
        """Return whether a key of this screen can do something at the moment."""
        return bool(self._runs) or key.id not in _NEED_A_RUN

    def keys_now(self) -> Sequence[Key]:
        """Return the keys for the footer; where no run lies yet, the one that makes one leads."""
        keys = list(super().keys_now())
        train = [key for key in keys_of("everywhere") if key.id == "train-run"]
        return [*keys, *train] if self._runs else [*train, *keys]

    def _status_line(self) -> Text:
        """Return how many runs there are, or what enter does with the marked ones."""
        marked, live = len(self._choice.marked), sum(run.live for run in self._runs)
        if marked:
            does = "enter compares them" if marked > 1 else "mark another to compare"
            return Text(f"{marked} marked: {does}.", style="accent")
        in_sight = len(chosen(self._runs, self._choice))
        count = f"{len(self._runs)} run{'s' * (len(self._runs) > 1)}"
        words = f"{count}, {live} under way." if self._runs else "No run yet."
        if in_sight < len(self._runs):
            words = f"{in_sight} of {words}"
        return Text(words, style="muted")

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        if len(self._choice.marked) > 1:
            self.tuningfork.show_comparison(self._choice.marked)
        else:
            self.tuningfork.show_run(event.key)

    def action_mark(self) -> None:
        """Mark the run under the cursor, or take its mark off."""
        table = self.query_one(RecordTable)
        marked = self._choice.marked
        if table.key is None:
            return
        if table.key in marked:
            marked = tuple(id for id in marked if id != table.key)
        elif len(marked) == _MOST_MARKED:
            self.tuningfork.tell(Text(f"At most {_MOST_MARKED} runs are compared.", style="warn"))
        else:
            marked = (*marked, table.key)
        self._choice = replace(self._choice, marked=marked)
        table.action_rows(1)
        self._show()

    def action_sort(self) -> None:
        """Sort by the next column."""
        order = (self._choice.order + 1) % len(ORDERS)
        self._choice = replace(self._choice, order=order, reverse=False)
        self._show()

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._choice = replace(self._choice, reverse=not self._choice.reverse)
        self._show()

    def action_filter(self) -> None:
        """Ask for words."""
        self.add_class("-filtering")
        self.query_one(FilterField).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._choice = replace(self._choice, words=event.value)
        self._show()

    @on(Input.Submitted)
    def _filtered(self) -> None:
        self.remove_class("-filtering")
        self.query_one(RecordTable).focus()

    @on(FilterField.GivenUp)
    def _given_up(self) -> None:
        self.query_one(FilterField).value = ""
        self._filtered()

    def action_tokens(self) -> None:
        """Show the tokens of the run under the cursor, else ask whose."""
        from tui.mask_choice import choice_of_run
        from tui.screens.microscope import MicroscopeScreen
        from tui.screens.token_sources import TokenSourcesScreen

        key = self.query_one(RecordTable).key
        try:
            choice = choice_of_run(self.tuningfork.workspace, key) if key else None
        except TuningforkError as error:
            self.show_error(error)
            return
        if choice is not None and choice.recipe.data is not None:
            self.app.push_screen(MicroscopeScreen(choice, mode=self.mode))
        else:
            self.app.push_screen(TokenSourcesScreen(self.mode))

    def exactly(self) -> list[Line]:
        """Return the commands for what is under the cursor."""
        key = self.query_one(RecordTable).key
        if key is None:
            return [Text("tuningfork train RECIPE", style="key")]
        if len(self._choice.marked) > 1:
            ids = " ".join(self._choice.marked)
            return [safe_text(f"tuningfork compare {ids}", ink="key")]
        return [safe_text(f"tuningfork {verb} {key}", ink="key") for verb in ("watch", "status")]

    def value(self) -> str:
        """Return the id of the run under the cursor."""
        return self.query_one(RecordTable).key or ""


def make() -> TrainScreen:
    """Return the screen of its mode."""
    return TrainScreen()
