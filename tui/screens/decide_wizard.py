"""The questions of Decide, one at a time; every answer is on disk before it is shown as given."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from core.decide.draft import Draft, read_draft, remove_draft, write_draft
from core.decide.questions import QUESTIONS
from core.decide.what_if import open_questions
from core.errors import TuningforkError
from tui.decide_choices import Choices
from tui.decide_look import Shown, answer_lines
from tui.decide_state import (
    Wizard,
    at_question,
    chosen,
    moved,
    opened,
    rubbed_out,
    taken,
    typed,
    went,
)
from tui.decide_tree import leaning, result_of, short_tree_lines, tree_lines
from tui.keymap import Where, bindings
from tui.screens.decide_result import ResultScreen
from tui.screens.stage import StageScreen
from tui.screens.two_columns import WIDE
from tui.widgets.page import Hanging, Line, Lines, Page
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.workspace import Workspace

_NONE_TURNS = ", none can change the advice"
_MARK_OPEN, _MARK_GIVEN, _MARK_UNKNOWN, _MARK_HERE = "○", "✓", "?", "▸"


class WizardScreen(StageScreen):
    """Asks, keeps what is answered, and shows where it leans."""

    PLACES: ClassVar[tuple[Where, ...]] = ("wizard",)
    BINDINGS: ClassVar = bindings("wizard")
    DEFAULT_CSS = """
    WizardScreen #asked { height: 7; }
    WizardScreen #asking { width: 1fr; }
    WizardScreen #note { height: 1fr; }
    WizardScreen #leaning { height: 3; }
    WizardScreen #path { width: 29; margin-left: 2; }
    WizardScreen #tree { width: 2fr; margin-left: 3; display: none; }
    WizardScreen.-wide-screen #asked { height: 6; }
    WizardScreen.-wide-screen #asking { width: 3fr; }
    WizardScreen.-wide-screen #tree { display: block; }
    WizardScreen.-wide-screen #path { display: none; }
    WizardScreen.-wide-screen #leaning { display: none; }
    WizardScreen.-with-note #leaning { display: none; }
    """

    def __init__(self, mode: str, draft: Draft, *, on_disk: bool = False) -> None:
        super().__init__(mode)
        self.wizard = opened(draft)
        """Where one is and what was answered."""
        self._on_disk = on_disk
        """Whether these answers are the draft of the workspace; looking at others leaves it be."""
        self._result: Mapping[str, Any] = {}

    def body(self) -> Iterable[Widget]:
        """Yield the question with its answers, and the path so far."""
        yield Horizontal(
            Vertical(
                Lines(id="asked", wrap=True),
                Choices(id="choices"),
                Lines(id="note", wrap=True),
                Lines(id="leaning", wrap=True),
                id="asking",
            ),
            Lines(id="path", wrap=True),
            Page(id="tree"),
        )

    def on_mount(self) -> None:
        """Ask."""
        self.query_one(Choices).focus()
        self._keep(self.wizard)

    def on_resize(self, event: events.Resize) -> None:
        """Show the whole path where there is room for it, else the short one."""
        super().on_resize(event)
        self.set_class(event.size.width >= WIDE, "-wide-screen")

    def go_to(self, id: str) -> None:
        """Go to one question; nothing named stays where one is."""
        self._keep(at_question(self.wizard, id))

    def _keep(self, wizard: Wizard) -> bool:
        """Put a change on disk, then on the screen; return whether both were done."""
        draft, before = wizard.draft, self.wizard.draft
        try:
            if draft.given != before.given or (self._on_disk and draft != before):
                write_draft(self.tuningfork.workspace.decision_draft, draft)
                self._on_disk = True
            if draft.given != before.given or not self._result:
                self._result = result_of(wizard)
        except TuningforkError as error:
            self.show_error(error)
            return False
        self.hide_error()
        self.wizard = wizard
        self._show()
        return True

    def _show(self) -> None:
        wizard = self.wizard
        self.query_one("#asked", Lines).show(list(question_lines(wizard)))
        choices = self.query_one(Choices)
        choices.styles.height = len(wizard.options) + 1
        choices.show(wizard)
        notes = list(note_lines(wizard))
        self.query_one("#note", Lines).show(notes)
        self.query_one("#leaning", Lines).show([leaning(wizard, self._result)])
        self.set_class(bool(notes), "-with-note")
        self.query_one("#path", Lines).show(list(short_tree_lines(self._result)))
        self.query_one("#tree", Page).show(list(tree_lines(wizard, self._result)))
        self.say_status(progress_line(wizard))

    def _answer(self, wizard: Wizard) -> None:
        """Keep an answer; after the last open question comes the result."""
        if self._keep(replace(wizard, done=False)) and wizard.done:
            self.action_result()

    def action_take(self) -> None:
        """Answer with what is under the cursor, or was typed."""
        self._answer(taken(self.wizard))

    def action_choose(self, letter: str) -> None:
        """Answer by letter."""
        self._answer(chosen(self.wizard, letter))

    def action_unknown(self) -> None:
        """Answer "I don't know"; the first time, show how to find out and stay."""
        last = len(self.wizard.options) - 1
        if self.wizard.cursor == last:
            self.action_take()
        else:
            self._keep(moved(self.wizard, last))

    def action_question(self, steps: int) -> None:
        """Go some questions on or back."""
        self._keep(went(self.wizard, steps))

    def action_cursor(self, steps: int) -> None:
        """Go some answers down or up."""
        self._keep(moved(self.wizard, steps))

    def action_rub_out(self) -> None:
        """Take a digit back, or the answer."""
        self._keep(rubbed_out(self.wizard))

    def action_result(self) -> None:
        """Show what the answers so far lead to."""
        answers = self.wizard.draft.answers.model_dump()
        shown = Shown(answers=answers, result=self._result)
        self.app.push_screen(ResultScreen(shown, self.mode))

    def action_measure(self) -> None:
        """Find out by measuring."""
        from tui.screens.measure import MeasureScreen

        self.app.push_screen(MeasureScreen(self.mode))

    def action_start_over(self) -> None:
        """Forget the draft after a yes."""
        count = len(self.wizard.draft.given)
        if count:
            words = f"Forgets the {count} answers given so far. Recorded decisions stay."
            self.tuningfork.ask(Text(words), self._start_over)

    def _start_over(self) -> None:
        try:
            remove_draft(self.tuningfork.workspace.decision_draft)
        except TuningforkError as error:
            self.show_error(error)
            return
        self.wizard = opened(Draft())
        self._on_disk = False
        self._result = {}
        self._keep(self.wizard)

    @on(Choices.Typed)
    def _typed(self, event: Choices.Typed) -> None:
        self._keep(typed(self.wizard, event.characters))

    @on(Choices.Pointed)
    def _pointed(self, event: Choices.Pointed) -> None:
        self._answer(taken(replace(self.wizard, cursor=event.place)))

    def exactly(self) -> list[Line]:
        """Return the answers so far as a file, and the command that decides from it."""
        command = Text("tuningfork decide --answers FILE.toml", style="key")
        return [command, Text(""), *answer_lines(self.wizard.draft.given)]

    def value(self) -> str:
        """Return the id of the question."""
        return self.wizard.question.id


def question_lines(wizard: Wizard) -> Iterable[Line]:
    """Yield the marks of all questions, the question and why it is asked."""
    question = wizard.question
    place = Text(f"Question {wizard.number + 1} of {len(QUESTIONS)}  ", style="muted")
    yield place.append_text(_marks(wizard))
    yield Text("")
    yield safe_text(question.text, ink="title")
    yield Hanging(Text.assemble(("Why: ", "muted"), safe_text(question.why)), 5)


def _marks(wizard: Wizard) -> Text:
    """Return one mark a question: answered, not known, here, or open."""
    marks = Text()
    for question in QUESTIONS:
        given = wizard.draft.given
        if question.id == wizard.draft.at:
            marks.append(_MARK_HERE, style="accent")
        elif question.id not in given:
            marks.append(_MARK_OPEN, style="muted")
        elif given[question.id] is None:
            marks.append(_MARK_UNKNOWN, style="warn")
        else:
            marks.append(_MARK_GIVEN, style="good")
    return marks


def note_lines(wizard: Wizard) -> Iterable[Line]:
    """Yield why an answer was not taken, or how to find out where nobody knows."""
    if wizard.complaint is not None:
        yield Text.assemble(("▲ ", "bad"), safe_text(wizard.complaint.what))
        yield safe_text(wizard.complaint.remedy, ink="muted")
    elif wizard.cursor == len(wizard.options) - 1:
        find_out = Text.assemble(("To find out: ", "muted"), safe_text(wizard.question.find_out))
        yield Hanging(find_out, 13)
        if wizard.question.id.startswith("strong_prompt"):
            yield Text.assemble("Or measure it on examples of your own: ", ("m", "key"))
        yield Text("enter leaves it open; it can be answered later", style="muted")


def progress_line(wizard: Wizard) -> Text:
    """Return how many questions are settled, and that they are kept."""
    given = wizard.draft.given
    if not given:
        return Text("Every answer is kept at once; leave when you like.", style="muted")
    unknown = sum(value is None for value in given.values())
    words = f"{len(given) - unknown} answered"
    words += f", {unknown} not known" if unknown else ""
    if not wizard.open:
        return Text(f"{words}, none open: r shows the result · kept", style="muted")
    turning = sum(id in open_questions(wizard.draft.answers) for id in wizard.open)
    change = f", {turning} of them can change the advice" if turning else _NONE_TURNS
    words += f", {len(wizard.open)} open{change}"
    return Text(f"{words} · kept", style="muted")


def start(workspace: "Workspace", mode: str) -> WizardScreen:
    """Return the screen at the question where it was left, or at the first one."""
    draft = read_draft(workspace.decision_draft)
    return WizardScreen(mode, draft or Draft(), on_disk=draft is not None)
