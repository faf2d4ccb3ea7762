"""The cache of staged copies: written aside, put in place in one step, forgotten when unused."""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from core.data.formats import NOT_TAKEN
from core.data.staging.source import NUMBER, Options, Part, StagingCancelled, Unit
from core.storage import replace_file, storage_error

_VERSION = "1"
"""Part of every key: a new way to convert makes new copies."""
_ROWS_BETWEEN_LOOKS = 512
_KEPT_BYTES = 20 * 1024**3
_KEPT_DAYS = 30
_DAY_S = 86_400.0
_PLACES, _ABOUT = "places.bin", "source.json"
_OTHER = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_LIMIT = 60
_encode = msgspec.json.Encoder().encode


class Copy(NamedTuple):
    """A staged copy in the cache."""

    jsonl: Path
    """Its rows, one a line."""
    places: Path | None
    """Numbers of the rows in the original; None where they are those of the lines."""
    parts: tuple[Part, ...]
    """The files that were taken over, in their order."""
    about: dict[str, Any]
    """What else was noted when it was made."""


class CopyWriter:
    """Takes the rows of a copy that is being made."""

    def __init__(self, folder: Path, options: Options, name: str) -> None:
        self._name = name
        self._rows = (folder / name).open("wb", buffering=1 << 20)
        self._places = (folder / _PLACES).open("wb", buffering=1 << 16)
        self._options = options
        self._parts: list[Part] = []
        self._count = 0
        self.about: dict[str, Any] = {}
        """What to note beside the rows."""
        self.done: Callable[[], int] = lambda: self._count
        """How far the reading of the original is."""
        self.total: int | None = None
        """What `done` ends at; None where nobody knows."""

    def part(self, name: str, unit: Unit) -> None:
        """Say that the rows from here on stand in this file."""
        self._parts.append(Part(name=name, first=self._count + 1, unit=unit))

    def add(self, raw: bytes, number: int) -> None:
        """Write one line of JSON whose row has this number in its file."""
        self._rows.write(raw + b"\n")
        self._places.write(NUMBER.pack(number))
        self._count += 1
        if self._count % _ROWS_BETWEEN_LOOKS == 0:
            self.look()

    def add_value(self, value: dict[str, Any], number: int) -> None:
        """Write one row."""
        self.add(_encode(value), number)

    def refuse(self, number: int, *reasons: tuple[str, str, str]) -> None:
        """Write a row that cannot be taken over, as check, path and message of each fault."""
        self.add_value({NOT_TAKEN: reasons}, number)

    def copy_bytes(self, content: bytes) -> None:
        """Write lines just as they are; their numbers stay."""
        self._rows.write(content)
        self.look()

    def look(self) -> None:
        """Tell how far it is, and stop where somebody asked for that."""
        if self._options.cancelled():
            raise StagingCancelled
        self._options.on_progress(self.done(), self.total)

    def close(self) -> None:
        """Put everything on the disk."""
        for file in (self._rows, self._places):
            file.flush()
            os.fsync(file.fileno())
            file.close()

    def note(self) -> bytes:
        """Return what to keep beside the rows."""
        parts = [asdict(part) for part in self._parts]
        return json.dumps({"rows": self._name, "parts": parts, "about": self.about}).encode()

    def abandon(self) -> None:
        """Let go of the files."""
        for file in (self._rows, self._places):
            with suppress(OSError):
                file.close()


def key_of(*words: str | None) -> str:
    """Return the name of a copy from all that decides what is in it."""
    text = json.dumps([_VERSION, *words])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def find_copy(cache: Path, key: str) -> Copy | None:
    """Return a copy made before, None where there is none that is whole."""
    folder = cache / key
    try:
        noted = json.loads((folder / _ABOUT).read_bytes())
        rows = folder / Path(noted["rows"]).name
        os.utime(folder)
        parts = tuple(Part(**part) for part in noted["parts"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    places = folder / _PLACES
    numbered = places.exists() and places.stat().st_size > 0
    return Copy(rows, places if numbered else None, parts, noted["about"])


def make_copy(
    cache: Path,
    key: str,
    options: Options,
    convert: Callable[[CopyWriter], None],
    *,
    name: str = "",
) -> Copy:
    """Return the copy of this key, letting `convert` write it where it is not there yet.

    The copy is called like the original, of which `name` is what the person said.
    """
    found = find_copy(cache, key)
    if found is not None:
        return found
    folder = cache / f".{key}.{os.getpid()}.{time.monotonic_ns():x}.new"
    try:
        folder.mkdir(parents=True, mode=0o700)
        writer = CopyWriter(folder, options, _file_name(name))
        try:
            convert(writer)
            writer.close()
        finally:
            writer.abandon()
        replace_file(folder / _ABOUT, writer.note())
        _put_in_place(folder, cache / key)
    except OSError as error:
        raise storage_error(error, cache, doing="stage the rows") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    prune(cache, now=time.time(), keep=key)
    made = find_copy(cache, key)
    assert made is not None
    return made


def _file_name(name: str) -> str:
    """Return what a copy is called: the plain letters of the original's name."""
    stem = name.rstrip("/").rpartition("/")[2].partition(".")[0]
    return (_OTHER.sub("-", stem).strip("-")[:_NAME_LIMIT] or "rows") + ".jsonl"


def _put_in_place(folder: Path, target: Path) -> None:
    """Rename a whole copy to its name; an equal one made meanwhile does as well."""
    try:
        folder.rename(target)
    except OSError:
        if not (target / _ABOUT).exists():
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)


def prune(cache: Path, *, now: float, keep: str = "", most: int = _KEPT_BYTES) -> None:
    """Delete copies unused for a month, the oldest beyond the room, and what a crash left."""
    entries: list[tuple[float, int, Path]] = []
    for folder in cache.iterdir():
        with suppress(OSError):
            age = now - folder.stat().st_mtime
            if age > (_DAY_S if folder.name.startswith(".") else _KEPT_DAYS * _DAY_S):
                shutil.rmtree(folder, ignore_errors=True)
            elif not folder.name.startswith("."):
                size = sum(file.stat().st_size for file in folder.iterdir())
                entries.append((age, size, folder))
    room = most
    for _, size, folder in sorted(entries):
        room -= size
        if room < 0 and folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)
