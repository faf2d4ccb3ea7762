"""Trying prompts before anything is tuned: start it, see the figures, take them as an answer."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.message import Message
from textual.widget import Widget

from core.errors import TuningforkError
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings
from tui.measure_look import GOOD_WORDS, Look, Trial, result_lines, trial_lines
from tui.screens.ask_text import AskTextScreen
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Page
from tui.widgets.safe_text import safe_text
from tui.wording import LIVE, inside

if TYPE_CHECKING:
    from core.jobs.status import JobStatus
    from core.workspace import Workspace

_LOOK_EVERY_S = 0.5


class Tried(Message):
    """Something that takes a while was done in a thread, or refused."""

    def __init__(self, words: Text, error: TuningforkError | None = None) -> None:
        super().__init__()
        self.words = words
        self.error = error


class MeasureScreen(StageScreen):
    """Measures prompts, examples and documents, and feeds the result back."""

    PLACES: ClassVar[tuple[Where, ...]] = ("measure", "page")
    BINDINGS: ClassVar = bindings("measure")

    def __init__(self, mode: str) -> None:
        super().__init__(mode)
        self._trial = Trial()
        self._look: Look | None = None
        self._busy = False

    def body(self) -> Iterable[Widget]:
        """Yield the page."""
        yield Page(id="trial")

    def on_mount(self) -> None:
        """Look now and while a job is at work."""
        self.query_one("#trial", Page).focus()
        self.feed(Feed(self, self._read, every=_LOOK_EVERY_S))

    def _read(self) -> Look:
        return read_look(self.tuningfork.workspace)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        look: Look = event.value
        if self._look is None and not self._trial.rows:
            self._trial = replace(self._trial, rows=look.split)
        self._look = look
        self._show()

    def _show(self) -> None:
        if self._look is None:
            return
        self.query_one("#trial", Page).show(list(trial_lines(self._trial, self._look)))
        self.say_status(_status(self._look, busy=self._busy))
        self.show_keys()

    def works_now(self, key: Key) -> bool:
        """Return False for what has nothing to work on."""
        look = self._look
        if key.id == "measure-take":
            return look is not None and look.found is not None
        if key.id == "measure-draft":
            return bool(self._trial.rows) and look is not None and not look.prompt
        return True

    def action_rows(self) -> None:
        """Ask where the examples are."""
        question = Text("Which examples? A file of rows, or the name of a split.")
        self._ask(question, lambda said: replace(self._trial, rows=said))

    def action_model(self) -> None:
        """Ask who answers."""
        question = Text("Which model? A folder, NAME@COMMIT of the Hub, or embedded.")
        self._ask(question, lambda said: replace(self._trial, model=said))

    def _ask(self, question: Text, change: Callable[[str], Trial]) -> None:
        def said(words: str | None) -> None:
            if words:
                self._trial = change(words)
                self.hide_error()
                self._show()

        self.app.push_screen(AskTextScreen(question, hint="enter takes it"), said)

    def action_good(self) -> None:
        """Choose the next meaning of good."""
        kinds = list(GOOD_WORDS)
        after = kinds[(kinds.index(self._trial.good) + 1) % len(kinds)]
        self._trial = replace(self._trial, good=after)
        self._show()

    def action_draft(self) -> None:
        """Draft a prompt."""
        if self._trial.rows:
            self._in_thread(self._draft)

    def _draft(self) -> Text:
        from core.scoring.start import draft_improved_prompt, source_named

        workspace = self.tuningfork.workspace
        path = draft_improved_prompt(workspace, source_named(workspace, self._trial.rows))
        return Text.assemble("Drafted: edit it in ", safe_text(str(path), limit=200))

    def action_start(self) -> None:
        """Launch the job."""
        if not self._trial.rows:
            self.action_rows()
        elif self._look is not None and self._look.status and self._look.status.state in LIVE:
            self.tuningfork.tell(Text("It is being measured already.", style="warn"))
        else:
            self._in_thread(self._start)

    def _start(self) -> Text:
        from core.errors import DecisionError
        from core.scoring.measured_rows import MeasureSpec
        from core.scoring.start import further_means, source_named, start_measure
        from core.spec_file import build
        from tui.commands.measured import model_named
        from tui.commands.place import token

        app, trial = self.tuningfork, self._trial
        base, revision = model_named(trial.model)
        values = {
            "source": source_named(app.workspace, trial.rows),
            "base": base,
            "revision": revision,
            "good": trial.good,
            **further_means(app.workspace),
        }
        start_measure(
            app.workspace,
            build(MeasureSpec, values, where="What to measure", error=DecisionError),
            now=app.settings.clock(),
            token=token(),
            environment=app.settings.environment,
        )
        return Text("Measuring; it goes on when you leave.")

    def _in_thread(self, work: Callable[[], Text]) -> None:
        """Do something that reads many rows without keeping the screen from answering."""
        if self._busy:
            return
        self._busy = True
        self.hide_error()
        self._show()

        def run() -> None:
            try:
                self.post_message(Tried(work()))
            except TuningforkError as error:
                self.post_message(Tried(Text(""), error))

        self.run_worker(run, thread=True, exit_on_error=False, group="try")

    @on(Tried)
    def _tried(self, event: Tried) -> None:
        self._busy = False
        if event.error is not None:
            self.show_error(event.error)
        else:
            self.tuningfork.tell(event.words)
        self._show()

    async def action_take(self) -> None:
        """Answer the questions with what was measured, and go on with them."""
        from tui.commands.measured import feed_back
        from tui.screens.decide_wizard import start

        if self._look is None or self._look.found is None:
            return
        app = self.tuningfork
        try:
            feed_back(app.workspace, self._look.found)
            wizard = start(app.workspace, "decide")
        except TuningforkError as error:
            self.show_error(error)
            return
        # A question below knows the answers as they were, and would write them again.
        await app.action_mode("decide")
        await app.push_screen(wizard)
        app.tell(Text("Taken as your answer; r shows what it leads to."))

    def exactly(self) -> list[Line]:
        """Return the command that does the same, and the newest figures."""
        rows = self._trial.rows or "FILE"
        command = Text("tuningfork decide --measure ", style="key")
        lines: list[Line] = [command.append_text(safe_text(rows, ink="key"))]
        if self._look is not None and self._look.found is not None:
            lines += [Text(""), *result_lines(self._look.found)]
        return lines

    def value(self) -> str:
        """Return the sentence of the newest result."""
        from core.decide.measured import conclude

        found = None if self._look is None else self._look.found
        return "" if found is None else conclude(found).sentence


def read_look(workspace: "Workspace") -> Look:
    """Return what the workspace holds about trying prompts."""
    from core.scoring.measured_rows import locked_splits
    from core.scoring.measurement import newest_measurement
    from core.scoring.start import further_means

    means = further_means(workspace)
    documents = workspace.documents
    split = next((one.path.name for one in locked_splits(workspace)), "")
    return Look(
        prompt=(means["prompt"] or "").strip(),
        prompt_path=inside(workspace.improved_prompt, workspace.root),
        documents=_files(documents) if documents.is_dir() else None,
        split=split,
        status=_newest_job(workspace),
        found=newest_measurement(workspace),
    )


def _files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def _newest_job(workspace: "Workspace") -> "JobStatus | None":
    """Return how the newest measuring job is, None where none was launched."""
    from core.jobs.status import read_status
    from core.jobs.store import list_jobs

    newest = next((job.id for job in list_jobs(workspace) if job.kind == "measure"), None)
    return None if newest is None else read_status(workspace.run(newest))


def _status(look: Look, *, busy: bool) -> Text:
    """Return how the newest job ended, or what to do."""
    status = look.status
    if busy:
        return Text("Reading the examples.", style="accent")
    failure = None if status is None else status.run_state.failure
    if status is not None and status.state == "failed" and failure is not None:
        return safe_text(f"{failure.what} {failure.remedy}", limit=200, ink="bad")
    if status is not None and status.state not in LIVE | {"finished"}:
        return Text("The last measuring did not end; m goes on: nothing is asked twice.")
    return Text("m measures; nothing leaves this machine.", style="muted")
