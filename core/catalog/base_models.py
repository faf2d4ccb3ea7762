"""Where a base model is: the included one, a folder, or a pinned name on the Hub."""

from pathlib import Path
from typing import NamedTuple

import core
from core.errors import MachineError, RecipeError
from core.text_safety import clip, visible

EMBEDDED = "embedded"


class ModelSource(NamedTuple):
    """What transformers needs to load a model."""

    location: str
    """A folder, or an id on the Hub."""
    revision: str | None
    """Commit of the Hub id; None for a folder."""


def embedded_model() -> Path:
    """Return the folder of the included model, in a source tree and when installed."""
    package = Path(core.__file__).parent
    candidates = (package / "_sample_data", package.parent / "sample_data")
    for folder in candidates:
        if (folder / "base_model" / "config.json").is_file():
            return folder / "base_model"
    raise MachineError(
        what="The included model is missing.",
        why="This installation has no base_model folder.",
        remedy="Install tuningfork again, or name another model in model.base.",
    )


def locate_model(base: str, revision: str | None) -> ModelSource:
    """Return where to load from; a Hub name without a commit is refused, because it may move."""
    if base == EMBEDDED:
        return ModelSource(str(embedded_model()), None)
    if Path(base).is_absolute():
        if (Path(base) / "config.json").is_file():
            return ModelSource(base, None)
        raise RecipeError(
            what=f"model.base: {visible(clip(base, 200))} holds no model.",
            why="There is no config.json in it.",
            remedy='Name a folder saved by transformers, or "embedded".',
        )
    if revision is None:
        raise RecipeError(
            what=f"model.revision is missing for {visible(clip(base, 120))}.",
            why="A name on the Hub may point to other weights tomorrow; a commit never does.",
            remedy="Copy the commit hash of 40 characters from the model's page.",
        )
    return ModelSource(base, revision)
