"""A language model as judge: whom to ask, what it costs, and how it agrees with people."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.widget import Widget

from core.errors import TuningforkError
from tui.feed import Arrived, Feed, LookFailed
from tui.job_rows import jobs_table, show_jobs
from tui.judge_look import JudgeLook, JudgeWatch
from tui.keymap import Key, Where, bindings, footer
from tui.screens.draft_screen import DraftField, DraftScreen
from tui.widgets.page import Hanging, Line, Lines
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_lines, safe_text

if TYPE_CHECKING:
    from core.contenders.endpoint import EndpointSpec
    from core.scoring.judge.draft import JudgeDraft
    from core.scoring.study.folder import StudyFolder

_LOOK_EVERY_S = 1.0
_RUBRIC = "rubric"
_MOST_JOBS = 3


class JudgingScreen(DraftScreen["JudgeDraft"]):
    """Asks a model in a job of its own, and shows no choice without its agreement with people."""

    PLACES: ClassVar[tuple[Where, ...]] = ("judge",)
    BINDINGS: ClassVar = bindings("judge")
    DEFAULT_CSS = """
    JudgingScreen #title { height: 2; }
    JudgingScreen #fields { height: 5; }
    JudgingScreen #about { height: 2; }
    JudgingScreen #expected { height: 6; }
    JudgingScreen #jobs { height: 2; display: none; }
    JudgingScreen.-asking #jobs { display: block; }
    JudgingScreen #judged { height: 1fr; }
    """

    def __init__(self, folder: "StudyFolder") -> None:
        super().__init__("score")
        self._folder = folder
        self._look: JudgeLook | None = None
        self._feed: Feed[JudgeLook] | None = None

    def body(self) -> Iterable[Widget]:
        """Yield whom to ask, what to expect, the jobs that ask, and how judges agree."""
        yield Lines(id="title")
        yield from self.fields(
            Column(title="judge", width=10),
            Column(title="value"),
            empty=(Text("  Reading the study.", style="muted"),),
        )
        yield Lines(id="about", wrap=True)
        yield Lines(id="expected", wrap=True)
        yield jobs_table("jobs")
        yield Lines(id="judged", wrap=True)

    def on_mount(self) -> None:
        """Look now, and while a judge is asked."""
        title = Text.assemble(("Model as judge  ", "title"), safe_text(self._folder.id, limit=80))
        self.query_one("#title", Lines).show([title])
        self.table.focus()
        app = self.tuningfork
        watch = JudgeWatch(app.workspace, self._folder, app.settings.clock)
        self._feed = Feed(self, watch.look, every=_LOOK_EVERY_S)
        self.feed(self._feed)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        look: JudgeLook = event.value
        self._look = look
        if self.draft is None:
            self.take(look.draft)
        table = self.query_one("#jobs", RecordTable)
        table.styles.height = 1 + min(len(look.jobs), _MOST_JOBS)
        self.set_class(bool(look.jobs), "-asking")
        show_jobs(table, look.jobs)
        self.query_one("#judged", Lines).show(list(_judged_lines(look)))
        self.say_status(_status(look))
        self.show_keys()

    def take(self, draft: "JudgeDraft") -> None:
        """Go on with this draft."""
        from core.catalog.price_list import price_list

        self.draft = draft
        self.draft_fields = tuple(draft.fields())
        rows = [(one.name, _cells(one)) for one in self.draft_fields]
        self.table.show(records_of(rows))
        app = self.tuningfork
        prices, today = price_list(app.workspace.prices), app.settings.clock().date()
        expected: list[Line] = [
            Hanging(safe_text(line), 2) for line in draft.expected(prices, today)
        ]
        self.query_one("#expected", Lines).show(expected)
        self.show_about()

    @on(RecordTable.Opened)
    def _opened_job(self, event: RecordTable.Opened) -> None:
        if event.table.id == "jobs":
            self.tuningfork.show_run(event.key)

    def action_edit(self) -> None:
        """Type another value for the field under the cursor; show what the rubric asks."""
        draft = self.draft
        if self.field is not None and self.field.name == _RUBRIC and draft is not None:
            asked = [*safe_lines(draft.example.system), Text(""), *safe_lines(draft.example.user)]
            self.tuningfork.show_page("What the judge is asked, by the first pair", asked)
            return
        super().action_edit()

    def works_now(self, key: Key) -> bool:
        """Return whether there is somebody to ask, or something to show."""
        if key.id == "judge-details":
            return self._look is not None and bool(self._look.judges)
        return True

    def action_start(self) -> None:
        """Ask whether that many questions may go there, then ask them in a job."""
        draft = self.draft
        if draft is None or self.is_editing:
            return
        try:
            endpoint = draft.endpoint
        except TuningforkError as error:
            self.tuningfork.hint(Text.assemble(safe_text(error.what), " ", safe_text(error.remedy)))
            return
        where = "stay on this machine" if endpoint.stays_here else "leave this machine"
        consequence = Text.assemble(
            f"{draft.questions:,} questions go to ",
            safe_text(endpoint.origin, limit=80, ink="strong"),
            " (model ",
            safe_text(endpoint.model, limit=60, ink="strong"),
            f") and {where}. What it says decides nothing; it is shown beside people's verdict.",
        )
        self.tuningfork.ask(consequence, partial(self._start, endpoint))

    def _start(self, endpoint: "EndpointSpec") -> None:
        work = partial(self._launched, endpoint)
        self.run_worker(work, thread=True, exit_on_error=False, exclusive=True, group="judge")

    def _launched(self, endpoint: "EndpointSpec") -> None:
        """Launch the job; runs in a thread."""
        import secrets

        from core.scoring.judge.start import start_judging

        app = self.tuningfork
        try:
            start_judging(
                app.workspace,
                self._folder,
                endpoint,
                now=app.settings.clock(),
                token=secrets.token_hex(2),
                environment=app.settings.environment,
            )
        except TuningforkError as error:
            self.post_message(LookFailed(error))
            return
        if self._feed is not None:
            app.call_later(self._feed.look)

    def action_details(self) -> None:
        """Show what each judge chose, below how it agrees with people."""
        if self._look is None or not self._look.judges:
            self.tuningfork.hint(Text("No judge is calibrated yet.", style="muted"))
            return
        lines = [
            line for one in self._look.judges for line in (one.line, "", *one.section().lines())
        ]
        page: list[Line] = [Hanging(safe_text(line, limit=800), 4) for line in lines]
        self.tuningfork.show_page("What judges chose, and how they agree with people", page)

    def keys_now(self) -> list[Key]:
        """Return the keys for the footer; while one types there is the way back."""
        if self.is_editing:
            return self.keys_while_editing(footer("judge", "everywhere"))
        return list(super().keys_now())

    def exactly(self) -> list[Line]:
        """Return the command that asks the same judge."""
        return [safe_text(self.value(), limit=800, ink="key")]

    def value(self) -> str:
        """Return that command."""
        import shlex

        words = ["tuningfork", "judge", self._folder.id]
        draft = self.draft
        if draft is not None and draft.server in draft.known and not (draft.model or draft.key):
            return shlex.join([*words, "--endpoint", draft.server])
        if draft is not None and draft.server:
            try:
                endpoint = draft.endpoint
            except TuningforkError:
                return shlex.join(words)
            words += ["--base-url", endpoint.base_url, "--model", endpoint.model]
            words += ["--key", endpoint.key] if endpoint.key else []
        return shlex.join(words)


def _cells(field: DraftField) -> tuple[Text, Text]:
    """Return a field as the cells of a list."""
    value = safe_text(field.value, limit=160)
    return Text(field.name), value if field.value else Text("none", style="muted")


def _judged_lines(look: JudgeLook) -> Iterable[Line]:
    """Yield how each judge agrees with people; what it chose is behind that."""
    for one in look.judges:
        yield Hanging(Text.assemble(("✓ ", "good"), safe_text(one.line, limit=300)), 2)
    for why in look.unshown:
        yield Hanging(Text.assemble(("▲ ", "warn"), safe_text(why, limit=300)), 2)
    if not look.judges and not look.unshown:
        yield Text("No judge was asked about this study.", style="muted")


def _status(look: JudgeLook) -> Text:
    """Return the line under the body."""
    if any(job.live for job in look.jobs):
        words = "A job asks the judge; tab and enter open it: progress, time left, stop."
        return Text(words, style="muted")
    if look.jobs:
        words = "Not everything was asked; tab and enter open the job, R goes on with the rest."
        return Text(words, style="muted")
    words = "Nothing is sent before you have seen how much goes where, and said yes."
    return Text(words, style="muted")
