"""Gets the tokens of a recipe: from the cache, or from a child process that can be cancelled."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock

from core.errors import (
    DataError,
    MachineError,
    RecipeError,
    StorageError,
    TuningforkError,
    WorkspaceError,
)
from core.extras import require_local
from core.jobs.environment import worker_environment
from core.text_safety import clip, visible
from core.training.recipe import Recipe
from core.training.token_cache import TokenCache, find_cache, open_cache
from core.training.token_key import file_hashes, recipe_hashes
from core.workspace import Workspace

COMMAND = (sys.executable, "-P", "-m", "core.training.tokenizing")
"""The child; it alone imports the tokenizer's library."""
_ERRORS = {
    kind.__name__: kind
    for kind in (DataError, MachineError, RecipeError, StorageError, WorkspaceError)
}
_SAID = 300
OnPhase = Callable[[str, int | None, int | None], None]


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
        self._environment = environment
        self._file = file
        self._turn = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._cancelled = Event()

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
        with self._turn:
            self._cancelled.set()
            if self._child is not None and self._child.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._child.pid, signal.SIGKILL)

    def _run_child(self, on_phase: OnPhase) -> Path | None:
        """Return the folder that the child has made, or None when it was cancelled."""
        on_phase("loading libraries", None, None)
        with tempfile.TemporaryFile() as complaints:
            with self._turn:
                if self._cancelled.is_set():
                    return None
                self._child = subprocess.Popen(
                    [
                        *COMMAND,
                        str(self._workspace.root),
                        *([str(self._file)] if self._file else []),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    cwd=self._workspace.root,
                    env=worker_environment(self._environment),
                    start_new_session=True,
                )
            last = self._listen(self._child, on_phase)
            status = self._child.wait()
            if self._cancelled.is_set():
                return None
            if "folder" in last:
                return Path(str(last["folder"]))
            complaints.seek(0)
            raise _failed(last, status, complaints.read())

    def _listen(self, child: "subprocess.Popen[bytes]", on_phase: OnPhase) -> dict[str, object]:
        """Hand on what the child says and return its last line."""
        assert child.stdin is not None
        assert child.stdout is not None
        last: dict[str, object] = {}
        with child.stdin as asks, child.stdout as says:
            with suppress(BrokenPipeError):
                asks.write(json.dumps(self._recipe.model_dump(mode="json")).encode())
                asks.close()
            for line in says:
                last = json.loads(line)
                if "phase" in last:
                    done, total = last.get("done"), last.get("total")
                    on_phase(
                        str(last["phase"]),
                        done if isinstance(done, int) else None,
                        total if isinstance(total, int) else None,
                    )
        return last


def _failed(last: Mapping[str, object], status: int, complaints: bytes) -> TuningforkError:
    """Return the error that the child met, or that it ended without a word."""
    said = last.get("error")
    if isinstance(said, dict):
        kind = _ERRORS.get(str(said.get("error")), DataError)
        return kind(what=str(said["what"]), why=str(said["why"]), remedy=str(said["remedy"]))
    lines = complaints.decode(errors="replace").strip().splitlines()
    words = clip(visible(lines[-1]), _SAID) if lines else "It said nothing."
    return MachineError(
        what="Reading the tokens failed.",
        why=f"The process that reads them ended with status {status}. {words}",
        remedy="`tuningfork doctor` checks the machine; a run with this recipe would fail too.",
    )
