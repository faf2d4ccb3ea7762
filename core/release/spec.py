"""What an export is told, and the places it works in."""

import json
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

Target = Literal["adapter", "merged", "hub", "ollama", "vllm", "gguf"]
Precision = Literal["base", "float32", "bfloat16", "float16"]

_ADAPTER = "adapter_config.json"


class ExportSpec(Spec):
    """What an export job is told."""

    run: str
    """Id of the training run whose result is exported."""
    target: Target
    """`adapter` for the PEFT folder, `merged` for a model that needs no peft; the others are one of
    these with what a server or the Hub needs beside it."""
    destination: str
    """Absolute path of the folder to make; it must not exist yet."""
    precision: Precision = "base"
    """Numbers the merged weights are stored in; `base` is what the base model is stored in."""
    prompts: int = Field(default=8, ge=1, le=1000)
    """Validation rows on which the written model is compared with the running one."""
    converter: str = ""
    """Absolute path of llama.cpp's converter; only `gguf` needs it."""
    upload: str = Field(default="", pattern=r"^([\w.-]{1,96}/[\w.-]{1,96})?$")
    """Repository on the Hub that the folder is sent to, as OWNER/NAME; "" sends nothing."""
    public: bool = False
    """Whether a repository that is made for the upload can be read by everybody."""


class Trained(NamedTuple):
    """What a training run left."""

    run: str
    recipe: Recipe
    folder: Path
    """Holds an adapter, or a whole model after a full fine-tune."""
    is_adapter: bool
    template: str | None
    """The chat template of the recipe; None where it is the base model's own."""


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
            own = folder.chat_template
            template = own.read_text(encoding="utf-8") if own.exists() else None
            return Trained(run, recipe, result, is_adapter, template)
    raise JobError(
        what=f"The job {run} has no result to export.",
        why="Only a training run that was evaluated at least once leaves one.",
        remedy="Train first: `tuningfork train RECIPE`; `tuningfork runs` lists what there is.",
    )


def wants_adapter(trained: Trained, target: Target) -> bool:
    """Return whether a target takes the adapter itself and not the merged weights.

    vLLM loads plain LoRA alone: other kinds, and modules trained whole, are merged for it.
    """
    if target in {"adapter", "hub"}:
        return trained.is_adapter
    if target != "vllm" or not trained.is_adapter:
        return False
    settings = json.loads((trained.folder / _ADAPTER).read_bytes())
    if settings.get("peft_type") != "LORA" or settings.get("use_dora"):
        return False
    targets = settings.get("target_modules") or ()
    heads = {"lm_head", "embed_tokens"} & ({targets} if isinstance(targets, str) else {*targets})
    return not settings.get("modules_to_save") and not heads


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
