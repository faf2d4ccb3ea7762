"""From a split to the files a service gets, every row compared with the holdout before one."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_guard import HoldoutGuard, named
from core.data.holdout_lock import read_lock
from core.data.part_manifest import refuse_changed
from core.data.rows import Example
from core.errors import DataError
from core.hosted.consignment import Part
from core.hosted.rows import Unsendable
from core.hosted.spec import Method, PartName, PartSeen
from core.storage import replace_file, storage_error
from core.text_safety import visible
from core.workspace import Workspace

LineWriter = Callable[[Example, Method], bytes]
"""Writes a row as one line, without its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One file as it would leave, not yet written anywhere."""

    name: PartName
    """Which rows these are."""
    content: bytes = field(repr=False)
    """One row a line."""
    examples: Sequence[Example] = field(repr=False)
    """The row of each line."""

    @property
    def seen(self) -> PartSeen:
        """Return what a person confirms of it."""
        return PartSeen(
            rows=len(self.examples),
            bytes=len(self.content),
            sha256=hashlib.sha256(self.content).hexdigest(),
        )


class Leaving(NamedTuple):
    """All that would leave the machine."""

    files: tuple[Prepared, ...]
    """In the order of their upload."""
    root: str
    """Root of the holdout lock that every row was compared with."""

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(len(one.content) for one in self.files)

    @property
    def seen(self) -> dict[PartName, PartSeen]:
        """Return what a person confirms of each file."""
        return {one.name: one.seen for one in self.files}


def prepare_parts(workspace: Workspace, split: str, *, line: LineWriter, method: Method) -> Leaving:
    """Return what a service would get of a split; nothing is returned if a row may not leave.

    The parts are compared with the split's manifest, and every row with the holdout lock.
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
    files = tuple(
        Prepared(name=name, content=_content(name, rows, line, method), examples=rows)
        for name, rows in read.items()
        if rows
    )
    return Leaving(files, lock.root)


def write_parts(
    workspace: Workspace, split: str, folder: Path, *, line: LineWriter, method: Method
) -> tuple[Part, ...]:
    """Write what a service gets of a split, readable by its owner alone, and return the files."""
    leaving = prepare_parts(workspace, split, line=line, method=method)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, doing="write the rows for the service") from error
    return tuple(_write(folder, one) for one in leaving.files)


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


def _write(folder: Path, one: Prepared) -> Part:
    """Write one file."""
    path = folder / f"{one.name}.jsonl"
    replace_file(path, one.content)
    seen = one.seen
    return Part(
        name=one.name,
        path=path,
        rows=seen.rows,
        bytes=seen.bytes,
        sha256=seen.sha256,
        numbers=tuple(example.row for example in one.examples),
    )
