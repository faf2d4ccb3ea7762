"""Works out beside a screen what a draft takes; answers come as messages, the newest one counts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen

from core.errors import TuningforkError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.training.draft import Draft
    from core.training.estimate import Estimate


@dataclass
class WorkedOut(Message):
    """What a draft takes is known."""

    draft: "Draft"
    """The draft with all that is known of its rows and the machine."""
    found: "Estimate"
    number: int
    """Which question this answers."""


@dataclass
class WorkOutFailed(Message):
    """Nothing can be said of what a draft takes."""

    error: TuningforkError
    number: int
    """Which question this answers."""


class Outlook:
    """Asks in threads; remembers which question was the last."""

    def __init__(self, screen: Screen[Any], workspace: Workspace) -> None:
        self._screen = screen
        self._workspace = workspace
        self._questions = 0

    def ask(self, draft: "Draft", *, look: bool) -> None:
        """Work out what a draft takes; `look` at rows, model and machine anew for it."""
        self._questions += 1
        number = self._questions
        self._screen.run_worker(
            lambda: self._answer(draft, number, look=look),
            thread=True,
            exit_on_error=False,
            group="estimate",
        )

    def answers(self, event: WorkedOut | WorkOutFailed) -> bool:
        """Return whether this answers the newest question."""
        return event.number == self._questions

    def _answer(self, draft: "Draft", number: int, *, look: bool) -> None:
        from core.machine import read_machine

        workspace = self._workspace
        try:
            known = draft.looked_up(workspace, read_machine(workspace.root)) if look else draft
            self._screen.post_message(WorkedOut(known, known.estimate(), number))
        except TuningforkError as error:
            self._screen.post_message(WorkOutFailed(error, number))
