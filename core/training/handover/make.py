"""Makes the folder that another trainer starts from; nothing of the holdout goes into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from core.catalog.base_models import locate_model
from core.data.rows import Example
from core.errors import RecipeError
from core.text_safety import clip, visible
from core.training.handover import axolotl, llama_factory, trl, unsloth
from core.training.handover.reading import Facts, Lost, Reading, header
from core.training.handover.rows import lines, partly_trained, without
from core.training.handover.trainer import Trainer
from core.training.recipe import Recipe
from core.training.rows import Parts

TrainerName = Literal["trl", "axolotl", "llama-factory", "unsloth"]
_TRAINERS: dict[TrainerName, Trainer] = {
    "trl": trl.TRAINER,
    "axolotl": axolotl.TRAINER,
    "llama-factory": llama_factory.TRAINER,
    "unsloth": unsloth.TRAINER,
}
TRAINERS = get_args(TrainerName)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """All that another trainer needs."""

    files: dict[str, str]
    """Contents by name."""
    lost: tuple[Lost, ...]
    """What of the recipe the other trainer does not take over as it is."""
    run_with: str
    """The command that trains."""


def make_handover(recipe: Recipe, parts: Parts, name: TrainerName) -> HandOver:
    """Return the files that carry out a recipe elsewhere."""
    if recipe.trainer != "local" or recipe.data is None:
        raise RecipeError(
            what=f"{visible(clip(recipe.name, 60))} trains nothing that could be handed over.",
            why='Only a recipe with `trainer = "local"` and a split has rows and a model.',
            remedy="Name such a recipe, or a run that was made from one.",
        )
    trainer = _TRAINERS[name]
    gone = recipe.model_dump(mode="json")["data"]
    train = without(parts.train, gone.get("drop_rows", ()))
    validation = without(parts.validation, gone.get("drop_validation_rows", ()))
    rows = trainer.rows(train)
    facts = Facts(
        model=locate_model(recipe.model.base, recipe.model.revision).location,
        train_rows=len(rows),
        partly_trained=partly_trained([*train, *validation]),
    )
    reading = Reading(recipe, facts)
    for taken in ("data.split", "data.mix", "data.drop_rows", "data.drop_validation_rows"):
        reading.take(taken)
    settings = trainer.settings(reading)
    lost = (*_skipped(trainer, [*train, *validation]), *reading.lost())
    title = (
        f"{visible(clip(recipe.name, 60))}: a tuningfork recipe, handed over to {trainer.title}."
    )
    files = {
        trainer.file: header(title, trainer.run_with, lost, trainer.notes) + settings,
        "train.jsonl": lines(rows),
        "validation.jsonl": lines(trainer.rows(validation)),
        **trainer.beside(rows),
    }
    return HandOver(files=files, lost=lost, run_with=trainer.run_with)


def _skipped(trainer: Trainer, examples: Sequence[Example]) -> tuple[Lost, ...]:
    """Return the rows that the trainer would pass over in silence."""
    rows = [example.row for example in examples if trainer.skipped(example)]
    named = f"rows {', '.join(map(str, rows[:20]))}{' ...' if len(rows) > 20 else ''}"
    why = f"{len(rows)} rows whose turns do not alternate, which this trainer passes over"
    return (Lost("data.split", named, why),) if rows else ()
