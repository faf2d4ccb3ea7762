"""Gets the tokens of a recipe: from the cache, or from a child process that can be cancelled."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from core.errors import MachineError, RecipeError
from core.extras import require_local
from core.jobs.asked_child import Asked, AskedChild, OnPhase
from core.text_safety import visible
from core.training.recipe import Recipe
from core.training.token_cache import TokenCache, find_cache, open_cache
from core.training.token_key import file_hashes, recipe_hashes
from core.workspace import Workspace

COMMAND = (sys.executable, "-P", "-m", "core.training.tokenizing")
"""The child; it alone imports the tokenizer's library."""


class MaskReading:
    """One wish for the tokens of a recipe; made in a thread, cancelled from another."""

    def __init__(
        self,
        workspace: Workspace,
        recipe: Recipe,
        *,
        environment: Mapping[str, str],
        file: Path | None = None,
    ) -> None:
        """Wish for the tokens of the recipe's split, or of all rows of a file that has none."""
        self._workspace = workspace
        self._recipe = recipe
        self._file = file
        self._child = AskedChild(environment)

    def read(self, on_phase: OnPhase) -> TokenCache | None:
        """Return the tokens; None when it was cancelled. `on_phase` gets words, done and total."""
        data = self._recipe.data
        if data is None:
            raise RecipeError(
                what=f"The recipe {visible(self._recipe.name)} names no rows.",
                why="A rehearsal plays a script and trains nothing, so it has no tokens.",
                remedy="Choose a recipe with data.split.",
            )
        on_phase("looking for tokens made before", None, None)
        file = self._file
        hashes = file_hashes(file) if file else recipe_hashes(self._workspace, self._recipe)
        if (found := find_cache(self._workspace, self._recipe, hashes)) is not None:
            return found
        require_local()
        made = self._run_child(on_phase)
        cache = open_cache(made) if made else None
        if made and cache is None:
            raise MachineError(
                what="The tokens that were just made cannot be read.",
                why=f"{visible(str(made))} is not whole.",
                remedy="Do it again; `tuningfork doctor` looks at the disk.",
            )
        return cache

    def cancel(self) -> None:
        """End the child, if there is one; `read` returns None soon."""
        self._child.cancel()

    def _run_child(self, on_phase: OnPhase) -> Path | None:
        """Return the folder that the child has made, or None when it was cancelled."""
        file = [str(self._file)] if self._file else []
        asked = Asked(
            command=(*COMMAND, str(self._workspace.root), *file),
            content=json.dumps(self._recipe.model_dump(mode="json")).encode(),
            folder=self._workspace.root,
            doing="Reading the tokens",
            remedy="`tuningfork doctor` checks the machine; a run with this recipe would fail too.",
        )
        last = self._child.answer(asked, on_phase)
        return None if last is None else Path(str(last["folder"]))
