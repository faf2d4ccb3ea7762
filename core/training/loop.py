"""The training loop: transformers' own, with our batches, our loss and our checkpoints."""

import contextlib
import math
import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import torch
import transformers
from torch.utils.data import DataLoader, SequentialSampler

from core.data.rows import Example
from core.errors import RecipeError
from core.events.schema import (
    Evaluated,
    Planned,
    Resumed,
    StepLogged,
)
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.training import loss, preflight
from core.training.adapters import join_adapters
from core.training.after_step import AfterStep
from core.training.arguments import training_arguments
from core.training.attention import shorten_attention
from core.training.batching import (
    Update,
    padded_tokens,
    plan_digest,
    plan_updates,
)
from core.training.checkpoints import (
    Checkpoint,
    list_checkpoints,
    newest_valid,
)
from core.training.collate import live_length
from core.training.methods import make_trainable
from core.training.norms import join_norms
from core.training.peak_memory import PeakMemory
from core.training.progress import Progress
from core.training.random_state import undisturbed
from core.training.ranks import RankContext
from core.training.recipe import Recipe
from core.training.renderer import TokenizerRenderer
from core.training.result import keep_result
from core.training.rows import Prepared
from core.training.sharding import is_sharded
from core.training.short_memory import least
from core.training.short_rows import LONGEST
from core.training.sinks import open_sinks
from core.training.tail import Tail
from core.training.together import Together
from core.training.updating import MakesUpdates
from core.training.validation import Mean, Samples, mean_loss


