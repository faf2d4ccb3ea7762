"""The exact tokens of a split beside the Inspect screen: those made before, or made on a wish."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen

from core.errors import TuningforkError
from core.workspace import Workspace
from tui.token_reading import TokenReading

if TYPE_CHECKING:
    from core.training.recipe import Recipe
    from core.training.size_account import SizeAccount
    from core.training.token_cache import TokenCache


@dataclass
class Counted(Message):
    """The tokens of a split are known."""

    split: str
    account: "SizeAccount"


@dataclass
class NothingCounted(Message):
    """Nobody has counted the tokens of a split yet, or they cannot be looked at."""

    split: str
    words: str
    """Why, where something stands in the way; not yet safe to show."""


class Counting:
    """Looks in the cache by itself; the child process starts only when it is asked for."""

    def __init__(
        self, screen: Screen[Any], workspace: Workspace, environment: Mapping[str, str]
    ) -> None:
        self._screen = screen
        self._workspace = workspace
        self._reading = TokenReading(screen, workspace, environment)
        self._split = ""

    def look(self, split: str) -> None:
        """Say whether the tokens of a split were counted before."""
        self._split = split
        self._in_thread(lambda: self._look(split))

    def begin(self) -> None:
        """Count the tokens of the split that was looked at last."""
        split = self._split
        self._in_thread(lambda: self._begin(split))

    def keep(self, recipe: "Recipe", cache: "TokenCache") -> None:
        """Say what tokens that were just counted show."""
        split = self._split
        self._in_thread(lambda: self._tell(split, recipe, cache))

    def cancel(self) -> None:
        """End a counting that nobody waits for any more."""
        self._reading.cancel()

    def _in_thread(self, work: Any) -> None:
        self._screen.run_worker(work, thread=True, exit_on_error=False, group="counting")

    def _look(self, split: str) -> None:
        from core.training.token_cache import find_cache
        from core.training.token_key import row_hashes

        try:
            recipe = self._recipe(split)
            cache = find_cache(self._workspace, recipe, row_hashes(self._workspace, split))
        except TuningforkError as error:
            self._screen.post_message(NothingCounted(split, error.what))
            return
        if cache is None:
            self._screen.post_message(NothingCounted(split, ""))
        else:
            self._tell(split, recipe, cache)

    def _begin(self, split: str) -> None:
        try:
            recipe = self._recipe(split)
        except TuningforkError as error:
            self._screen.post_message(NothingCounted(split, error.what))
            return
        self._screen.app.call_from_thread(self._reading.begin, recipe)

    def _tell(self, split: str, recipe: "Recipe", cache: "TokenCache") -> None:
        from core.machine import read_machine
        from core.training.size_account import size_account

        machine = read_machine(self._workspace.root)
        account = size_account(self._workspace, recipe, cache, machine)
        self._screen.post_message(Counted(split, account))

    def _recipe(self, split: str) -> "Recipe":
        """Return the newest recipe over a split; the included model's where there is none."""
        from core.training.recipe import make_recipe
        from tui.mask_choice import read_choices

        choices = read_choices(self._workspace, split)
        if choices:
            return choices[0].recipe
        values = {"name": split[:60] or "run", "data": {"split": split}}
        return make_recipe(values, where=split)
