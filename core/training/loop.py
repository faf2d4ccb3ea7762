"""The training loop: transformers' own, with our batches, our loss and our checkpoints."""

import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch
import transformers
from peft import LoraConfig, get_peft_model
from torch.nn import functional
from torch.utils.data import DataLoader, SequentialSampler
from transformers import TrainerCallback, TrainingArguments

from core.data.rows import Example
from core.errors import RecipeError
from core.events.schema import (
    CheckpointReason,
    CheckpointSaved,
    Evaluated,
    Planned,
    Resumed,
    SampleTaken,
    StepLogged,
)
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.storage import replace_file
from core.training.batching import Update, micro_batches, plan_digest, plan_updates
from core.training.checkpoints import (
    Checkpoint,
    list_checkpoints,
    newest_valid,
    prune,
    save_checkpoint,
)
from core.training.masks import TokenRow
from core.training.progress import Progress
from core.training.recipe import Recipe
from core.training.renderer import TokenizerRenderer
from core.training.rows import Prepared
from core.training.sinks import open_sinks

_PROGRESS = "progress.json"
_ADAPTER = ("adapter_model.safetensors", "adapter_config.json")
_SAMPLE_LIMIT = 8000


class Loop(transformers.Trainer):  # type: ignore[misc]
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
    ) -> None:
        self.job, self.recipe, self.renderer = job, recipe, renderer
        self.rows, self.validation, self.prompts = train.rows, validation.rows, prompts
        lengths = [len(row.ids) for row in train.rows]
        self.updates = plan_updates(
            lengths,
            update_rows=recipe.batch.update_rows,
            tokens=recipe.batch.tokens,
            epochs=recipe.epochs,
            seed=recipe.seed,
        )
        self.per_epoch = len(self.updates) // recipe.epochs
        self.pad = renderer.tokenizer.pad_token_id or 0
        self.progress = Progress(plan=plan_digest((row.ids for row in train.rows), self.updates))
        self.stopping = False
        self.reason: CheckpointReason | None = None
        self.staged = Path()
        self.step_started = time.monotonic()
        super().__init__(
            model=get_peft_model(base, _lora(recipe)),
            args=_arguments(recipe, job, device, steps=len(self.updates)),
            train_dataset=self.updates,
            callbacks=[_Steps(self), *open_sinks(recipe.report.to, job, os.environ)],
        )
        self.remove_callback(transformers.PrinterCallback)

    def run(self) -> Outcome:
        """Train to the end, a stop or the end of patience."""
        total = len(self.updates)
        self.job.emit(Planned(total_steps=total, epochs=float(self.recipe.epochs)))
        checkpoint = newest_valid(self.job.folder.checkpoints)
        if checkpoint:
            self.progress = self._progress_of(checkpoint)
            relative = str(checkpoint.path.relative_to(self.job.folder.path))
            self.job.emit(Resumed(from_step=checkpoint.step, checkpoint=relative))
        start = checkpoint.step if checkpoint else 0
        over = start >= total or self._patience_used()
        if not over:
            self.job.phase("training", start, total, "steps")
            self.train(resume_from_checkpoint=str(checkpoint.path) if checkpoint else None)
        self.job.phase("finishing")
        best = self._keep_best()
        if self.stopping:
            reason = "paused" if self.job.pausing else "asked to stop"
            return Stopped(reason=reason, best_step=self.progress.best_step, best_path=best)
        early = self._patience_used() and self.state.global_step < total
        reason = "validation loss no longer fell" if early else "all steps done"
        return Finished(reason=reason, best_step=self.progress.best_step, best_path=best)

    def _progress_of(self, checkpoint: Checkpoint) -> Progress:
        """Return what a checkpoint knew, or refuse to go on with other rows than it had."""
        content = (checkpoint.path / _PROGRESS).read_bytes()
        progress = msgspec.json.decode(content, type=Progress)
        if progress.plan != self.progress.plan:
            raise RecipeError(
                what="The train rows, or what the tokenizer makes of them, have changed.",
                why="A run that goes on with other rows is neither the old run nor a new one.",
                remedy="Put back the split as it was, or start a new run.",
            )
        return progress

    def _patience_used(self) -> bool:
        return self.progress.worse >= self.recipe.evaluate.patience

    def _keep_best(self) -> str:
        """Put the best adapter into the run's adapter folder; return its path, or ""."""
        kept = {one.step: one for one in list_checkpoints(self.job.folder.checkpoints)}
        best = kept.get(self.progress.best_step or 0)
        if best is None:
            return ""
        self.job.folder.adapter.mkdir(exist_ok=True)
        for name in _ADAPTER:
            replace_file(self.job.folder.adapter / name, (best.path / name).read_bytes())
        return self.job.folder.adapter.name

    # What transformers calls.

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Return the planned updates in their order."""
        return DataLoader(
            self.updates,  # type: ignore[arg-type]
            batch_size=1,
            sampler=SequentialSampler(self.updates),
            collate_fn=lambda items: [self._tensors(self.rows, group) for group in items[0]],
        )

    def training_step(
        self, model: Any, inputs: list[dict[str, torch.Tensor]], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Return the mean loss of a supervised token of one update, its gradient added up."""
        model.train()
        supervised = sum(int(group["keep"].sum()) for group in inputs)
        loss = torch.zeros((), device=self.args.device)
        for group in inputs:
            with self.compute_loss_context_manager():
                part = self._nll(model, group) / supervised
            self.accelerator.backward(part)
            loss += part.detach()
        if not math.isfinite(loss.item()):
            step = self.state.global_step + 1
            self.job.emit(StepLogged(step=step, loss=None, epoch=step / self.per_epoch))
            raise RecipeError(
                what=f"The loss of step {step} is not a number.",
                why="The weights moved too far, or a row holds what the model cannot compute.",
                remedy=f"Try a smaller rate: --set optim.lr={self.recipe.optim.lr / 3:.1e}.",
            )
        return loss

    def floating_point_ops(self, inputs: Any) -> int:
        """Return 0: nothing shows this figure, and the stock one cannot read our batches."""
        return 0

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
                tokens=sum(len(self.rows[place].ids) for group in update for place in group),
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
        loss = _finite(self._validation_loss())
        self.progress = self.progress.after(step, loss)
        best = self.progress.best_step == step
        self.job.emit(
            Evaluated(
                step=step,
                loss=loss,
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
        return {"eval_loss": math.nan if loss is None else loss}

    def _get_output_dir(self, trial: Any) -> str:
        """Return the staged folder: the stock writer never touches a finished checkpoint."""
        return str(self.staged)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Save adapter, optimiser, schedule, random state and progress, whole or not at all."""
        step, began = self.state.global_step, time.monotonic()
        self.job.phase("saving")
        saved = save_checkpoint(self.job.folder.checkpoints, step, self._write_checkpoint)
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

    # What those need.

    def _write_checkpoint(self, folder: Path) -> None:
        """Let transformers write into a folder inside, then lift the files out."""
        self.staged = folder
        super()._save_checkpoint(self.model, None)
        inner = next(path for path in folder.iterdir() if path.is_dir())
        for path in inner.iterdir():
            path.rename(folder / path.name)
        inner.rmdir()
        # A pickle of the arguments: never read back, and a pickle may run code.
        (folder / "training_args.bin").unlink(missing_ok=True)
        (folder / _PROGRESS).write_bytes(msgspec.json.encode(self.progress))

    def _tensors(self, rows: Sequence[TokenRow], group: Sequence[int]) -> dict[str, torch.Tensor]:
        """Return the padded tensors of some rows; padding is masked by position, not by id."""
        longest = max(len(rows[place].ids) for place in group)
        ids = torch.full((len(group), longest), self.pad)
        seen = torch.zeros((len(group), longest), dtype=torch.long)
        keep = torch.zeros((len(group), longest), dtype=torch.bool)
        targets: list[int] = []
        for line, place in enumerate(group):
            row = rows[place]
            ids[line, : len(row.ids)] = torch.tensor(row.ids)
            seen[line, : len(row.ids)] = 1
            # Position t predicts token t + 1.
            keep[line, : len(row.ids) - 1] = torch.tensor(row.trained[1:], dtype=torch.bool)
            targets += [row.ids[at] for at in range(1, len(row.ids)) if row.trained[at]]
        return {"ids": ids, "seen": seen, "keep": keep, "targets": torch.tensor(targets)}

    def _nll(self, model: Any, group: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the summed loss; logits are computed for supervised positions only."""
        group = {name: tensor.to(self.args.device) for name, tensor in group.items()}
        logits = model(
            input_ids=group["ids"],
            attention_mask=group["seen"],
            logits_to_keep=group["keep"],
            use_cache=False,
        ).logits
        if logits.dim() == 3:  # a model that does not know the argument computes them all
            logits = logits[group["keep"]]
        return functional.cross_entropy(logits.float(), group["targets"], reduction="sum")

    @torch.no_grad()
    def _validation_loss(self) -> float:
        """Return sum of losses over number of supervised tokens, whatever the grouping."""
        self.model.eval()
        lengths = [len(row.ids) for row in self.validation]
        groups: Update = micro_batches(range(len(lengths)), lengths, self.recipe.batch.tokens)
        total = 0.0
        for done, group in enumerate(groups, start=1):
            with self.compute_loss_context_manager():
                total += self._nll(self.model, self._tensors(self.validation, group)).item()
            self.job.phase("evaluating", done, len(groups), "batches")
        return total / sum(row.supervised for row in self.validation)

    @torch.no_grad()
    def _take_samples(self, step: int) -> None:
        """Answer the fixed validation prompts, so that a person sees what the loss means."""
        self.model.eval()
        for example in self.prompts[: self.recipe.evaluate.samples]:
            self.job.phase("sampling")
            raw = [message.raw for message in example.prompt]
            text = self.renderer.render(raw, example.tools, opening=True)
            ids = torch.tensor([self.renderer.encode(text)[0]], device=self.args.device)
            with self.compute_loss_context_manager():
                answer = self.model.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=self.recipe.evaluate.sample_tokens,
                    do_sample=False,
                    pad_token_id=self.pad,
                    eos_token_id=sorted(self.renderer.stop_ids),
                )[0, ids.shape[1] :]
            said = self.renderer.tokenizer.decode(answer, skip_special_tokens=True)
            key = f"validation row {example.row}"
            self.job.emit(
                SampleTaken(step=step, key=key, text=said[:_SAMPLE_LIMIT], tokens=len(answer))
            )


class _Steps(TrainerCallback):  # type: ignore[misc]
    """Decides after every step whether to evaluate, save or stop."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Set what happens between this step and the next."""
        loop, recipe = self.loop, self.loop.recipe
        step, total = state.global_step, len(loop.updates)
        every = recipe.evaluate.every or loop.per_epoch
        control.should_evaluate = step % every == 0 or step == total
        save_every = recipe.checkpoint.every or every
        control.should_save = step % save_every == 0 or step == total
        if step == total:
            loop.reason = "final"
        if loop.job.take_checkpoint_request():
            control.should_save, loop.reason = True, "requested"
        if loop.job.stop_requested():
            loop.stopping, loop.reason = True, "requested"
            control.should_training_stop = control.should_save = True
            control.should_evaluate = False
        return control


def _lora(recipe: Recipe) -> LoraConfig:
    """Return peft's settings for the adapter."""
    targets = recipe.lora.targets
    return LoraConfig(
        r=recipe.lora.rank,
        lora_alpha=recipe.lora.scale * recipe.lora.rank,
        lora_dropout=recipe.lora.dropout,
        target_modules=targets if isinstance(targets, str) else list(targets),
        task_type="CAUSAL_LM",
    )


def _arguments(
    recipe: Recipe, job: JobContext, device: torch.device, *, steps: int
) -> TrainingArguments:
    """Return the settings of the stock loop; what we do ourselves is switched off there."""
    half = recipe.model.dtype == "bfloat16" or (
        recipe.model.dtype == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported()
    )
    return TrainingArguments(
        output_dir=str(job.folder.checkpoints),
        use_cpu=device.type == "cpu",
        bf16=half,
        seed=recipe.seed,
        max_steps=steps,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=1,
        learning_rate=recipe.optim.lr,
        lr_scheduler_type=recipe.optim.schedule
        if recipe.optim.warmup_share == 0 or recipe.optim.schedule != "constant"
        else "constant_with_warmup",
        warmup_steps=round(recipe.optim.warmup_share * steps),
        max_grad_norm=recipe.optim.clip,
        weight_decay=recipe.optim.weight_decay,
        optim="adamw_torch",
        # Replaces NaN by an average of the losses before, which hides the one thing to see.
        logging_nan_inf_filter=False,
        logging_steps=1,
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
    )


def _finite(value: float) -> float | None:
    """Return the value, or None when it is not a number or infinite."""
    return value if math.isfinite(value) else None
