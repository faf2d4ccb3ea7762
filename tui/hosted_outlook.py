"""Works out beside a screen what a training at a service would be; the newest answer counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen

from core.errors import TuningforkError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.hosted.eligible import Account
    from core.hosted.part_files import Leaving
    from core.hosted.plan import HostedPlan, Wish


@dataclass
class Planned(Message):
    """What the training would be is known."""

    plan: "HostedPlan"
    number: int
    """Which question this answers."""


@dataclass
class PlanFailed(Message):
    """There is no such training."""

    error: TuningforkError
    number: int
    """Which question this answers."""


@dataclass
class AccountSeen(Message):
    """The service has told what the key shows."""

    plan: "HostedPlan"
    """The one it was asked for."""
    account: "Account"


@dataclass
class AccountUnseen(Message):
    """The service could not be asked, or does not take the key."""

    error: TuningforkError


class HostedOutlook:
    """Asks in threads; remembers which question was the last."""

    def __init__(
        self, screen: Screen[Any], workspace: Workspace, environment: Mapping[str, str]
    ) -> None:
        self._screen = screen
        self._workspace = workspace
        self._environment = environment
        self._questions = 0

    def ask(
        self,
        wish: "Wish",
        today: date,
        leaving: "Leaving | None" = None,
        account: "Account | None" = None,
    ) -> None:
        """Work out what a wish comes to; `leaving` are files that were just made for it."""
        self._questions += 1
        number = self._questions
        self._screen.run_worker(
            lambda: self._answer(wish, today, number, leaving, account),
            thread=True,
            exit_on_error=False,
            group="hosted-plan",
        )

    def answers(self, event: Planned | PlanFailed) -> bool:
        """Return whether this answers the newest question."""
        return event.number == self._questions

    def _answer(
        self,
        wish: "Wish",
        today: date,
        number: int,
        leaving: "Leaving | None",
        account: "Account | None",
    ) -> None:
        from core.hosted.plan import make_plan

        try:
            plan = make_plan(
                self._workspace,
                wish,
                today=today,
                environment=self._environment,
                leaving=leaving,
                account=account,
            )
            self._screen.post_message(Planned(plan, number))
        except TuningforkError as error:
            self._screen.post_message(PlanFailed(error, number))

    def look(self, plan: "HostedPlan") -> None:
        """Ask the service, for nothing, what the key of a plan shows."""
        self._screen.run_worker(
            lambda: self._look(plan), thread=True, exit_on_error=False, group="hosted-account"
        )

    def _look(self, plan: "HostedPlan") -> None:
        from core.hosted.account_look import look_at_account

        try:
            found = look_at_account(self._workspace, plan, self._environment)
        except TuningforkError as error:
            self._screen.post_message(AccountUnseen(error))
        else:
            self._screen.post_message(AccountSeen(plan, found))
