"""The manifest of a split: how many rows each part has, and the hash of its bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from core.errors import DataError
from core.storage import storage_error
from core.text_safety import visible

NAME: Final = "manifest.json"
_VERSION: Final = 1


class Part(NamedTuple):
    """What is known of one file of a split."""

    rows: int
    sha256: str
    """Of the file's bytes."""


def manifest_bytes(parts: Mapping[str, Part]) -> bytes:
    """Return the manifest of files given by their names: the same files, the same bytes."""
    said = {"split_manifest": _VERSION, "parts": {n: p._asdict() for n, p in parts.items()}}
    return (json.dumps(said, indent=1, sort_keys=True) + "\n").encode()


def read_manifest(path: Path) -> dict[str, Part] | None:
    """Return what a manifest says, None where there is none; one that says nothing is refused."""
    try:
        said = json.loads(path.read_bytes())
        if said["split_manifest"] != _VERSION:
            raise ValueError("it was made by another version")
        return {
            str(name): Part(rows=int(one["rows"]), sha256=str(one["sha256"]))
            for name, one in said["parts"].items()
        }
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error, path, doing="read the manifest of the split") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            what=f"The manifest {visible(str(path))} cannot be trusted.",
            why=f"It does not read as it was written: {visible(str(error))}.",
            remedy="Split the source again under another name.",
        ) from error


def refuse_changed(folder: Path, hashes: Mapping[str, str]) -> None:
    """Stop hard where a part, given by its name and hash, is not the one that its split wrote.

    A folder without a manifest was not made by a split, and nothing is said about its parts.
    """
    parts = read_manifest(folder / NAME)
    if parts is None:
        return
    for name, found in hashes.items():
        if name not in parts or parts[name].sha256 != found:
            raise DataError(
                what=f"{visible(str(folder / name))} is not the part that the split wrote.",
                why="Its bytes have another hash than the split's manifest says, so what was"
                " checked then is not what would be used now.",
                remedy=f"Put back {name} as it was split, or split the changed rows under another"
                " name.",
            )
