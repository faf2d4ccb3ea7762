"""What the answers lead to, on the screen: named and saved, or one that was recorded before."""

from dataclasses import replace

from rich.text import Text
from textual import on

from core.errors import DecisionError, TuningforkError
from tui.decide_look import NAME_LIMIT, Shown, Since, recorded_line
from tui.decide_standing import changed_at, further_today, has_split, read_since
from tui.feed import Arrived, Feed
from tui.screens.recommendation import RecommendationScreen
from tui.widgets.safe_text import safe_text

_LOOK_EVERY_S = 2.0
_GAIN = Text(
    "By how many points should it beat the next best way? A verdict is held against this; empty is "
    "no guess."
)


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
        name = name.encode("utf-8", "replace").decode()[:NAME_LIMIT]
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
        self.tuningfork.tell(Text.assemble("Saved as ", safe_text(name, limit=NAME_LIMIT)))

    def go_to_question(self, id: str) -> None:
        """Go back to the questions below, where this result is theirs."""
        from tui.screens.decide_wizard import WizardScreen

        below = self.app.screen_stack[-2]
        if self._first.name is None and isinstance(below, WizardScreen):
            below.go_to(id)
            self.app.pop_screen()
        else:
            super().go_to_question(id)
