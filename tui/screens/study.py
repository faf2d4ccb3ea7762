"""A blind study for its owner: who is how far and how carefully, the seal, and then the verdict."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from core.errors import TuningforkError
from tui.feed import Arrived, Feed, LookFailed
from tui.keymap import Key, Where, bindings
from tui.screens.stage import StageScreen
from tui.study_lines import (
    absent_cells,
    care_lines,
    head_lines,
    plan_lines,
    rate_command,
    rater_cells,
)
from tui.study_look import StudyLook, StudyWatch
from tui.widgets.page import Hanging, Line, Lines
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_lines, safe_text

if TYPE_CHECKING:
    from core.scoring.study.folder import StudyFolder

_LOOK_EVERY_S = 2.0


class StudyScreen(StageScreen):
    """Shows one study while it is rated, opens its seal, and shows what it says."""

    PLACES: ClassVar[tuple[Where, ...]] = ("study",)
    BINDINGS: ClassVar = bindings("study")
    DEFAULT_CSS = """
    StudyScreen #title { height: 2; }
    StudyScreen #head { height: 5; }
    StudyScreen.-open #head { height: 8; }
    StudyScreen #raters { height: 1fr; }
    StudyScreen #care { height: 5; margin-top: 1; }
    """

    def __init__(self, folder: "StudyFolder") -> None:
        super().__init__("score")
        self._folder = folder
        self._look: StudyLook | None = None
        self._feed: Feed[StudyLook] | None = None

    def body(self) -> Iterable[Widget]:
        """Yield how far it is, the raters, and how far they agree."""
        yield Lines(id="title")
        yield Lines(id="head", wrap=True)
        yield RecordTable(
            Column(title="rater", width=14),
            Column(title="items", width=6, right=True),
            Column(title="an item", width=8, right=True),
            Column(title="too quick", width=9, right=True),
            Column(title="repeats", width=9, right=True),
            Column(title="traps", width=7, right=True),
            Column(title="drift", width=6, right=True),
            empty=(Text("  Nobody has begun.", style="muted"),),
            id="raters",
        )
        yield Lines(id="care", wrap=True)

    def on_mount(self) -> None:
        """Look now and whenever somebody rated."""
        title = Text.assemble(("Blind study  ", "title"), safe_text(self._folder.id, limit=80))
        self.query_one("#title", Lines).show([title])
        self.query_one("#raters", RecordTable).focus()
        watch = StudyWatch(self.tuningfork.workspace, self._folder)
        self._feed = Feed(self, watch.look, every=_LOOK_EVERY_S)
        self.feed(self._feed)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        look: StudyLook = event.value
        self.hide_error()
        self._look = look
        self.set_class(look.is_open, "-open")
        self.query_one("#head", Lines).show(list(head_lines(look)))
        rows = [(one.rater, rater_cells(one)) for one in look.watched.raters]
        begun = {one.rater for one in look.watched.raters}
        waiting = [name for name in look.locked.plan.raters if name not in begun]
        rows += [(name, absent_cells(name)) for name in waiting]
        self.query_one("#raters", RecordTable).show(records_of(rows))
        self.query_one("#care", Lines).show(list(care_lines(look)))
        self.say_status(Text(_status(look), style="muted"))
        self.show_keys()

    def works_now(self, key: Key) -> bool:
        """Return whether the seal is still shut, or the verdict there."""
        if key.id == "open-seal":
            return self._look is not None and not self._look.is_open
        if key.id in {"study-details", "ask-judge"}:
            return self._look is not None and self._look.judged is not None
        return True

    def action_open_seal(self) -> None:
        """Ask, then open the seal; while planned ratings are missing only as early."""
        look = self._look
        if look is None or look.is_open:
            self.tuningfork.tell(Text("The seal is open already.", style="muted"))
        elif not look.row.rated:
            self.tuningfork.tell(Text("Not opened: nobody has finished an item.", style="warn"))
        else:
            early = bool(look.row.missing)
            self.tuningfork.ask(_consequence(look), partial(self._open, early))

    def _open(self, early: bool) -> None:
        self.run_worker(partial(self._judge, early), thread=True, exit_on_error=False, group="seal")

    def _judge(self, early: bool) -> None:
        """Open the seal and keep the verdict; runs in a thread."""
        import getpass

        from core.scoring.study.judging import judge_study

        app = self.tuningfork
        try:
            judge_study(
                app.workspace,
                self._folder,
                early=early,
                by=getpass.getuser(),
                now=app.settings.clock(),
            )
        except TuningforkError as error:
            self.post_message(LookFailed(error))
        if self._feed is not None:
            app.call_later(self._feed.look)

    def action_details(self) -> None:
        """Show every figure behind the verdict."""
        if self._look is None or self._look.judged is None:
            self.tuningfork.tell(Text("No verdict yet.", style="muted"))
            return
        from tui.rated_lines import detail_lines, rated_lines

        judged = self._look.judged
        lines = [
            *rated_lines(judged.verdict, judged.table),
            *detail_lines(judged.verdict, judged.table),
            *(line for section in judged.sections for line in section.lines()),
        ]
        page: list[Line] = [Hanging(safe_text(line, limit=800), 4) for line in lines]
        self.tuningfork.show_page("Every figure behind the verdict", page)

    def action_judge(self) -> None:
        """Go to the judges; whoever knows what one chose would rate by it."""
        if self._look is None or self._look.judged is None:
            words = "A judge is held against people: first the verdict, then the judge."
            self.tuningfork.hint(Text(words, style="muted"))
            return
        from tui.screens.judging import JudgingScreen

        self.app.push_screen(JudgingScreen(self._folder))

    def exactly(self) -> list[Line]:
        """Return the commands, and the plan as it was locked."""
        id, root = self._folder.id, self.tuningfork.workspace.root
        commands = [self.value(), *(f"tuningfork {words} {id}" for words in _COMMANDS)]
        lines: list[Line] = [safe_text(command, limit=800, ink="key") for command in commands]
        lines += [Text(""), *safe_lines(str(root / "studies" / id), ink="muted"), Text("")]
        return lines if self._look is None else [*lines, *plan_lines(self._look)]

    def value(self) -> str:
        """Return the line that the rater under the cursor runs."""
        rater = self.query_one("#raters", RecordTable).key or "NAME"
        return rate_command(self._folder.id, rater, self.tuningfork.workspace.root)


_COMMANDS = ("study status", "study verify", "study keys", "verdict")


def _consequence(look: StudyLook) -> Text:
    """Return what opening the seal brings, before anybody says yes."""
    name = safe_text(look.row.name, limit=40, ink="strong")
    if look.row.missing and look.locked.plan.stopping == "fixed":
        missing = f"{look.row.missing:,} planned ratings of "
        return Text.assemble(
            missing,
            name,
            " are missing, so it will say that it cannot say. Whoever opens early knows the "
            "result and rates or stops by it. Open it early all the same?",
        )
    rest = f" {look.row.missing:,} ratings are never made." if look.row.missing else ""
    return Text.assemble(
        "Opens the seal of ",
        name,
        ": whose answer is whose is known from now on, what is rated counts, and rating is over.",
        rest,
        " When and by whom is kept.",
    )


def _status(look: StudyLook) -> str:
    """Return the line under the body."""
    if look.is_open:
        return "The seal is open."
    shown = "progress, care and agreement"
    return f"Sealed: you see {shown}; whose answer is whose stays shut."
