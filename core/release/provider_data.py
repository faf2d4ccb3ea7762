"""Writes the rows of a split as the JSONL that hosted fine-tuning takes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from core.data.rows import Example
from core.release.package import put_in_place, staged
from core.release.spec import check_free
from core.storage import replace_file
from core.training.recipe import Recipe
from core.training.rows import check_holdout, recipe_parts
from core.workspace import Workspace

TARGET = "openai-data"
_SENT = ("role", "content", "name", "tool_calls", "tool_call_id", "weight")
SERVE = (
    "python -c 'import openai; client = openai.OpenAI(); print(client.files.create("
    'file=open("train.jsonl", "rb"), purpose="fine-tune").id)\''
)


class Written(NamedTuple):
    """What was written."""

    train: int
    validation: int
    left_out: tuple[int, ...]
    """Numbers of train rows without an answer that is trained."""


def write_provider_data(workspace: Workspace, recipe: Recipe, destination: Path) -> Written:
    """Write both parts as a folder that is whole or absent; the holdout is never opened."""
    destination = destination.absolute()
    check_free(destination)
    split = recipe.data.split if recipe.data else ""
    parts = recipe_parts(workspace, recipe)
    lock = check_holdout(workspace, split, parts).guard.lock
    dropped = set(recipe.data.drop_rows) if recipe.data else set()
    train = [one for one in parts.train if one.row not in dropped]
    useful = [one for one in train if _trains(one)]
    validation = [one for one in parts.validation if _trains(one)]
    with staged(destination, "provider-data") as folder:
        for name, rows in (("train.jsonl", useful), ("validation.jsonl", validation)):
            replace_file(folder / name, _lines(rows), mode=0o644)
        facts = {
            "format": 1,
            "target": TARGET,
            "holdout_root": lock.root,
            "serve": SERVE,
            "rows": {"train": len(useful), "validation": len(validation)},
        }
        put_in_place(folder, destination, facts)
    left = tuple(one.row for one in train if not _trains(one))
    return Written(len(useful), len(validation), left)


def provider_row(example: Example) -> dict[str, Any]:
    """Return a row with the fields that the provider knows; turns not trained have weight 0."""
    turns = []
    for message in example.messages:
        turn = {name: message.raw[name] for name in _SENT if name in message.raw}
        turn.pop("weight", None)
        if message.role == "assistant" and not message.trains:
            turn["weight"] = 0
        turns.append(turn)
    row: dict[str, Any] = {"messages": turns}
    return row if example.tools is None else row | {"tools": example.tools}


def _lines(rows: Sequence[Example]) -> bytes:
    lines = (json.dumps(provider_row(one), ensure_ascii=False) + "\n" for one in rows)
    return "".join(lines).encode("utf-8", "replace")


def _trains(example: Example) -> bool:
    return any(message.trains for message in example.messages)
