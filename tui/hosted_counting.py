"""Counts beside a screen the tokens that would leave; progress and end come as messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen

from core.errors import TuningforkError
from core.workspace import Workspace
from tui.progressed import Progressed

if TYPE_CHECKING:
    from core.hosted.counting import Counter, Counting
    from core.hosted.plan import HostedPlan


@dataclass
class TokensCounted(Message):
    """The counts lie in their cache."""

    plan: "HostedPlan"
    """The one they were counted for."""


@dataclass
class CountFailed(Message):
    """The tokens cannot be counted."""

    counter: "Counter"
    error: TuningforkError


class HostedCounting:
    """One wish at a time; a newer one ends the one before."""

    def __init__(
        self, screen: Screen[Any], workspace: Workspace, environment: Mapping[str, str]
    ) -> None:
        self._screen = screen
        self._workspace = workspace
        self._environment = environment
        self._counting: Counting | None = None

    @property
    def is_busy(self) -> bool:
        """Return whether something is counted now."""
        return self._counting is not None

    def begin(self, plan: "HostedPlan", *, fetch: bool = False) -> None:
        """Count what a plan would send, in a thread; only `fetch` may use the network."""
        from core.hosted.counting import Counting

        self.cancel()
        if plan.counter is None:
            return
        counting = Counting(self._workspace, plan.counter, plan.leaving, self._environment)
        self._counting = counting
        self._screen.run_worker(
            lambda: self._count(counting, plan, fetch=fetch),
            thread=True,
            exit_on_error=False,
            group="hosted-count",
        )

    def cancel(self) -> None:
        """End what nobody waits for any more."""
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None

    def _count(self, counting: "Counting", plan: "HostedPlan", *, fetch: bool) -> None:
        """Count; only messages leave the thread."""
        try:
            found = counting.count(lambda *said: self._say(counting, *said), fetch=fetch)
        except TuningforkError as error:
            self._end(counting, CountFailed(counting.counter, error))
            return
        if found is not None:
            self._end(counting, TokensCounted(plan))

    def _say(self, counting: "Counting", words: str, done: int | None, total: int | None) -> None:
        if counting is self._counting:
            self._screen.post_message(Progressed(words, done, total))

    def _end(self, counting: "Counting", message: Message) -> None:
        if counting is self._counting:
            self._counting = None
            self._screen.post_message(message)
