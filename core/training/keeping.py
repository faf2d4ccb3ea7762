"""Keeps checkpoints for transformers' loop: whole or not at all, and read back as they were."""

import time
from pathlib import Path
from typing import Any

import msgspec
import torch
import transformers

from core.errors import StorageError
from core.events.schema import AlertRaised, CheckpointReason, CheckpointSaved
from core.jobs.context import JobContext
from core.training.batching import Update
from core.training.checkpoints import Checkpoint, prune, save_checkpoint
from core.training.progress import Progress
from core.training.random_state import put_back, random_state
from core.training.recipe import Recipe
from core.training.together import Together

_PROGRESS = "progress.json"
_RANK_STATE = "rng_state_of_rank_"
"""The random state of every rank but the leading one, whose own transformers keeps."""


class KeepsCheckpoints(transformers.Trainer):  # type: ignore[misc]
    """transformers' loop with its writing of checkpoints put into our folders."""

    job: JobContext
    recipe: Recipe
    together: Together
    progress: Progress
    updates: list[Update]
    stopping: bool
    """Whether somebody asked for an end."""
    step_started: float
    """When the work of the step in progress began, by the monotonic clock."""

    _staged = Path()
    _others: tuple[list[torch.Tensor], ...] = ()
    reason: CheckpointReason | None = None
    """Why the next checkpoint is made; None when its turn has come."""

    def progress_of(self, checkpoint: Checkpoint) -> Progress:
        """Return what the run knew when it made a checkpoint."""
        content = (checkpoint.path / _PROGRESS).read_bytes()
        return msgspec.json.decode(content, type=Progress)

    def _get_output_dir(self, trial: Any) -> str:
        """Return the staged folder: the stock writer never touches a finished checkpoint."""
        return str(self._staged)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Save adapter, optimiser, schedule, random state and progress, whole or not at all."""
        step, began = self.state.global_step, time.monotonic()
        self.job.phase("saving")
        self._others = tuple(self.together.gather(random_state(self.args.device))[1:])
        if not self.together.leads:
            return
        try:
            saved = save_checkpoint(self.job.folder.checkpoints, step, self.write_checkpoint)
        except StorageError as error:
            self._skip_checkpoint(step, error)
            return
        self.job.emit(
            CheckpointSaved(
                step=step,
                path=str(saved.path.relative_to(self.job.folder.path)),
                bytes=saved.size,
                why=self.reason or "periodic",
                seconds=time.monotonic() - began,
            )
        )
        self.reason = None
        prune(
            self.job.folder.checkpoints,
            keep=self.recipe.checkpoint.keep,
            best_step=self.progress.best_step,
        )
        self.job.phase("training", step, len(self.updates), "steps")
        self.step_started = time.monotonic()

    def _skip_checkpoint(self, step: int, error: StorageError) -> None:
        """Go on without a checkpoint where the disk takes none, unless it is the last one."""
        if step == len(self.updates) or self.stopping:
            raise error
        self.job.emit(
            AlertRaised(
                rule="checkpoint_skipped",
                level="critical",
                step=step,
                message=f"No checkpoint of step {step}: {error.why}",
                action="Free space; training goes on and saves again at the next checkpoint.",
            )
        )
        self.job.phase("training", step, len(self.updates), "steps")
        self.step_started = time.monotonic()

    def _load_rng_state(self, checkpoint: str | None) -> None:
        """Put back this process's random numbers."""
        if checkpoint is None or self.together.leads:
            super()._load_rng_state(checkpoint)
            return
        kept = Path(checkpoint) / f"{_RANK_STATE}{self.together.rank}.pt"
        if kept.exists():
            put_back(self.args.device, torch.load(kept, weights_only=True))

    def write_checkpoint(self, folder: Path) -> None:
        """Let transformers write into a folder inside, then lift the files out."""
        self._staged = folder
        super()._save_checkpoint(self.model, None)
        inner = next(path for path in folder.iterdir() if path.is_dir())
        for path in inner.iterdir():
            path.rename(folder / path.name)
        inner.rmdir()
        # A pickle of the arguments: never read back, and a pickle may run code.
        (folder / "training_args.bin").unlink(missing_ok=True)
        for rank, states in enumerate(self._others, start=1):
            torch.save(states, folder / f"{_RANK_STATE}{rank}.pt")
        (folder / _PROGRESS).write_bytes(msgspec.json.encode(self.progress))
