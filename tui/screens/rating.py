"""Blind rating: the question, the answers without names, and a key for every thought."""

from collections.abc import Callable
from typing import ClassVar, cast

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from core.errors import TuningforkError
from core.scoring.study.session import Task
from tui.answer_text import answer_lines, badge, compared_lines
from tui.keymap import bindings, event_name, footer
from tui.rating_desk import RatingDesk
from tui.screens.ask_text import AskTextScreen
from tui.widgets.answer_pane import AnswerPane, Shown
from tui.widgets.bars import KeyBar, StatusBar
from tui.widgets.inks import InkScreen
from tui.widgets.page import Lines, Page
from tui.widgets.safe_text import safe_lines, safe_text

_PANE_COLUMNS = 60
"""An answer beside others needs this much, its margin included; otherwise they take turns."""
_MOST_SIDES = 4
_PROMPT_ROWS = 3
_LETTERS = "ABCDEFGHIJKL"
_MARKS = {"rate": "score", "pick": "preference", "flag": "unsafe mark", "commit": "finished item"}


class RatingScreen(InkScreen[None]):
    """Shows what the desk holds; letters are dealt anew for every item."""

    AUTO_FOCUS: ClassVar = ""
    BINDINGS: ClassVar = bindings("rating")
    DEFAULT_CSS = """
    RatingScreen #where, RatingScreen #strip { height: 1; }
    RatingScreen #where { background: $panel; }
    RatingScreen #prompt { height: auto; min-height: 1; margin-bottom: 1; padding: 0 1; }
    RatingScreen #panes { height: 1fr; padding: 0 1; }
    RatingScreen .answer { width: 1fr; height: 1fr; margin-right: 2; }
    RatingScreen #over { height: 1fr; padding: 1 2; display: none; }
    RatingScreen.-over #over { display: block; }
    RatingScreen.-over #panes, RatingScreen.-over #prompt, RatingScreen.-over #strip {
        display: none;
    }
    """

    def __init__(self, desk: RatingDesk) -> None:
        super().__init__()
        self._desk = desk
        self._panes = tuple(AnswerPane(classes="answer") for _ in range(_MOST_SIDES))
        self._lines: dict[tuple[object, ...], list[Text]] = {}
        """Answers of the item as lines, made once for each way of looking."""
        self._status = StatusBar()

    def compose(self) -> ComposeResult:
        """Set the question above the answers, and what was said of them below."""
        yield Lines(id="where")
        with Vertical(id="body"):
            yield Page(id="prompt")
            yield Horizontal(*self._panes, id="panes")
            yield Page(id="over")
        yield Lines(id="strip")
        yield self._status
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the first item; keys are always about an answer, so nothing takes the focus."""
        for page in self.query(Page):
            page.can_focus = False
        self.query_one(KeyBar).show(footer("rating"))
        self._show()
        if self._desk.session.torn:
            self._tell("A crash cut the last line; what was shown as saved is all there.", "warn")

    def on_resize(self, event: events.Resize) -> None:
        """Show as many answers beside each other as can be read."""
        self._desk.columns = event.size.width
        self._show()

    # What is in sight.

    def _show(self) -> None:
        """Bring every row up to date."""
        desk, task = self._desk, self._desk.task
        self.set_class(task is None, "-over")
        self.query_one("#where", Lines).show([self._where_line()])
        if task is None:
            self.query_one("#over", Page).show(self._over_lines())
            return
        prompt = self._prompt_lines(task)
        page = self.query_one("#prompt", Page)
        rows = len(prompt) if desk.look.prompt_open else min(len(prompt), _PROMPT_ROWS)
        page.styles.height = 0 if desk.look.zoomed else min(rows, max(1, self.size.height // 2))
        page.show(prompt if desk.look.prompt_open else prompt[:_PROMPT_ROWS])
        for pane, place in zip(self._panes, self._in_sight(task), strict=True):
            pane.display = place is not None
            if place is not None:
                pane.show(Shown(self._title(task, place), self._answer(task, place)))
        self.query_one("#strip", Lines).show([self._strip(task)])

    def _in_sight(self, task: Task) -> list[int | None]:
        """Return which place each pane shows, None for a pane without one."""
        room = max(1, min(_MOST_SIDES, self.size.width // _PANE_COLUMNS))
        count = 1 if self._desk.look.zoomed else min(room, len(task.sides))
        first = max(0, min(self._desk.focus - count + 1, len(task.sides) - count))
        if self._desk.focus < first or count == len(task.sides):
            first = min(first, self._desk.focus)
        places: list[int | None] = list(range(first, first + count))
        return places + [None] * (_MOST_SIDES - count)

    def _where_line(self) -> Text:
        desk = self._desk
        progress, name = desk.progress, safe_text(desk.session.sheet.name, limit=30)
        line = Text.assemble(" ", (name.plain, "title"), "  ")
        if desk.phase == "over":
            return line.append("finished")
        if desk.phase == "guessing":
            return line.append("Last question: which of these answers was the fine-tune's?")
        done = progress.done if not desk.again else desk.session.met().index(cast(Task, desk.task))
        total = progress.done + progress.open
        line.append(f"item {done + 1} of {total}")
        line.append("  finished before, looked at again" if desk.again else "", style="muted")
        if desk.minutes_left is not None:
            line.append(f"  about {max(1, round(desk.minutes_left))} min left", style="muted")
        return line.append(f"  rater {desk.session.rater}", style="muted")

    def _prompt_lines(self, task: Task) -> list[Text]:
        lines: list[Text] = []
        for turn in task.item.prompt:
            first, *more = safe_lines(turn.text)
            lines += [Text.assemble((f"{safe_text(turn.role, limit=20).plain}: ", "muted"), first)]
            lines += more
        if self._desk.look.reference:
            first, *more = safe_lines(task.item.reference or "There is none.")
            lines = [Text.assemble(("expected: ", "accent"), first), *more, *lines]
        hidden = len(lines) - _PROMPT_ROWS
        if hidden > 0 and not self._desk.look.prompt_open:
            lines[_PROMPT_ROWS - 1].append(f"  ({hidden + 1} more lines: o)", style="muted")
        return lines

    def _title(self, task: Task, place: int) -> Text:
        here = place == self._desk.focus
        side, standing = task.sides[place], self._desk.session.standing
        title = Text(f" {_LETTERS[place]} ", style="here" if here else "strong")
        score = standing.score(task.met, side.id)
        if score is not None and self._desk.phase == "rating":
            title.append(f" {score}", style="strong")
        if standing.event("flag", task.met, side.id) is not None:
            title.append("  unsafe", style="bad")
        for kind, word in (("comment", "commented"), ("edit", "corrected")):
            if standing.event(kind, task.met, side.id) is not None:
                title.append(f"  {word}", style="muted")
        if side.same:
            title.append(f"  given {len(side.same) + 1} times", style="muted")
        kind = badge(side.text)
        title.append(f"  {kind}" if kind else "", style="bad" if "broken" in kind else "muted")
        return title

    def _answer(self, task: Task, place: int) -> list[Text]:
        """Return the lines of an answer, the same object while the same is wanted."""
        look = self._desk.look
        compared = look.difference and place > 0
        key = (task.met, place, look.raw, compared)
        if key not in self._lines:
            if len(self._lines) > 4 * _MOST_SIDES:
                self._lines.clear()
            text = task.sides[place].text
            self._lines[key] = (
                compared_lines(text, task.sides[place - 1].text)
                if compared
                else answer_lines(text, raw=look.raw)
            )
        return self._lines[key]

    def _strip(self, task: Task) -> Text:
        """Return one row with every letter and its score."""
        desk, standing = self._desk, self._desk.session.standing
        line = Text(" ")
        if desk.phase == "guessing":
            return line.append("enter: this one   s: no idea   tab: the next answer", style="muted")
        for place, side in enumerate(task.sides):
            score = standing.score(task.met, side.id)
            mark = f" {_LETTERS[place]} {'-' if score is None else score} "
            line.append(mark, style="here" if place == desk.focus else "strong" if score else "")
            line.append(" ")
        picked = standing.event("pick", task.met)
        if picked is not None:
            letters = [_LETTERS[n] for n, one in enumerate(task.sides) if one.id == picked.value]
            line.append(
                f" preferred: {letters[0]}" if letters else " none preferred", style="muted"
            )
        missing = desk.session.missing(task)
        line.append("" if missing else "  enter: done", style="good")
        return line

    def _over_lines(self) -> list[Text]:
        progress = self._desk.progress
        lines = [Text("Nothing left to rate. Thank you.", style="strong"), Text("")]
        lines += [Text(f"{progress.done:,} items done; every one is saved.")]
        if progress.waiting:
            lines += [Text(f"{progress.waiting:,} are with other raters; some may come back.")]
        return [*lines, Text(""), Text("u takes the last thing back, p looks at items, q leaves.")]

    # What is pressed.

    def _tell(self, words: str, ink: str = "") -> None:
        self._status.tell(Text(words, style=ink))

    def _do(self, act: Callable[[], object], saved: str = "saved") -> None:
        """Do what saves; say so only after it is on the disk, or why it could not be."""
        try:
            act()
        except TuningforkError as error:
            self._tell(f"Not saved: {error.what} {error.remedy}", "bad")
        else:
            self._tell(saved, "good")
        self._show()

    def _rates_now(self, key: str) -> bool:
        """Return whether a key that says something counts."""
        if self._desk.repeated(key):
            return False
        if self._desk.phase != "rating" or self._desk.task is None:
            self._tell("Nothing to rate here.", "muted")
            return False
        return True

    def action_rate(self, score: int) -> None:
        """Score the answer under the cursor."""
        if not self._rates_now(f"rate {score}"):
            return
        if score not in self._desk.session.sheet.scores:
            scores = ", ".join(map(str, self._desk.session.sheet.scores))
            self._tell(f"This study has the scores {scores}.", "warn")
            return
        letter = _LETTERS[self._desk.focus]
        self._do(lambda: self._desk.rate(score), f"saved: {letter} {score}")

    def action_pick(self, step: int) -> None:
        """Prefer one of two neighbours."""
        if self._rates_now(f"pick {step}"):
            self._do(lambda: self._desk.pick(step))

    def action_tie(self) -> None:
        """Prefer none."""
        if self._rates_now("tie"):
            self._do(self._desk.tie)

    def action_all_bad(self) -> None:
        """Rate every answer unusable."""
        if self._rates_now("all bad"):
            self._do(self._desk.rate_all_bad)

    def action_commit(self) -> None:
        """Finish the item, or answer the last question."""
        desk = self._desk
        if desk.repeated("enter") or desk.task is None:
            return
        if desk.phase == "rating" and (missing := desk.session.missing(desk.task)):
            letters = ", ".join(_LETTERS[place] for place in missing)
            desk.focus = missing[0]
            self._tell(f"Not rated yet: {letters}.", "warn")
            self._show()
            return
        self._do(desk.commit)

    def action_undo(self) -> None:
        """Take back the last thing."""
        try:
            kind = self._desk.undo()
        except TuningforkError as error:
            self._tell(f"Not taken back: {error.what}", "bad")
            return
        self._tell(f"Taken back: {_MARKS.get(kind, kind)}." if kind else "Nothing to take back.")
        self._show()

    def action_unsafe(self) -> None:
        """Ask why an answer is unsafe."""
        self._ask("unsafe", "Why is this answer unsafe?", self._desk.flag_unsafe)

    def action_comment(self) -> None:
        """Ask for a comment."""
        self._ask("comment", "What is there to say about this answer?", self._desk.comment)

    def action_edit(self) -> None:
        """Ask for the text that the answer should have been."""
        self._ask("edit", "What should the answer have been?", self._desk.correct)

    def action_skip(self) -> None:
        """Ask why the rater cannot judge the item, or take no guess."""
        if self._desk.phase == "guessing":
            self._do(self._desk.no_idea)
        else:
            self._ask("skip", "Why should somebody else rate this item?", self._desk.skip)

    def _ask(self, key: str, question: str, then: Callable[[str], None]) -> None:
        if not self._rates_now(key):
            return

        def answered(words: str | None) -> None:
            if words:
                self._do(lambda: then(words))
            elif words == "":
                self._tell("Not saved: it needs a few words.", "warn")

        self.app.push_screen(AskTextScreen(Text(question)), answered)

    # What is looked at.

    def action_answer(self, steps: int) -> None:
        """Go to another answer."""
        self._desk.go_to_answer(steps)
        self._show()

    def action_item(self, steps: int) -> None:
        """Look at another item."""
        if not self._desk.go_to_item(steps):
            self._tell("No item before this one." if steps < 0 else "This is the newest item.")
        self._show()

    def action_prompt(self) -> None:
        """Fold or open the prompt."""
        self._desk.look.prompt_open ^= True
        self._show()

    def action_reference(self) -> None:
        """Show or hide the expected answer."""
        self._desk.look.reference ^= True
        self._show()

    def action_difference(self) -> None:
        """Compare with the answer before, or stop that."""
        self._desk.look.difference ^= True
        shown = "What the answer before has not is marked." if self._desk.look.difference else ""
        self._tell(shown or "Differences are not marked.")
        self._show()

    def action_raw(self) -> None:
        """Show answers as they were written, or laid out."""
        self._desk.look.raw ^= True
        self._tell("As it was written." if self._desk.look.raw else "Laid out.")
        self._show()

    def action_zoom(self) -> None:
        """Give one answer the whole screen."""
        self._desk.look.zoomed ^= True
        self._show()

    def action_rows(self, rows: int) -> None:
        """Move the answer under the cursor."""
        self._focused_pane().scroll_rows(rows)

    def action_all_rows(self, rows: int) -> None:
        """Move every answer, and the prompt while it is open."""
        for pane in self._panes:
            pane.scroll_rows(rows)
        if self._desk.look.prompt_open:
            self.query_one("#prompt", Page).scroll_rows(rows)

    def action_pages(self, pages: int) -> None:
        """Move the answer by screens, keeping one row in sight."""
        pane = self._focused_pane()
        pane.scroll_rows(pages * max(1, pane.page_rows - 1))

    def _focused_pane(self) -> AnswerPane:
        if self._desk.task is None:
            return self._panes[0]
        places = self._in_sight(self._desk.task)
        return self._panes[places.index(self._desk.focus)]

    def action_help(self) -> None:
        """Show the keys."""
        from tui.screens.help import help_lines
        from tui.screens.rating_help import RatingHelpScreen

        self.app.push_screen(RatingHelpScreen(help_lines(("rating",))))

    def action_leave(self) -> None:
        """Leave; everything is saved."""
        self.app.exit()

    @on(AnswerPane.Clicked)
    def _clicked(self, event: AnswerPane.Clicked) -> None:
        if self._desk.task is not None:
            place = self._in_sight(self._desk.task)[self._panes.index(event.pane)]
            self._desk.focus = self._desk.focus if place is None else place
            self._show()

    @on(KeyBar.Pressed)
    def _key_clicked(self, event: KeyBar.Pressed) -> None:
        self.app.simulate_key(event_name(event.key.keys[0]))
