"""The program of a child process that makes a split's tokens: the tokenizer, and no weights.

Reads a recipe as JSON from standard input and writes one JSON object a line to standard output.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoTokenizer, GenerationConfig

from core.catalog.base_models import locate_model
from core.errors import RecipeError, TuningforkError
from core.text_safety import clip, visible
from core.training.recipe import Recipe, make_recipe
from core.training.renderer import TokenizerRenderer, make_renderer
from core.training.rows import file_parts, recipe_parts, row_limit, tokenize
from core.training.templates import chosen_template
from core.workspace import open_workspace

_SAY_EVERY_S = 0.2
Say = Callable[[dict[str, object]], None]


def main(arguments: list[str]) -> int:
    """Make the tokens of the recipe's split in the workspace that is named, or of a file's rows."""
    # What a library prints must not stand between the lines.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(words: dict[str, object]) -> None:
        output.write(json.dumps(words) + "\n")
        output.flush()

    try:
        recipe = make_recipe(json.load(sys.stdin), where="recipe")
        file = Path(arguments[1]) if len(arguments) > 1 else None
        folder = _make(Path(arguments[0]), recipe, say, file)
    except TuningforkError as error:
        say({"error": error.as_json()})
        return error.exit_code
    except BrokenPipeError:  # whoever asked is gone
        return 0
    say({"folder": str(folder)})
    return 0


def _make(root: Path, recipe: Recipe, say: Say, file: Path | None) -> Path:
    """Return the folder of the tokens."""
    if recipe.data is None:
        raise AssertionError("a local recipe has data")
    workspace = open_workspace(root)
    say({"phase": "reading rows"})
    parts = file_parts(file) if file else recipe_parts(workspace, recipe)
    say({"phase": "loading the tokenizer"})
    renderer, config = load_tokenizer(recipe)
    total = len(parts.train) + len(parts.validation)
    due = 0.0

    def count(done: int) -> None:
        nonlocal due
        if time.monotonic() >= due or done == total:
            due = time.monotonic() + _SAY_EVERY_S
            say({"phase": "reading tokens", "done": done, "total": total})

    limit = row_limit(recipe, config)
    return tokenize(workspace, recipe, parts, renderer, limit=limit, on_row=count).cache.folder


def load_tokenizer(recipe: Recipe) -> tuple[TokenizerRenderer, Any]:
    """Return the base model's tokenizer with its template, and the model's settings."""
    source = locate_model(recipe.model.base, recipe.model.revision)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.location, revision=source.revision)
        config = AutoConfig.from_pretrained(source.location, revision=source.revision)
    except (OSError, ValueError) as error:
        raise RecipeError(
            what=f"The tokenizer of {visible(clip(recipe.model.base, 120))} cannot be loaded.",
            why=f"transformers says: {clip(visible(str(error)), 300)}",
            remedy="Check model.base and model.revision; without a network, name a local folder.",
        ) from error
    try:
        generation = GenerationConfig.from_pretrained(source.location, revision=source.revision)
    except (OSError, ValueError):  # a model without such a file has it in its own settings
        generation = GenerationConfig.from_model_config(config)
    template = chosen_template(recipe.model.template)
    eos = generation.eos_token_id
    renderer = make_renderer(tokenizer, eos_ids=eos, extra=recipe.model.stop, template=template)
    return renderer, config


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
