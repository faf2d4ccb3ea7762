"""What an export is told, and the places it works in."""

from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from core.errors import JobError
from core.events.reader import read_ends
from core.events.schema import RunFinished, RunStopped
from core.jobs.record import read_record
from core.spec_file import Spec
from core.text_safety import clip, visible
from core.training.recipe import Recipe, make_recipe
from core.workspace import Workspace

Target = Literal["adapter", "merged"]
Precision = Literal["base", "float32", "bfloat16", "float16"]

_ADAPTER = "adapter_config.json"


class ExportSpec(Spec):
    """What an export job is told."""

    run: str
    """Id of the training run whose result is exported."""
    target: Target
    """`adapter` for the PEFT folder, `merged` for a model that needs no peft."""
    destination: str
    """Absolute path of the folder to make; it must not exist yet."""
    precision: Precision = "base"
    """Numbers the merged weights are stored in; `base` is what the base model is stored in."""
    prompts: int = Field(default=8, ge=1, le=1000)
    """Validation rows on which the written model is compared with the running one."""


class Trained(NamedTuple):
    """What a training run left."""

    run: str
    recipe: Recipe
    folder: Path
    """Holds an adapter, or a whole model after a full fine-tune."""
    is_adapter: bool


def read_trained(workspace: Workspace, run: str) -> Trained:
    """Return the result of a training run, or say why there is none."""
    folder = workspace.run(run)
    record = read_record(folder)
    if record.kind == "train":
        ends = read_ends(folder.events)
        named = [e.best_path for e in ends if isinstance(e, RunFinished | RunStopped)]
        result = folder.path / (next((path for path in reversed(named) if path), "") or "adapter")
        is_adapter = (result / _ADAPTER).is_file()
        if is_adapter or any(result.glob("*.safetensors")):
            recipe = make_recipe(record.spec["recipe"], where=record.name)
            return Trained(run, recipe, result, is_adapter)
    raise JobError(
        what=f"The job {run} has no result to export.",
        why="Only a training run that was evaluated at least once leaves one.",
        remedy="Train first: `tuningfork train RECIPE`; `tuningfork runs` lists what there is.",
    )


def check_target(trained: Trained, target: Target) -> None:
    """Refuse what a full fine-tune cannot give."""
    if target == "adapter" and not trained.is_adapter:
        raise JobError(
            what=f"The run {trained.run} has no adapter.",
            why="It was a full fine-tune: its result is a whole model.",
            remedy="Export it with --to merged.",
        )


def check_free(destination: Path) -> None:
    """Refuse a destination that exists; nothing is ever overwritten."""
    shown = visible(clip(str(destination), 200))
    if destination.exists() or destination.is_symlink():
        raise JobError(
            what=f"{shown} exists already.",
            why="An export never overwrites: what lies there may be in use.",
            remedy="Name another folder, or move that one away first.",
        )
    if not destination.parent.is_dir():
        raise JobError(
            what=f"{visible(clip(str(destination.parent), 200))} is no folder.",
            why="The export is made inside it.",
            remedy=f"`mkdir -p` makes it; then export to {shown} again.",
        )
