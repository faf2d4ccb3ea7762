"""What a recipe says, field by field, with a memory of which fields another trainer took over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.text_safety import clip, visible
from core.training.recipe import Recipe, flat

_OURS = ("rehearsal.",)
"""Fields of runs that no other trainer could carry out."""
_GENERIC = "not taken over; this trainer has no setting that is known to mean the same"
_WHY = {
    "evaluate.samples": "it shows no samples while it trains",
    "evaluate.sample_tokens": "it shows no samples while it trains",
    "model.template": "the tokenizer's own is used; save this one with the tokenizer first",
}
"""Said of fields that no trainer here takes over."""


class Lost(NamedTuple):
    """A field that the other trainer does not take over as it is."""

    field: str
    value: object
    why: str

    @property
    def line(self) -> str:
        """Return it as a line of a comment, whatever the value holds."""
        return f"{self.field} = {visible(clip(str(self.value), 120))}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a hand-over needs to know beside the recipe."""

    model: str
    """Folder or Hub id of the base model."""
    train_rows: int
    """Rows in the train file, as the trainer counts them."""
    partly_trained: bool
    """Whether a conversation holds an answer that is not trained."""


class Reading:
    """The values of a recipe by their dotted names; each is taken over, or it is listed."""

    def __init__(self, recipe: Recipe, facts: Facts) -> None:
        self.facts = facts
        self._values = dict(flat(recipe.model_dump(mode="json")))
        self._left = dict(self._values)
        self._lost: list[Lost] = []

    def take(self, name: str, default: Any = None) -> Any:
        """Return a value that the trainer takes over; the default where recipes have no such."""
        self._left.pop(name, None)
        return self._values.get(name, default)

    def lose(self, name: str, why: str) -> Any:
        """Return a value that the trainer does not take over as it is, and note why."""
        value = self.take(name)
        if not _nothing(value):
            self._lost.append(Lost(name, value, why))
        return value

    def lost(self) -> tuple[Lost, ...]:
        """Return what was not taken over, fields that nobody asked for included."""
        rest = [
            Lost(name, value, _WHY.get(name, _GENERIC))
            for name, value in self._left.items()
            if not name.startswith(_OURS) and not _nothing(value)
        ]
        return (*self._lost, *rest)

    # What several trainers need in the same form.

    @property
    def steps_per_epoch(self) -> int:
        """Return the optimiser steps of one pass over the rows."""
        return -(-self.facts.train_rows // int(self.take("batch.update_rows")))

    @property
    def evaluate_every(self) -> int:
        """Return the steps between two looks at the validation rows."""
        return int(self.take("evaluate.every") or self.steps_per_epoch)

    def save_every(self) -> int:
        """Return the steps between checkpoints; each must be a look, or the best is not kept."""
        every = self.take("checkpoint.every")
        if every is None or every % self.evaluate_every == 0:
            return int(every or self.evaluate_every)
        self.lose("checkpoint.every", f"saves every {self.evaluate_every} steps, at each look")
        return self.evaluate_every

    @property
    def warmup_steps(self) -> int:
        """Return the steps of the rise; a share is written in another way by every version."""
        total = self.steps_per_epoch * int(self.take("epochs"))
        return round(float(self.take("optim.warmup_share")) * total)

    def rows_at_once(self) -> int:
        """Return the rows computed at once: a divisor of the update that fits the tokens."""
        update, tokens = self.take("batch.update_rows"), self._values["batch.tokens"]
        fits = max(1, tokens // (self.take("data.max_tokens") or 512))
        rows = max(n for n in range(1, update + 1) if update % n == 0 and n <= max(1, fits))
        self.lose("batch.tokens", f"computes {rows} rows at once instead; speed, not results")
        return rows

    def alpha(self) -> float:
        """Return LoRA's alpha, which gives the recipe's factor on the update."""
        rank, scale = self.take("lora.rank"), self.take("lora.scale")
        return float(scale * (rank**0.5 if self.take("lora.rs", False) else rank))

    def on_processor(self) -> bool:
        """Return whether the recipe names the processor; `auto` takes a GPU where there is one."""
        return bool(self.take("device") == "cpu")

    def device_number(self) -> int | None:
        """Return which GPU to use; None where the recipe names none."""
        device = self.take("device")
        return int(device.partition(":")[2] or 0) if device.startswith("cuda") else None


def _nothing(value: object) -> bool:
    """Whether a value asks for nothing, so that nothing is lost with it."""
    return value is None or value is False or value in ("", [], "auto")


def header(title: str, run_with: str, lost: Sequence[Lost], notes: Sequence[str]) -> str:
    """Return the comment at the top of a file: how to run it, and what it leaves out."""
    lines = [title, f"Run it in this folder: {run_with}", *notes]
    lines += [f"has no equivalent: {one.line}" for one in lost]
    return "".join(f"# {line}\n" for line in lines)
