"""The exact tokens of rows beside the Inspect screen: those made before, or made on a wish."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.message import Message
from textual.screen import Screen

from core.errors import TuningforkError
from core.workspace import Workspace
from tui.token_reading import TokenReading

if TYPE_CHECKING:
    from core.training.recipe import Recipe
    from core.training.size_account import SizeAccount
    from core.training.token_cache import TokenCache


class Countable(NamedTuple):
    """Rows whose tokens can be counted: those of a split, or all of a file that has none."""

    split: str
    """Its name; of a file that has none, the file's. Not yet safe to show."""
    at: str
    """When it was split, or the hash of the file: other rows are another thing to count."""
    file: Path | None = None
    """The lines of JSON of a file that has no split."""


@dataclass
class Counted(Message):
    """The tokens of rows are known."""

    rows: Countable
    account: "SizeAccount"


@dataclass
class NothingCounted(Message):
    """Nobody has counted the tokens of rows yet, or they cannot be looked at."""

    rows: Countable
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
        self._rows = Countable("", "")

    def look(self, rows: Countable) -> None:
        """Say whether the tokens of these rows were counted before."""
        self._rows = rows
        self._in_thread(lambda: self._look(rows))

    def begin(self) -> None:
        """Count the tokens of the rows that were looked at last."""
        rows = self._rows
        self._in_thread(lambda: self._begin(rows))

    def keep(self, recipe: "Recipe", cache: "TokenCache") -> None:
        """Say what tokens that were just counted show."""
        rows = self._rows
        self._in_thread(lambda: self._tell(rows, recipe, cache))

    def cancel(self) -> None:
        """End a counting that nobody waits for any more."""
        self._reading.cancel()

    def _in_thread(self, work: Any) -> None:
        self._screen.run_worker(work, thread=True, exit_on_error=False, group="counting")

    def _look(self, rows: Countable) -> None:
        from core.training.token_cache import find_cache
        from core.training.token_key import file_hashes, recipe_hashes

        try:
            recipe = self._recipe(rows)
            file = rows.file
            hashes = file_hashes(file) if file else recipe_hashes(self._workspace, recipe)
            cache = find_cache(self._workspace, recipe, hashes)
        except TuningforkError as error:
            self._screen.post_message(NothingCounted(rows, error.what))
            return
        if cache is None:
            self._screen.post_message(NothingCounted(rows, ""))
        else:
            self._tell(rows, recipe, cache)

    def _begin(self, rows: Countable) -> None:
        try:
            recipe = self._recipe(rows)
        except TuningforkError as error:
            self._screen.post_message(NothingCounted(rows, error.what))
            return
        self._screen.app.call_from_thread(self._reading.begin, recipe, rows.file)

    def _tell(self, rows: Countable, recipe: "Recipe", cache: "TokenCache") -> None:
        from core.machine import read_machine
        from core.training.size_account import size_account

        machine = read_machine(self._workspace.root)
        of_file = rows.file is not None
        account = size_account(self._workspace, recipe, cache, machine, of_file=of_file)
        self._screen.post_message(Counted(rows, account))

    def _recipe(self, rows: Countable) -> "Recipe":
        """Return the newest recipe over these rows; the included model's where there is none.

        A file without a split is counted as the newest recipe of the workspace would read it.
        """
        from core.training.recipe import make_recipe
        from tui.mask_choice import read_choices

        choices = read_choices(self._workspace, "" if rows.file else rows.split)
        recipe = choices[0].recipe if choices else None
        if recipe is not None and recipe.data is not None and rows.file is not None:
            every = {"drop_rows": (), "drop_validation_rows": (), "mix": ()}
            data = recipe.data.model_copy(update=every)
            return recipe.model_copy(update={"data": data})
        if recipe is not None:
            return recipe
        values = {"name": rows.split[:60] or "run", "data": {"split": rows.split or "rows"}}
        return make_recipe(values, where=rows.split)
