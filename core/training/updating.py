"""One update of the weights: every micro-batch of it, its loss and what it adds to the gradient."""

import contextlib
import math
from collections.abc import Sequence
from typing import Any

import torch

from core.errors import MachineError, RecipeError
from core.events.schema import MessageLogged, OutOfMemory, StepLogged
from core.training import loss
from core.training.batching import Update, fit, micro_batches, pack
from core.training.collate import Batch, packed, padded
from core.training.keeping import KeepsCheckpoints
from core.training.masks import TokenRow
from core.training.peak_memory import ran_out_of_memory
from core.training.random_state import put_back, random_state
from core.training.sharding import is_sharded
from core.training.short_memory import ShortMemory
from core.training.tail import Tail


class MakesUpdates(KeepsCheckpoints):
    """transformers' loop whose one step is a list of micro-batches, summed and divided once."""

    rows: Sequence[TokenRow]
    """The train rows as tokens; an update names them by their places."""
    lengths: list[int]
    """Tokens of each."""
    carrying: list[int]
    """Tokens among them that carry loss."""
    pad: int
    """The token that fills rows up."""
    packed: bool
    """Whether rows are laid end to end."""
    per_epoch: int
    """Updates in one pass over the train rows."""
    loss_path: loss.LossPath
    tail: Tail

    def training_step(
        self, model: Any, inputs: Update, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Return the mean loss of a supervised token of one update, its gradient added up."""
        model.train()
        before = random_state(self.args.device)
        mine = self.together.share(
            inputs, self.lengths, self.recipe.batch.tokens, pack if self.packed else micro_batches
        )
        while True:
            try:
                total = self._whole_update(mine, self.supervised(inputs))
                break
            except (RuntimeError, MemoryError) as error:
                if not ran_out_of_memory(error):
                    raise
                self.need_less(mine, error)
            # Gradients of the half that did fit are void: the update is done anew as a whole.
            model.zero_grad()
            put_back(self.args.device, before)
        total = self.together.add_up(self.model, total)
        if not math.isfinite(total.item()):
            self._refuse_not_finite()
        return total

    def _whole_update(self, update: Update, supervised: int) -> torch.Tensor:
        total = torch.zeros((), device=self.args.device)
        groups = self._groups(update)
        most = max(self.together.gather(len(groups))) if is_sharded(self.model) else len(groups)
        for group in groups:
            total += self.forward_backward(self.model, self.batch(group), supervised)
        shortest = min(range(len(self.lengths)), key=self.lengths.__getitem__)
        for _ in range(most - len(groups)):
            # Keeps step with the other processes; divided by infinity it adds nothing.
            total += self.forward_backward(self.model, self.batch([shortest]), math.inf)
        return total

    def _groups(self, update: Update) -> list[tuple[int, ...]]:
        """Return the micro-batches that an update is computed in."""
        return [
            one for planned in update for one in fit(planned, self.lengths, self.progress.budget)
        ]

    def forward_backward(
        self, model: Any, batch: Batch, supervised: float, path: loss.LossPath | None = None
    ) -> torch.Tensor:
        """Add the gradient of a micro-batch; return its share of the mean loss."""
        path = path or self.loss_path
        with contextlib.nullcontext(batch) if path == "model" else self.tail.only(batch) as lean:
            with self.compute_loss_context_manager():
                part = loss.nll(model, lean, path) / supervised
            self.accelerator.backward(part)
        return part.detach()

    def compare(
        self, batches: Sequence[Batch], paths: Sequence[loss.LossPath]
    ) -> dict[loss.LossPath, loss.Parity]:
        """Return how far ways to compute the loss are from the model's own."""
        oracle = loss.measured(self.model, batches, "model", self._backward)
        return {
            path: loss.parity(
                loss.measured(self.model, batches, path, self._backward), oracle, self._total
            )
            for path in paths
        }

    def compare_layouts(self, one: Sequence[Batch], other: Sequence[Batch]) -> loss.Parity:
        """Return how far two layouts of the same rows are apart."""
        first, second = (
            loss.measured(self.model, batches, self.loss_path, self._backward)
            for batches in (one, other)
        )
        return loss.parity(second, first, self._total)

    def _total(self, part: float) -> float:
        """Return the sum over processes of what each found on its share of the weights."""
        return sum(self.together.gather(part)) if is_sharded(self.model) else part

    def _backward(self, batch: Batch, path: loss.LossPath, count: int) -> torch.Tensor:
        return self.forward_backward(self.model, batch, count, path)

    def batch(self, group: Sequence[int]) -> Batch:
        """Return the tensors of some train rows, on the device."""
        made = packed(self.rows, group) if self.packed else padded(self.rows, group, self.pad)
        return made.to(self.args.device)

    def supervised(self, update: Update) -> int:
        """Return how many tokens of an update carry loss."""
        return sum(self.carrying[place] for group in update for place in group)

    def need_less(self, update: Update, error: Exception) -> None:
        """Take less memory from here on, and say how; raise where nothing is left to give up."""
        halved = self._halved(update)
        if is_sharded(self.model):
            raise self._no_step_alone(halved) from error
        if halved is not None:
            self.remember(budget=halved.new_budget)
            self.job.emit(halved)
        elif self._may_recompute():
            self.checkpoint_activations()
            text = f"Step {self._next_step} ran out of memory with one row at once: activations "
            text += "are computed twice from here on."
            self.job.emit(MessageLogged(level="warning", text=text))
        else:
            raise self._row_too_large() from error
        if self.args.device.type == "cuda":
            torch.cuda.empty_cache()

    def _may_recompute(self) -> bool:
        able = bool(getattr(self.model, "supports_gradient_checkpointing", False))
        auto = self.recipe.runtime.checkpointing == "auto"
        return able and auto and not self.progress.checkpointing

    def _halved(self, update: Update) -> OutOfMemory | None:
        """Return what half of the largest micro-batch would be; None when it is one row."""
        largest = max(self._groups(update), key=lambda group: self.lengths[group[0]] * len(group))
        if len(largest) == 1:
            return None
        budget = max(map(self.lengths.__getitem__, largest)) * ((len(largest) + 1) // 2)
        return OutOfMemory(step=self._next_step, rows=len(largest), new_budget=budget)

    @property
    def _next_step(self) -> int:
        """Return the number of the step under way."""
        return int(self.state.global_step) + 1

    def _no_step_alone(self, halved: OutOfMemory | None) -> ShortMemory:
        rows = f"--set batch.tokens={self.recipe.batch.tokens // 2}"
        return ShortMemory(
            what=f"A process ran out of memory in step {self._next_step}.",
            why="Where weights are shared, no process can do its part of a step anew by itself.",
            remedy=f'Start it with {rows}, or with runtime.checkpointing = "on".',
            said=halved,
        )

    def _row_too_large(self) -> MachineError:
        longest = max(self.lengths)
        return MachineError(
            what=f"Step {self._next_step} ran out of memory with one row at once.",
            why=f"The longest row has {longest:,} tokens, and nothing is left to give up.",
            remedy=f"Set data.max_tokens = {longest // 2}, or choose a smaller base model.",
        )

    def _refuse_not_finite(self) -> None:
        step = self._next_step
        self.job.emit(StepLogged(step=step, loss=None, epoch=step / self.per_epoch))
        raise RecipeError(
            what=f"The loss of step {step} is not a number.",
            why="The weights moved too far, or a row holds what the model cannot compute.",
            remedy=f"Try a smaller rate: --set optim.lr={self.recipe.optim.lr / 3:.1e}.",
        )
