"""Finds the files of rows in a folder: one saved by datasets, or one of plain files."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.data.staging.kinds import DATA_SUFFIXES, data_suffix
from core.errors import DataError
from core.text_safety import clip, visible

_SPLITS = ("train", "validation", "valid", "dev", "test", "eval", "holdout")
_WORDS = re.compile(r"[a-z]+")
_ABOUT = frozenset({"dataset_info.json", "dataset_infos.json", "state.json", "dataset_dict.json"})
_SHOWN = 200


def files_of(folder: Path, split: str | None) -> tuple[Path, ...]:
    """Return the files in their order, or raise where there are none or several splits."""
    if (folder / "dataset_dict.json").is_file():
        names = _read(folder / "dataset_dict.json").get("splits")
        known = [str(name) for name in names] if isinstance(names, list) else []
        return files_of(folder / _chosen(folder, known, split), None)
    if (folder / "state.json").is_file():
        listed = _read(folder / "state.json").get("_data_files")
        names = [one.get("filename") for one in listed or () if isinstance(one, dict)]
        return tuple(folder / Path(str(name)).name for name in names)
    files = sorted(
        file
        for file in folder.rglob("*")
        if data_suffix(file.name) in DATA_SUFFIXES
        and file.name not in _ABOUT
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and file.is_file()
    )
    if not files:
        raise DataError(
            what=f"The folder {visible(str(folder))} holds no file of rows.",
            why="Known are .jsonl, .json, .csv, .tsv, .parquet and .arrow, also packed.",
            remedy="Give the path of a file, or of a folder saved by datasets.",
        )
    splits = {file: _split_of(file.relative_to(folder)) for file in files}
    found = sorted({name for name in splits.values() if name})
    if split is None and len(found) < 2:
        return tuple(files)
    wanted = _chosen(folder, found, split)
    return tuple(file for file in files if splits[file] == wanted)


def _split_of(path: Path) -> str:
    """Return the split that a file's name or folder says it belongs to, "" where none."""
    words = [word for part in reversed(path.parts) for word in _WORDS.findall(part.lower())]
    return next((word for word in words if word in _SPLITS), "")


def _chosen(folder: Path, known: Sequence[str], split: str | None) -> str:
    """Return the split to read; the only one needs no choice."""
    if split is None and len(known) == 1:
        return known[0]
    if split in known:
        assert split is not None
        return split
    names = clip(", ".join(map(visible, known)), _SHOWN) or "none"
    raise DataError(
        what=f"{visible(str(folder))} has no split {visible(split)!r}."
        if split
        else f"{visible(str(folder))} has several splits.",
        why=f"Its splits are: {names}.",
        remedy="Name one of them with --split.",
    )


def _read(path: Path) -> dict[str, Any]:
    """Return what a data set says about itself."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            what=f"{visible(str(path))} cannot be read.",
            why=f"It should say what the folder holds: {visible(clip(str(error), _SHOWN))}.",
            remedy="Save the data set again with save_to_disk.",
        ) from error
    return value if isinstance(value, dict) else {}
