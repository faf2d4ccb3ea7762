"""Reads the tokens of a recipe beside a screen: progress and end come as messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen

from core.errors import TuningforkError
from core.fault_report import write_report
from core.workspace import Workspace
from tui.progressed import Progressed

if TYPE_CHECKING:
    from core.training.account import Account
    from core.training.mask_reading import MaskReading
    from core.training.recipe import Recipe
    from core.training.token_cache import TokenCache


@dataclass
class Read(Message):
    """The tokens are there."""

    recipe: "Recipe"
    """The one they were read for; another may be wished for since."""
    cache: "TokenCache"
    account: "Account"


@dataclass
class ReadFailed(Message):
    """The tokens cannot be had."""

    recipe: "Recipe"
    error: TuningforkError


class TokenReading:
    """One wish at a time; a newer one ends the one before."""

    def __init__(
        self, screen: Screen[Any], workspace: Workspace, environment: Mapping[str, str]
    ) -> None:
        self._screen = screen
        self._workspace = workspace
        self._environment = environment
        self._reading: MaskReading | None = None

    def begin(self, recipe: "Recipe", file: Path | None = None) -> None:
        """Read the tokens of a recipe's split in a thread, or those of all rows of a file."""
        from core.training.mask_reading import MaskReading

        self.cancel()
        self._reading = reading = MaskReading(
            self._workspace, recipe, environment=self._environment, file=file
        )
        self._screen.run_worker(
            lambda: self._read(reading, recipe), thread=True, exit_on_error=False, group="tokens"
        )

    def cancel(self) -> None:
        """End what nobody waits for any more."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _read(self, reading: "MaskReading", recipe: "Recipe") -> None:
        """Get the tokens; only messages leave the thread."""
        from core.training.account import account_of

        post = self._screen.post_message
        try:
            cache = reading.read(lambda *said: self._say(reading, *said))
            if cache is not None:
                post(Read(recipe, cache, account_of(self._workspace, recipe, cache)))
        except TuningforkError as error:
            post(ReadFailed(recipe, error))
        except Exception as fault:  # the border of the thread: report, and let the screen live
            post(ReadFailed(recipe, _own_fault(fault)))

    def _say(self, reading: "MaskReading", words: str, done: int | None, total: int | None) -> None:
        """Hand on what the reading is at, from its thread."""
        if reading is self._reading:
            self._screen.post_message(Progressed(words, done, total))


def _own_fault(fault: Exception) -> TuningforkError:
    """Return what to show for a mistake of ours."""
    path = write_report(fault, None)
    return TuningforkError(
        what="Reading the tokens failed.",
        why="That is a fault of tuningfork's own; nothing was changed and jobs go on.",
        remedy=f"The report is {path}." if path else "No report could be written.",
    )
