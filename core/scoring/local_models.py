"""Models on this machine by where they are: included, of a run, in a folder, or on the Hub."""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import Field

from core.catalog.base_models import EMBEDDED, locate_model
from core.errors import RecipeError, UsageError
from core.scoring.scored_run import recipe_of
from core.spec_file import Spec
from core.storage import storage_error
from core.text_safety import clip, visible
from core.workspace import Workspace

_ON_THE_HUB = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})")
_RUN = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_ADAPTER, _MODEL, _TEMPLATE = "adapter_config.json", "config.json", "chat_template.jinja"


class LocalSpec(Spec):
    """A model that answers on this machine."""

    base: str
    """The included one, an absolute folder, or a name on the Hub."""
    revision: str | None = None
    """Commit of the name on the Hub."""
    tuned: str | None = None
    """Absolute folder of an adapter or a tuned model over the base; None for the base alone."""
    template: str | None = None
    """Chat template that it was trained with; None leaves the tokenizer's own."""
    stop: tuple[str, ...] = ()
    """Tokens that end an answer beside the tokenizer's own."""
    max_new_tokens: int = Field(default=512, ge=1, le=8192)
    """Longest answer in tokens."""


def find_model(workspace: Workspace, where: str) -> LocalSpec:
    """Return the model in a place, or say what may stand there."""
    if where == EMBEDDED:
        return LocalSpec(base=EMBEDDED)
    if found := _ON_THE_HUB.fullmatch(where):
        return LocalSpec(base=found[1], revision=found[2])
    folder = Path(where).absolute()
    if (folder / _ADAPTER).is_file():
        return _adapter(folder)
    if (folder / _MODEL).is_file():
        return LocalSpec(base=str(folder), template=_template(folder))
    if _RUN.fullmatch(where) and workspace.run(where).record.exists():
        return _run(workspace, where)
    raise UsageError(
        what=f"{clip(visible(where), 120)!r} is no model.",
        why="A model is `embedded`, a training run of this workspace, a folder with "
        f"{_ADAPTER} or {_MODEL}, or ORGANISATION/NAME@COMMIT of the Hub.",
        remedy="Check the spelling; `tuningfork runs` lists the runs.",
    )


def _run(workspace: Workspace, run: str) -> LocalSpec:
    """Return what a training run tuned, asked as it was trained."""
    recipe, folder = recipe_of(workspace, run), workspace.run(run)
    own = folder.chat_template
    return LocalSpec(
        base=recipe.model.base,
        revision=recipe.model.revision,
        tuned=str(folder.tuned),
        template=_text(own) if own.exists() else None,
        stop=tuple(recipe.model.stop),
    )


def _adapter(folder: Path) -> LocalSpec:
    """Return an adapter with the base that its settings name."""
    try:
        settings: dict[str, Any] = json.loads(_text(folder / _ADAPTER))
        base, revision = str(settings["base_model_name_or_path"]), settings.get("revision")
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise RecipeError(
            what=f"The adapter in {visible(clip(str(folder), 200))} names no base model.",
            why=f"{_ADAPTER} cannot be read, or base_model_name_or_path is missing.",
            remedy="Write the base model's folder or name into it.",
        ) from broken
    locate_model(base, revision)
    return LocalSpec(base=base, revision=revision, tuned=str(folder), template=_template(folder))


def _template(folder: Path) -> str | None:
    """Return the chat template that lies beside weights."""
    return _text(folder / _TEMPLATE) if (folder / _TEMPLATE).is_file() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise storage_error(error, path, doing="read the model") from error
