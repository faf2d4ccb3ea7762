"""Names the tokens of a split by all that decides them."""

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from core.catalog.base_models import locate_model
from core.data.dataset import dataset_folder
from core.data.sources import file_sha256
from core.errors import DataError
from core.text_safety import visible
from core.training.masks import MASK_VERSION
from core.training.mixing import mixed_hashes
from core.training.recipe import Recipe
from core.training.templates import chosen_template
from core.workspace import Workspace

_MAKERS = ("transformers", "tokenizers", "jinja2")
"""Packages whose version may change what a row becomes."""
_TOKENIZER_FILES = {".json", ".jinja", ".model", ".txt"}
_DIGEST = 16
_NO_FILE = ""
"""In place of the hash of a part that is not there; no file has it."""


class RowHashes(NamedTuple):
    """What names the content of the parts, in the order of their rows."""

    train: str
    validation: str
    mixed: tuple[str, ...] = ()
    """Of each set that is mixed in, with what chooses its rows."""


def row_hashes(workspace: Workspace, split: str) -> RowHashes:
    """Return the hashes of the train and validation rows of a split."""
    folder = dataset_folder(workspace, split)
    if not folder.path.is_dir():
        raise DataError(
            what=f"There is no split {visible(split)} in this workspace.",
            why=f"The recipe's data.split leads to {visible(str(folder.path))}.",
            remedy=f"`tuningfork split FILE --name {visible(split)}` makes it.",
        )
    return RowHashes(file_sha256(folder.train), file_sha256(folder.validation))


def recipe_hashes(workspace: Workspace, recipe: Recipe) -> RowHashes:
    """Return the hashes of the rows that a recipe trains on, mixed-in sets among them."""
    hashes = row_hashes(workspace, recipe.data.split if recipe.data else "")
    return hashes._replace(mixed=mixed_hashes(workspace, recipe))


def file_hashes(path: Path) -> RowHashes:
    """Return the hashes of a file whose rows are counted as if all of them were trained on."""
    return RowHashes(file_sha256(path), _NO_FILE)


def token_key(recipe: Recipe, rows: RowHashes) -> str:
    """Return the hash of rows, tokenizer, template, limit, policy and the code that masks.

    The base model's weights are not among it.
    """
    data = recipe.data
    if data is None:
        raise AssertionError("a local recipe has data")
    parts = {
        "masks": MASK_VERSION,
        "made_by": [_version(name) for name in _MAKERS],
        "rows": rows,
        "model": _identity(recipe),
        "stop": recipe.model.stop,
        "template": chosen_template(recipe.model.template),
        "limit": data.max_tokens,
        "over_length": data.over_length,
        "dropped": [data.drop_rows, data.drop_validation_rows],
    }
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=_DIGEST).hexdigest()


def _identity(recipe: Recipe) -> object:
    """Return what names a tokenizer: the hashes of a folder's files, or a commit on the Hub."""
    source = locate_model(recipe.model.base, recipe.model.revision)
    if source.revision is not None:
        return [source.location, source.revision]
    folder = Path(source.location)
    files = [*folder.iterdir(), *folder.glob("additional_chat_templates/*")]
    return sorted(
        [str(file.relative_to(folder)), file_sha256(file)]
        for file in files
        if file.suffix in _TOKENIZER_FILES and file.is_file()
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
