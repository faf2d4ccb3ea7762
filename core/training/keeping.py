"""Keeps checkpoints for transformers' loop: whole or not at all, and read back as they were."""

import time
from pathlib import Path
from typing import Any

import msgspec
import torch
import transformers

from core.errors import StorageError
from core.events.envelope import CheckpointReason
from core.events.schema import AlertRaised, CheckpointSaved
from core.jobs.context import JobContext
from core.training.batching import Update
from core.training.checkpoints import Checkpoint, prune, save_checkpoint
from core.training.progress import Progress
from core.training.random_state import put_back, random_state
from core.training.recipe import Recipe
from core.training.sharding import is_sharded, load_state, shard, whole_state, whole_weights
from core.training.together import Together

_PROGRESS = "progress.json"
_OPTIMIZER, _SCHEDULER = "optimizer.pt", "scheduler.pt"
"""As transformers names them."""
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
    _weights: dict[str, torch.Tensor]
    _moments: dict[str, Any]
    reason: CheckpointReason | None = None
    """Why the next checkpoint is made; None when its turn has come."""

    def spread(self, checkpoint: Checkpoint | None) -> None:
        """Share the weights among the processes where the recipe says so, a checkpoint's if any."""
        if not self.recipe.runtime.shard:
            return
        if self.together.size == 1:
            super()._move_model_to_device(self.model, self.args.device)
            return
        if checkpoint is not None:
            self._load_from_checkpoint(str(checkpoint.path))
        shard(self.model, self.args.device)
        # The word of transformers for a model that places weights and adds up gradients itself.
        self.is_distributed_loading_by_transformers = True

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
        self.put_together()
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

    def put_together(self) -> None:
        """Have shared weights and moments whole in the leading process, to be written next."""
        if is_sharded(self.model):
            keep = self.together.leads
            self._weights = whole_weights(self.model, keep=keep)
            self._moments = whole_state(self.optimizer, keep=keep)

    def _move_model_to_device(self, model: Any, device: torch.device) -> None:
        """Leave a model where it is that is to be shared: only shares need fit on the device."""
        if not self.recipe.runtime.shard:
            super()._move_model_to_device(model, device)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Load the weights, unless that was done before they were shared."""
        if not is_sharded(self.model):
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        weights = self._weights if is_sharded(self.model) else state_dict
        super()._save(output_dir, weights)

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        if not is_sharded(self.model):
            super()._save_optimizer_and_scheduler(output_dir)
            return
        torch.save(self._moments, Path(output_dir, _OPTIMIZER))
        torch.save(self.lr_scheduler.state_dict(), Path(output_dir, _SCHEDULER))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None or not is_sharded(self.model):
            super()._load_optimizer_and_scheduler(checkpoint)
            return
        load_state(self.optimizer, torch.load(Path(checkpoint, _OPTIMIZER), weights_only=True))
        kept = torch.load(Path(checkpoint, _SCHEDULER), weights_only=True)
        self.lr_scheduler.load_state_dict(kept)

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
