"""The verdict, the measures behind it, and the items that decided it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from core.errors import TuningforkError
from core.workspace import Workspace
from tui.feed import Arrived, Feed
from tui.job_rows import JobRow, JobRows, jobs_table, show_jobs
from tui.kept_ratings import is_rated
from tui.keymap import Key, Where, bindings
from tui.screens.item import ItemScreen
from tui.screens.score_lines import about_line, comparison_lines, mark, verdict_lines
from tui.screens.stage import StageScreen
from tui.study_lines import next_step, study_cells
from tui.study_look import StudyListWatch
from tui.verdict_look import Item, Scored, read_items, read_verdicts
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, Records, RecordTable, records_of
from tui.widgets.safe_text import safe_lines, safe_text

if TYPE_CHECKING:
    from core.scoring.study.listing import StudyRow

_LOOK_EVERY_S = 2.0
_MOST_STUDIES = 4
"""Studies in sight before their list scrolls."""
EMPTY: tuple[Line, ...] = (
    Text("No verdict yet.", style="strong"),
    Text(""),
    Text(
        "Base, few-shot and tuned answer the locked holdout; exact match and format are compared "
        "pair by pair. Automatic measures can say no; only people's ratings can say ship."
    ),
    Text(""),
    Text.assemble(("tuningfork score RUN", "key"), "   scores a finished training run"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLook:
    """The newest verdict, its items, and the answering that is not done."""

    scored: Scored | None = None
    """None while there is no verdict."""
    items: tuple[Item, ...] = ()
    jobs: tuple[JobRow, ...] = ()
    """Scoring jobs that are under way or fell, newest first."""
    studies: "tuple[StudyRow, ...]" = ()
    """Blind studies, newest first."""
    lockable: Scored | None = None
    """The newest verdict whose answers people could rate."""


class ScoreWatch:
    """Reads the items again only for another verdict."""

    def __init__(self, workspace: Workspace, clock: Callable[[], datetime]) -> None:
        self._workspace = workspace
        self._clock = clock
        self._rows = JobRows(workspace)
        self._studies = StudyListWatch(workspace)
        self._known: tuple[Scored, tuple[Item, ...]] | None = None

    def look(self) -> ScoreLook:
        """Return what there is now."""
        scoring = [row for row in self._rows.read(self._clock()) if row.kind == "score"]
        jobs = tuple(row for row in scoring[:1] if row.state != "finished")
        verdicts, studies = read_verdicts(self._workspace), self._studies.look()
        if not verdicts:
            return ScoreLook(jobs=jobs, studies=studies)
        if self._known is None or self._known[0] != verdicts[0]:
            self._known = (verdicts[0], read_items(self._workspace, verdicts[0]))
        return ScoreLook(
            scored=self._known[0],
            items=self._known[1],
            jobs=jobs,
            studies=studies,
            lockable=next((one for one in verdicts if one.has_answers(self._workspace)), None),
        )


class ScoreScreen(StageScreen):
    """Shows the studies, the newest verdict, and the one next step."""

    PLACES: ClassVar[tuple[Where, ...]] = ("score", "list")
    BINDINGS: ClassVar = bindings("score")
    DEFAULT_CSS = """
    ScoreScreen #next { height: 1; display: none; }
    ScoreScreen #studies { height: 5; margin-bottom: 1; display: none; }
    ScoreScreen.-studied #studies, ScoreScreen.-stepped #next { display: block; }
    ScoreScreen #verdict { height: 13; }
    ScoreScreen #items { height: 1fr; }
    ScoreScreen.-wide #verdict { height: 11; }
    ScoreScreen.-extra #verdict { height: 11; }
    ScoreScreen #jobs { height: 4; display: none; }
    ScoreScreen.-answering #jobs { display: block; }
    ScoreScreen.-nothing #items { display: none; }
    """

    def __init__(self) -> None:
        super().__init__("score")
        self._look: ScoreLook | None = None
        self._feed: Feed[ScoreLook] | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the next step, the studies, the verdict and the items."""
        yield Lines(id="next")
        yield RecordTable(
            Column(title="study", width=24),
            Column(title="state", width=11),
            Column(title="rated"),
            id="studies",
        )
        yield Lines(id="verdict", wrap=True)
        yield jobs_table("jobs")
        yield RecordTable(
            Column(title="item", width=5, right=True),
            Column(title="base", width=9),
            Column(title="few-shot", width=9, at_least=70),
            Column(title="tuned", width=9),
            Column(title="asked"),
            empty=(Text("  The answers of this verdict are not on disk any more.", "muted"),),
            id="items",
        )

    def on_mount(self) -> None:
        """Look now and whenever there is another verdict."""
        watch = ScoreWatch(self.tuningfork.workspace, self.tuningfork.settings.clock)
        self._feed = Feed(self, watch.look, every=_LOOK_EVERY_S)
        self.feed(self._feed)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        look: ScoreLook = event.value
        self._look = look
        scored = look.scored
        told = scored is not None and not scored.hidden_by and not is_rated(scored.result)
        self.set_class(not told, "-nothing")
        self.set_class(bool(look.jobs), "-answering")
        show_jobs(self.query_one("#jobs", RecordTable), look.jobs)
        self._show_studies(look)
        if self.focused is None or not self.focused.display:
            first = "#studies" if look.studies else "#items" if look.items else "#jobs"
            self.query_one(first, RecordTable).focus()
        lines = self.query_one("#verdict", Lines)
        if scored is None:
            lines.show(EMPTY[:1] if look.studies else EMPTY)
            self.say_status(Text("Nothing scored.", style="muted"))
            return
        lines.show([*verdict_lines(scored), Text(""), *comparison_lines(scored)])
        self.query_one("#items", RecordTable).show(_records(look.items))
        self.say_status(about_line(scored, look.items))

    def _show_studies(self, look: ScoreLook) -> None:
        """List the studies, and name the one next step."""
        step = next_step(look.studies, can_lock=look.lockable is not None)
        self.set_class(bool(look.studies), "-studied")
        self.set_class(bool(step), "-stepped")
        self.query_one("#next", Lines).show([step])
        table = self.query_one("#studies", RecordTable)
        table.styles.height = 1 + min(len(look.studies), _MOST_STUDIES)
        table.show(records_of([(one.study, study_cells(one)) for one in look.studies]))
        self.show_keys()

    def works_now(self, key: Key) -> bool:
        """Return whether there are answers to lock a study of, or something is hidden."""
        if key.id == "look-behind":
            return bool(self._hidden_by())
        lockable = self._look is not None and self._look.lockable is not None
        return key.id != "lock-study" or lockable

    def action_lock(self) -> None:
        """Plan a study of the newest answers that people could rate."""
        if self._look is None or self._look.lockable is None:
            words = "No answers to rate here: tuningfork score RUN gets them."
            self.tuningfork.tell(Text(words, style="warn"))
            return
        from tui.screens.lock_study import LockScreen

        self.app.push_screen(LockScreen(self._look.lockable))

    def _hidden_by(self) -> str:
        """Return the blind study for which the verdict is not shown; empty while it is."""
        scored = self._look.scored if self._look else None
        return scored.hidden_by if scored else ""

    def action_look(self) -> None:
        """Ask why the hidden verdict should be seen; the reason is kept in the study."""
        if not self._hidden_by():
            self.tuningfork.tell(Text("Nothing is hidden.", style="muted"))
            return
        from tui.screens.ask_text import AskTextScreen

        words = "Who looks now knows while people rate. Why? Name, time and reason are kept."
        self.app.push_screen(AskTextScreen(Text(words), hint="the reason"), self._looked)

    def _looked(self, reason: str | None) -> None:
        """Show what was hidden, once it is written down who asked."""
        import getpass

        from core.scoring.study.folder import find_study
        from core.scoring.study.hiding import look_behind

        if reason is None:
            return
        app = self.tuningfork
        try:
            folder = find_study(app.workspace, self._hidden_by())
            look_behind(folder, by=getpass.getuser(), why=reason, now=app.settings.clock())
        except TuningforkError as error:
            app.tell(Text(f"Not shown: {error.what} {error.remedy}", style="warn"))
            return
        if self._feed is not None:
            self._feed.look()

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        if event.table.id == "jobs":
            self.tuningfork.show_run(event.key)
        elif event.table.id == "studies":
            from core.scoring.study.folder import find_study
            from tui.screens.study import StudyScreen

            self.app.push_screen(StudyScreen(find_study(self.tuningfork.workspace, event.key)))
        elif self._look is not None:
            place = next(i for i, item in enumerate(self._look.items) if item.key == event.key)
            self.app.push_screen(ItemScreen(self._look.items, place))

    def exactly(self) -> list[Line]:
        """Return the command and the verdict as it is stored."""
        import json

        if self._look is None or self._look.scored is None:
            return [Text("tuningfork score RUN", style="key")]
        stored = json.dumps(dict(self._look.scored.result), indent=2, ensure_ascii=False)
        return [Text("tuningfork verdict --json", style="key"), Text(""), *safe_lines(stored)]

    def value(self) -> str:
        """Return the sentence."""
        scored = self._look.scored if self._look else None
        return scored.sentence if scored else ""


def _records(items: tuple[Item, ...]) -> Records:
    """Return the items as rows that are made when they are seen."""

    def cells(place: int) -> tuple[Text, ...]:
        item = items[place]
        marks = []
        for name in ("base", "few_shot", "tuned"):
            reply = item.replies.get(name)
            marks.append(mark(reply.exact, reply.same_format) if reply else Text("–"))
        asked = item.prompt[-1][1] if item.prompt else ""
        return (Text(str(place + 1), style="muted"), *marks, safe_text(asked))

    return Records(count=len(items), key=lambda place: items[place].key, cells=cells)


def make() -> ScoreScreen:
    """Return the screen of its mode."""
    return ScoreScreen()
