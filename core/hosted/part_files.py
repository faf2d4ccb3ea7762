"""From a split to the files a service gets, every row compared with the holdout before one."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_guard import HoldoutGuard, named
from core.data.holdout_lock import read_lock
from core.data.part_manifest import refuse_changed
from core.data.rows import Example
from core.errors import DataError
from core.hosted.provider import Part
from core.hosted.rows import Unsendable
from core.hosted.spec import Method, PartName
from core.storage import replace_file, storage_error
from core.text_safety import visible
from core.workspace import Workspace

LineWriter = Callable[[Example, Method], bytes]
"""Writes a row as one line, without its end."""


class Written(NamedTuple):
    """The files that may leave, and what they say."""

    parts: tuple[Part, ...]
    """In the order of their upload."""
    examples: Mapping[PartName, Sequence[Example]]
    """The row of each line."""
    root: str
    """Root of the holdout lock that every row was compared with."""

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(part.bytes for part in self.parts)


def write_parts(
    workspace: Workspace, split: str, folder: Path, *, line: LineWriter, method: Method
) -> Written:
    """Write what a service would get of a split, and return it.

    Nothing is written if a row may not leave. The parts are compared with the split's manifest,
    and every row with the holdout lock.
    """
    source = dataset_folder(workspace, split)
    lock = read_lock(source.lock)
    before = _hashes(source.train, source.validation)
    read: dict[PartName, list[Example]] = {"train": read_part(source.train)}
    if source.validation.exists():
        read["validation"] = read_part(source.validation)
    refuse_changed(source.path, before)
    guard = HoldoutGuard(lock, read_salt(workspace), holdout=source.holdout)
    for name, examples in read.items():
        _refuse_holdout(guard, name, examples)
    if not read["train"]:
        raise DataError(
            what=f"The split {visible(split)} has no train rows.",
            why="There is nothing to learn from.",
            remedy="Split a file with more rows.",
        )
    kept = {name: examples for name, examples in read.items() if examples}
    contents = {name: _content(name, rows, line, method) for name, rows in kept.items()}
    parts = tuple(_write(folder, name, contents[name], rows) for name, rows in kept.items())
    return Written(parts, kept, lock.root)


def _hashes(*paths: Path) -> dict[str, str]:
    """Return the hash of each file that is there, by its name."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.exists()
    }


def _refuse_holdout(guard: HoldoutGuard, name: PartName, examples: Sequence[Example]) -> None:
    """Stop hard where any row touches the holdout."""
    hits = guard.hits(examples)
    if hits:
        raise DataError(
            what=f"{len(hits)} of {len(examples)} {name} rows touch the holdout: {named(hits)}.",
            why="The holdout never leaves this machine, and a model that has seen it cannot be"
            " scored on it. Nothing was sent.",
            remedy="Take these rows out of the file, or split the whole data again.",
        )


def _content(
    name: PartName, examples: Sequence[Example], line: LineWriter, method: Method
) -> bytes:
    """Return the file of some rows; rows that the service's form cannot say stop it together."""
    lines: list[bytes] = []
    faults: list[str] = []
    for example in examples:
        try:
            lines.append(line(example, method) + b"\n")
        except Unsendable as fault:
            faults.append(f"{name} row {example.row} {fault}")
    if faults:
        more = f", and {len(faults) - 1} more rows" if len(faults) > 1 else ""
        raise DataError(
            what=f"{faults[0]}{more}.",
            why="The service's form of a row cannot say it, and a row is never sent as another.",
            remedy="Take these rows out and split again, or choose another service or method.",
        )
    return b"".join(lines)


def _write(folder: Path, name: PartName, content: bytes, examples: Sequence[Example]) -> Part:
    """Write one file, readable by its owner alone."""
    path = folder / f"{name}.jsonl"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, doing="write the rows for the service") from error
    replace_file(path, content)
    return Part(
        name=name,
        path=path,
        rows=len(examples),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        numbers=tuple(example.row for example in examples),
    )
