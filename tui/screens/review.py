"""Reviewing: one answer, what was asked, and a key for every thought; no arm is named."""

from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from core.errors import TuningforkError
from core.release.review.item import ReviewItem
from core.release.review.overview import ReviewsDue
from core.release.review.session import ReviewSession
from tui.answer_text import answer_lines
from tui.keymap import bindings, event_name, footer
from tui.review_lines import (
    decided_line,
    over_lines,
    prompt_lines,
    strip_line,
    title,
    where_line,
)
from tui.screens.ask_text import AskTextScreen
from tui.screens.write_text import WriteTextScreen
from tui.widgets.answer_pane import AnswerPane, Shown
from tui.widgets.bars import KeyBar, StatusBar
from tui.widgets.inks import InkScreen
from tui.widgets.page import Lines, Page

_LOOK_S = 2.0
_TAKEN_BACK = {"rate": "score", "flag": "unsafe mark", "edit": "your text", "commit": "decision"}


class ReviewScreen(InkScreen[None], ModalScreen[None]):
    """Shows what the session has before the reviewer; whatever it calls saved is on the disk."""

    AUTO_FOCUS: ClassVar = ""
    BINDINGS: ClassVar = bindings("review")
    DEFAULT_CSS = """
    ReviewScreen { background: $background; }
    ReviewScreen #where, ReviewScreen #strip { height: 1; }
    ReviewScreen #where { background: $panel; }
    ReviewScreen #prompt { height: auto; min-height: 1; margin-bottom: 1; padding: 0 1; }
    ReviewScreen #answer { height: 1fr; padding: 0 1; }
    ReviewScreen #over { height: 1fr; padding: 1 2; display: none; }
    ReviewScreen.-over #over { display: block; }
    ReviewScreen.-over #answer, ReviewScreen.-over #prompt, ReviewScreen.-over #strip {
        display: none;
    }
    """

    def __init__(self, session: ReviewSession) -> None:
        super().__init__()
        self._session = session
        self._due = ReviewsDue()
        self._pane = AnswerPane()
        self._pane.id = "answer"
        self._status = StatusBar()
        self._raw = self._original = self._opened = False
        """How the answer is shown: as written; before it was corrected; with the whole prompt."""
        self._lines: tuple[tuple[object, ...], list[Text]] = ((), [])
        """The answer as lines, the same object while the same is wanted."""

    def compose(self) -> ComposeResult:
        """Set the question above the answer, and what becomes of it below."""
        yield Lines(id="where")
        with Vertical(id="body"):
            yield Page(id="prompt")
            yield self._pane
            yield Page(id="over")
        yield Lines(id="strip")
        yield self._status
        yield KeyBar()

    def on_mount(self) -> None:
        """Take the first answer; keys are always about it, so nothing takes the focus."""
        for page in self.query(Page):
            page.can_focus = False
        self.query_one(KeyBar).show(footer("review"))
        self._take_next()
        self.set_interval(_LOOK_S, self._look)

    def on_unmount(self) -> None:
        """Let others have what was not decided, at the latest when its lease ends."""
        with suppress(TuningforkError):
            self._session.close()

    def on_resize(self, _: events.Resize) -> None:
        """Give the prompt its part of the rows."""
        self._show()

    # What is in sight.

    def _look(self) -> None:
        """Bring what waits up to date; nothing is taken without a key."""
        try:
            due = self._session.due()
        except TuningforkError as error:
            self._tell(Text(f"Cannot look: {error.what}", style="warn"))
            return
        if due != self._due or self._session.item is not None:
            self._due = due
            self._show()

    def _show(self) -> None:
        session, item = self._session, self._session.item
        self.set_class(item is None, "-over")
        where = where_line(session.plan, session.reviewer, item, self._due, session.now())
        self.query_one("#where", Lines).show([where])
        if item is None:
            self.query_one("#over", Page).show(over_lines(self._due, session.done))
            return
        prompt, rows = prompt_lines(item, opened=self._opened, width=self.size.width - 2)
        page = self.query_one("#prompt", Page)
        page.styles.height = min(rows, max(1, self.size.height // 2))
        page.show(prompt)
        self._pane.show(Shown(title(item, original=self._original), self._answer(item)))
        self.query_one("#strip", Lines).show([strip_line(item)])

    def _answer(self, item: ReviewItem) -> list[Text]:
        text = item.answer if self._original else item.said.correction or item.answer
        key = (item.id, text, self._raw)
        if self._lines[0] != key:
            self._lines = (key, answer_lines(text, raw=self._raw))
        return self._lines[1]

    # What is pressed.

    def _tell(self, words: Text) -> None:
        self._status.tell(words)

    def _take_next(self) -> None:
        """Take the next answer, or keep the one that was taken before."""
        self._do(self._session.next, "", failed="No answer could be taken")

    def _do(
        self, act: Callable[[], object], saved: str = "saved", *, failed: str = "Not saved"
    ) -> bool:
        """Do what saves; say so only after it is on the disk, or why it could not be."""
        try:
            act()
            self._due = self._session.due()
        except TuningforkError as error:
            self._tell(Text(f"{failed}: {error.what} {error.remedy}", style="bad"))
            self._step_on()
            done = False
        else:
            if saved:
                self._tell(Text(saved, style="good"))
            done = True
        self._show()
        return done

    def _step_on(self) -> None:
        """Keep what is still this reviewer's; after a lost lease that is the next answer."""
        try:
            if self._session.item is not None:
                self._session.next()
        except TuningforkError:
            return

    def _has_answer(self) -> bool:
        if self._session.item is None:
            self._tell(Text("No answer is before you.", style="muted"))
            return False
        return True

    def action_rate(self, score: int) -> None:
        """Score the answer."""
        if self._has_answer():
            self._do(lambda: self._session.rate(score), f"saved: {score}")

    def action_decide(self) -> None:
        """Save the decision, or take the next answer where none is in sight."""
        item = self._session.item
        if item is None:
            self._take_next()
            return
        if item.leads_to == "waiting":
            self._tell(decided_line("waiting", 0, held=item.held))
            return
        status = item.leads_to
        if self._do(self._session.decide, ""):
            self._original = self._opened = False
            self._take_next()
            undo = self._session.plan.review.undo_seconds
            self._tell(decided_line(status, undo, held=item.held))

    def action_undo(self) -> None:
        """Take back the last thing."""
        kinds: list[str | None] = []
        if self._do(lambda: kinds.append(self._session.undo()), ""):
            kind = kinds[0]
            words = f"Taken back: {_TAKEN_BACK.get(kind, kind)}." if kind else ""
            self._tell(Text(words or "Nothing to take back."))

    def action_unsafe(self) -> None:
        """Ask why the answer is unsafe."""
        self._ask("Why is this answer unsafe?", lambda words: self._session.say("flag", words))

    def action_comment(self) -> None:
        """Ask for a comment."""
        question = "What is there to say about this answer?"
        self._ask(question, lambda words: self._session.say("comment", words))

    def action_skip(self) -> None:
        """Ask why others should review it."""

        def skip(reason: str) -> None:
            self._session.skip(reason)
            self._session.next()

        self._ask("Why should somebody else review this answer?", skip)

    def _ask(self, question: str, then: Callable[[str], None]) -> None:
        if not self._has_answer():
            return

        def answered(words: str | None) -> None:
            if words:
                self._do(lambda: then(words))
            elif words == "":
                self._tell(Text("Not saved: it needs a few words.", style="warn"))

        self.app.push_screen(AskTextScreen(Text(question)), answered)

    def action_edit(self) -> None:
        """Ask for the text that goes out in the answer's place; it begins as that answer."""
        item = self._session.item
        if item is None or not self._has_answer():
            return
        before = item.said.correction or item.answer

        def written(text: str | None) -> None:
            if text is None or text == before:
                return
            if not text.strip():
                self._tell(Text("Not saved: to let nothing go out, press 1.", style="warn"))
                return
            self._original = False
            self._do(lambda: self._session.say("edit", text), "saved: your text")

        self.app.push_screen(WriteTextScreen(Text("What should the answer be?"), before), written)

    # What is looked at.

    def action_prompt(self) -> None:
        """Fold or open the prompt."""
        self._opened ^= True
        self._show()

    def action_original(self) -> None:
        """Show the text of the reviewer, or the answer before it."""
        self._original ^= True
        self._show()

    def action_raw(self) -> None:
        """Show the answer as it was written, or laid out."""
        self._raw ^= True
        self._tell(Text("As it was written." if self._raw else "Laid out."))
        self._show()

    def action_rows(self, rows: int) -> None:
        """Move the answer; the prompt too while it is open."""
        self._pane.scroll_rows(rows)
        if self._opened:
            self.query_one("#prompt", Page).scroll_rows(rows)

    def action_pages(self, pages: int) -> None:
        """Move the answer by screens, keeping one row in sight."""
        self.action_rows(pages * max(1, self._pane.page_rows - 1))

    def action_help(self) -> None:
        """Show the keys."""
        from tui.screens.help import place_lines
        from tui.screens.rating_help import RatingHelpScreen

        self.app.push_screen(RatingHelpScreen(place_lines("review")))

    def action_leave(self) -> None:
        """Leave; what was decided is saved, the rest waits for anybody."""
        self.dismiss(None)

    @on(KeyBar.Pressed)
    def _key_clicked(self, event: KeyBar.Pressed) -> None:
        self.app.simulate_key(event_name(event.key.keys[0]))
