"""Tokens of rows without a model on disk: parts, a recipe, and a renderer that counts its work."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.data.dataset import dataset_folder
from core.training.recipe import Recipe, make_recipe
from core.training.renderer import TokenizerRenderer, make_renderer
from core.training.rows import Tokenized, read_parts, tokenize
from core.workspace import Workspace, create_workspace
from tests.support.path_job import SPLIT
from tests.support.tiny_model import tiny_tokenizer

LIMIT = 64


class CountingRenderer(TokenizerRenderer):
    """Says how often it was asked."""

    calls = 0

    def render(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None, *, opening: bool
    ) -> str:
        """Render as ever."""
        type(self).calls += 1
        return super().render(messages, tools, opening=opening)


def counting() -> CountingRenderer:
    """Return a renderer whose count starts at 0."""
    CountingRenderer.calls = 0
    made = make_renderer(tiny_tokenizer(), eos_ids=None, extra=())
    return CountingRenderer(made.tokenizer, made.stop_ids)


def chat(*said: str, **weights: int) -> dict[str, Any]:
    """Return a row of turns by user and assistant; `a1=0` gives the second turn weight 0."""
    roles = ("user", "assistant")
    turns: list[dict[str, Any]] = [
        {"role": roles[place % 2], "content": text} for place, text in enumerate(said)
    ]
    for name, weight in weights.items():
        turns[int(name[1:])]["weight"] = weight
    return {"messages": turns}


def workspace_of(
    root: Path, train: Sequence[dict[str, Any]], validation: Sequence[dict[str, Any]] = ()
) -> Workspace:
    """Return a workspace whose split holds exactly these rows; its holdout is not there."""
    workspace = create_workspace(root)
    folder = dataset_folder(workspace, str(workspace.data / SPLIT))
    folder.path.mkdir(parents=True)
    for path, rows in ((folder.train, train), (folder.validation, validation or [chat("a", "b")])):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return workspace


def recipe_of(**data: Any) -> Recipe:
    """Return a recipe over that split."""
    values = {"name": "t", "data": {"split": SPLIT, "max_tokens": LIMIT, **data}}
    return make_recipe(values, where="test")


def tokenized(
    workspace: Workspace, recipe: Recipe, renderer: TokenizerRenderer | None = None
) -> Tokenized:
    """Return the tokens of the split by the recipe."""
    data = recipe.data
    assert data is not None
    return tokenize(
        workspace,
        recipe,
        read_parts(workspace, data.split),
        renderer or counting(),
        limit=data.max_tokens or LIMIT,
        on_row=lambda _: None,
    )
