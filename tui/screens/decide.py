"""The newest decision, or how to come to one; the questions are one key away."""

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.text import Text
from textual import on

from core.errors import TuningforkError
from tui.decide_look import Shown, Since, recorded_line
from tui.decide_standing import has_split, since_of
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings
from tui.screens.recommendation import RecommendationScreen
from tui.widgets.page import Line

if TYPE_CHECKING:
    from datetime import date

    from core.decide.draft import Draft
    from core.decide.record import Decision
    from core.workspace import Workspace

_LOOK_EVERY_S = 2.0
_SHORT_NAME = 20
"""Cells of a name that stands in one row with the record."""
_QUESTION = Text("Should this task be prompted, given documents, or fine-tuned?")


class Kept(NamedTuple):
    """What a workspace holds about deciding."""

    decisions: "list[Decision]"
    """Newest first."""
    draft: "Draft | None"
    split: bool
    """Whether rows were split."""
    since: Since
    """What became of the newest decision."""
    record: str
    """How often the advice was right, in a line; empty while nothing was measured."""


class DecideScreen(RecommendationScreen):
    """Shows the newest decision."""

    PLACES: ClassVar[tuple[Where, ...]] = ("decide", "result", "list")
    BINDINGS: ClassVar = bindings("decide")

    def __init__(self) -> None:
        super().__init__("decide")
        self._kept: Kept | None = None

    def on_mount(self) -> None:
        """Read the decisions now and whenever they change."""
        self.feed(Feed(self, self._read, every=_LOOK_EVERY_S))

    def _read(self) -> Kept:
        today = self.tuningfork.settings.clock().date()
        return read_kept(self.tuningfork.workspace, today)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        kept: Kept = event.value
        self._kept, self.split, self.since = kept, kept.split, kept.since
        waiting = _waiting(kept)
        if kept.decisions:
            newest = shown_decision(kept.decisions[0])
            self.show_recommendation(newest)
            others = len(kept.decisions) - 1
            count = f" · {others} earlier" if others else ""
            told = f" · {kept.record}" if kept.record else ""
            named = recorded_line(newest, most=_SHORT_NAME) if told else recorded_line(newest)
            line = Text.assemble(named, count, told, style="muted")
            self.say_status(waiting or line)
        else:
            self.show_nothing(_empty(waiting))
            self.say_status(waiting or Text("Nothing decided.", style="muted"))
        self.show_keys()

    def works_now(self, key: Key) -> bool:
        """Return False for what needs a decision before there is one, and the other way round."""
        if key.id == "decide-earlier":
            return bool(self._kept and self._kept.decisions)
        if key.id == "decide-begin":
            return self._kept is not None and self.shown is None
        return super().works_now(key)

    def action_questions(self) -> None:
        """Ask, or go on asking."""
        from tui.screens.decide_wizard import start

        try:
            self.app.push_screen(start(self.tuningfork.workspace, self.mode))
        except TuningforkError as error:
            self.show_error(error)

    def action_begin(self) -> None:
        """Ask where there is nothing else to open."""
        if self.shown is None:
            self.action_questions()

    def action_earlier(self) -> None:
        """List the decisions."""
        from tui.screens.decide_list import DecisionsScreen

        if self._kept and self._kept.decisions:
            self.app.push_screen(DecisionsScreen(self.mode))

    def exactly(self) -> list[Line]:
        """Return the answers that led to the decision, and the command."""
        if self.shown is None:
            return [Text("tuningfork decide --answers FILE.toml --save", style="key")]
        return super().exactly()


def read_kept(workspace: "Workspace", today: "date") -> Kept:
    """Return the decisions with what became of them, and the answers that wait."""
    from core.decide.draft import read_draft
    from core.decide.standing import read_standing
    from core.decide.track_record import record_line

    standing = read_standing(workspace, today=today)
    decisions = list(standing.decisions)
    return Kept(
        decisions=decisions,
        draft=read_draft(workspace.decision_draft),
        split=has_split(workspace),
        since=since_of(standing, decisions[0].id) if decisions else Since(),
        record=record_line(standing.scored) if standing.scored else "",
    )


def shown_decision(decision: "Decision") -> Shown:
    """Return a recorded decision as a screen shows it, whatever was recorded."""
    return Shown(
        answers=_object(decision.answers),
        result=_object(decision.result),
        name=decision.name,
        id=decision.id,
        created_at=decision.created_at,
    )


def _object(value: Any) -> dict[str, Any]:
    """Return a stored object; another kind of value holds nothing that could be shown."""
    return value if isinstance(value, dict) else {}


def _waiting(kept: Kept) -> Text | None:
    """Return that answers wait, None when there are none."""
    given = len(kept.draft.given) if kept.draft else 0
    if not given:
        return None
    many = "1 answer waits" if given == 1 else f"{given} answers wait"
    return Text(f"{many}, not saved as a decision yet: w goes on.", style="accent")


def _empty(waiting: Text | None) -> tuple[Text, ...]:
    """Return what stands where there is no decision."""
    return (
        Text("No decision recorded yet.", style="strong"),
        Text(""),
        _QUESTION,
        Text("A few questions lead to an answer with its reasons; you need not know everything."),
        Text(""),
        waiting or Text.assemble(("w", "key"), " starts the questions; every answer is kept."),
        Text(""),
        Text("The same without a screen:", style="muted"),
        Text.assemble(("tuningfork decide --questions", "key"), "            lists them"),
        Text.assemble(("tuningfork decide --answers FILE --save", "key"), "  decides"),
    )


def make() -> DecideScreen:
    """Return the screen of its mode."""
    return DecideScreen()