class Loop(MakesUpdates):
    """The training loop of transformers, with our batches, loss, evaluation and checkpoints.

    One item of its data loader is one optimiser update: a list of micro-batches whose losses are
    summed and divided once by the tokens that carry loss.
    """

    def __init__(
        self,
        job: JobContext,
        recipe: Recipe,
        renderer: TokenizerRenderer,
        base: Any,
        device: torch.device,
        train: Prepared,
        validation: Prepared,
        prompts: Sequence[Example],
        resident: int = 0,
    ) -> None:
        self.budget = job.budget if isinstance(job, RankContext) else None
        self.progress = Progress(plan="")
        self.resident = resident
        self.tried_peak = 0
        self.job, self.recipe, self.renderer = job, recipe, renderer
        self.rows, self.validation = train.rows, validation.rows
        self.lengths = [live_length(row) for row in train.rows]
        self.carrying = [row.supervised for row in train.rows]
        self.loss_path: loss.LossPath = "selected"
        self.pad = renderer.tokenizer.pad_token_id or 0
        self.stopping = False
        self.step_started = time.monotonic()
        self.samples = Samples(job, recipe, renderer, prompts, train.rows)
        model = make_trainable(base, recipe)
        join_adapters(model)
        join_norms(model)
        self.rows_stay_apart = shorten_attention(model) and max(self.lengths, default=0) <= LONGEST
        self.tail = Tail(model)
        self.plan(packed=recipe.batch.packing == "on")
        super().__init__(
            model=model,
            args=training_arguments(recipe, job, device, steps=len(self.updates)),
            train_dataset=self.updates,
            callbacks=[AfterStep(self), *open_sinks(recipe.report.to, job, os.environ)],
        )
        self.remove_callback(transformers.PrinterCallback)
        self.together = Together(device)

    def remember(self, **changes: Any) -> None:
        """Note a decision that a resume must keep to."""
        self.progress = msgspec.structs.replace(self.progress, **changes)

    def checkpoint_activations(self) -> None:
        """Compute activations twice instead of keeping them."""
        self.model.activation_checkpointing_enable(
            activation_checkpointing_kwargs={"use_reentrant": False}
        )
        self.remember(checkpointing=True)

    @contextlib.contextmanager
    def trial_optimizer(self) -> Iterator[None]:
        """Have an optimiser and a schedule for as long as something is tried."""
        self.create_optimizer_and_scheduler(len(self.updates))
        try:
            yield
        finally:
            self.optimizer = self.lr_scheduler = None

    @property
    def eval_every(self) -> int:
        """Return the steps between looks at the validation rows."""
        return self.recipe.evaluate.every or self.per_epoch

    def plan(self, *, packed: bool) -> None:
        """Decide every update of the run; how rows are laid out changes none of them."""
        self.packed = packed
        batch = self.recipe.batch
        self.updates: list[Update] = plan_updates(
            self.lengths,
            update_rows=batch.update_rows,
            tokens=batch.tokens,
            epochs=self.recipe.epochs,
            seed=self.recipe.seed,
            packed=packed,
        )
        self.per_epoch = len(self.updates) // self.recipe.epochs
        digest = plan_digest((row.ids for row in self.rows), self.updates)
        self.progress = Progress(plan=digest, packed=packed, budget=self.budget)

    @property
    def padding_share(self) -> float:
        """Return the padded places among all that one epoch computes."""
        if self.packed:
            return 0.0
        return 1 - sum(self.lengths) / padded_tokens(self.updates[: self.per_epoch], self.lengths)

    def run(self) -> Outcome:
        """Train to the end, a stop or the end of patience."""
        folder = self.job.folder.checkpoints
        checkpoint = self.together.same(newest_valid(folder) if self.together.leads else None)
        self.spread(checkpoint)
        if checkpoint:
            self._go_on_from(checkpoint)
        else:
            self._prepare()
        total = len(self.updates)
        self.job.emit(Planned(total_steps=total, epochs=float(self.recipe.epochs)))
        start = checkpoint.step if checkpoint else 0
        peak = PeakMemory(self.args.device)
        peak.reset()
        over = start >= total or self._patience_used()
        if not over:
            self.job.phase("training", start, total, "steps")
            self.train(resume_from_checkpoint=str(checkpoint.path) if checkpoint else None)
        self.job.phase("finishing")
        best = self.together.same(self._keep_best() if self.together.leads else "")
        if self.stopping:
            reason = "paused" if self.job.pausing else "asked to stop"
            return Stopped(reason=reason, best_step=self.progress.best_step, best_path=best)
        early = self._patience_used() and self.state.global_step < total
        reason = "validation loss no longer fell" if early else "all steps done"
        error = peak.read() / self.tried_peak - 1 if self.tried_peak else None
        return Finished(
            reason=reason,
            best_step=self.progress.best_step,
            best_path=best,
            preflight_error=error,
        )

    def _prepare(self) -> None:
        """Decide what is left open, try the heaviest work, and hear the base model."""
        self.job.phase("preflight")
        if self._takes_part:
            decisions = preflight.decide(self)
            if self.recipe.runtime.checkpointing == "on":
                self.checkpoint_activations()
            if self.recipe.runtime.preflight:
                tried = preflight.measure(self, self.resident, decisions)
                self.tried_peak = tried.peak_bytes
                self.job.emit(tried)
            self.remember(loss_path=self.loss_path, whole_tail=not self.tail.active)
        decided = self.together.same(self.progress)
        if not self.together.leads:
            self._take_up(decided)
        self._take_samples(0)

    def _go_on_from(self, checkpoint: Checkpoint) -> None:
        """Take up what a checkpoint knew, so that the next step is the one it would have been."""
        progress = self.progress_of(checkpoint)
        if progress.packed != self.packed:
            self.plan(packed=progress.packed)
        if progress.plan != self.progress.plan:
            raise RecipeError(
                what="The train rows, or what the tokenizer makes of them, have changed.",
                why="A run that goes on with other rows is neither the old run nor a new one.",
                remedy="Put back the split as it was, or start a new run.",
            )
        self._take_up(progress)
        relative = str(checkpoint.path.relative_to(self.job.folder.path))
        self.job.emit(Resumed(from_step=checkpoint.step, checkpoint=relative))

    def _take_up(self, progress: Progress) -> None:
        """Keep to what was decided, here earlier or by the leading process."""
        if progress.packed != self.packed:
            self.plan(packed=progress.packed)
        self.progress = progress
        self.remember(budget=least(progress.budget, self.budget))
        self.loss_path = progress.loss_path
        if progress.whole_tail:
            self.tail.undo()
        if progress.checkpointing:
            self.checkpoint_activations()

    @property
    def _takes_part(self) -> bool:
        """Whether this process computes what is done once: all do where none has all weights."""
        return self.together.leads or is_sharded(self.model)

    def _take_samples(self, step: int) -> None:
        if self._takes_part:
            with undisturbed(self.args.device):
                self.samples.take(self.model, step, self.compute_loss_context_manager)

    def _patience_used(self) -> bool:
        return bool(self.progress.worse >= self.recipe.evaluate.patience)

    def _keep_best(self) -> str:
        """Put the best weights into the run's result folder; return its path, or ""."""
        kept = {one.step: one for one in list_checkpoints(self.job.folder.checkpoints)}
        best = kept.get(self.progress.best_step or 0)
        if best is None:
            return ""
        return keep_result(best, self.job.folder, self.recipe.method.kind, self.renderer.tokenizer)

    # What transformers calls.

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Return the planned updates in their order."""
        return DataLoader(
            self.updates,  # type: ignore[arg-type]
            batch_size=1,
            sampler=SequentialSampler(self.updates),
            collate_fn=lambda items: items[0],
        )

    def floating_point_ops(self, inputs: Any) -> int:
        """Return 0: nothing shows this figure, and the stock one cannot read our batches."""
        return 0

    def store_flos(self) -> None:
        """Do nothing: there is nothing to add up, and adding would wait for every process."""

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Write the step that just ended to the event log."""
        self.control.should_log = False
        step = self.state.global_step
        if "learning_rate" not in logs:
            return
        update = self.updates[step - 1]
        now = time.monotonic()
        self.job.emit(
            StepLogged(
                step=step,
                loss=logs["loss"],
                lr=logs["learning_rate"],
                epoch=step / self.per_epoch,
                grad_norm=_finite(logs.get("grad_norm", math.nan)),
                tokens=sum(self.lengths[place] for group in update for place in group),
                supervised=self.supervised(update),
                seconds=now - self.step_started,
            )
        )
        self.job.phase("training", step, len(self.updates), "steps")
        self.step_started = time.monotonic()

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Return the loss of a supervised validation token; end training when patience is used."""
        self.control.should_evaluate = False
        step, began = self.state.global_step, time.monotonic()
        self.job.phase("evaluating", 0, len(self.validation), "rows")
        found = self._validation_loss()
        mean = _finite(found.mean)
        self.progress = self.progress.after(step, mean, min_delta=self.recipe.evaluate.min_delta)
        best = self.progress.best_step == step
        self.job.emit(
            Evaluated(
                step=step,
                loss=mean,
                stderr=_finite(found.stderr),
                patience_left=max(0, self.recipe.evaluate.patience - self.progress.worse),
                best=best,
                best_step=self.progress.best_step or step,
                best_loss=self.progress.best_loss,
                seconds=time.monotonic() - began,
            )
        )
        if best:
            self.control.should_save = True
            self.reason = "best"
        if self._patience_used():
            self.control.should_training_stop = True
        self._take_samples(step)
        self.job.phase("training", step, len(self.updates), "steps")
        self.step_started = time.monotonic()
        return {"eval_loss": math.nan if mean is None else mean}

    def _validation_loss(self) -> Mean:
        """Return the loss of a supervised validation token, saying how far the look is."""
        return mean_loss(
            self.model,
            self.validation,
            tokens=self.progress.budget or self.recipe.batch.tokens,
            pad=self.pad,
            around=self.compute_loss_context_manager,
            together=self.together,
            on_batch=lambda done, of: self.job.phase("evaluating", done, of, "batches"),
        )


def _finite(value: float) -> float | None:
    """Return the value, or None when it is not a number or infinite."""
    return value if math.isfinite(value) else None
