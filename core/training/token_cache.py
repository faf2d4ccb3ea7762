"""Keeps the tokens of a split on disk, so that no launch makes the same ones twice.

One folder a key, written beside its place and renamed, so that it is there whole or not at all:
`ids.bin` and `marks.bin` hold every token of every sequence one after the other, `ledger.jsonl`
one entry a sequence, `pieces.json` what each token reads like, `about.json` counts and hashes.
"""

import fcntl
import hashlib
import mmap
import os
import shutil
import sys
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import overload

import msgspec

from core.jobs.process import here, start_time
from core.storage import storage_error, sync_folder
from core.training.ledger import Entry, FindingId, Part
from core.training.masks import Strategy, TokenRow
from core.training.over_length import Fitted
from core.training.recipe import Recipe
from core.training.token_key import RowHashes, token_key
from core.workspace import Workspace

TRAINED, CUT = 1, 2
"""Bits of a token's mark."""
_IDS, _MARKS, _LEDGER, _PIECES, _ABOUT = (
    "ids.bin",
    "marks.bin",
    "ledger.jsonl",
    "pieces.json",
    "about.json",
)
_DIGEST = 16


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a cache holds, for judging whether it is whole."""

    tokens: int
    entries: int
    limit: int
    """Longest sequence that was allowed."""
    stop_ids: tuple[int, ...]
    pad_id: int | None
    template: tuple[FindingId, ...]
    """Findings that concern the template and no single row."""
    byte_order: str
    """Of the numbers in the arrays."""
    hashes: dict[str, str]
    """Hash of each other file."""


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """What tokens read like; only those that occur are named."""

    texts: dict[int, str]
    """Untrusted; a byte that is no whole character stands as <0xNN>."""
    special: frozenset[int]
    """Marks of turns, ends and padding."""


class TokenRows(Sequence[TokenRow]):
    """The sequences of a part, made from the arrays when they are asked for."""

    def __init__(self, cache: "TokenCache", entries: Sequence[Entry]) -> None:
        self._cache = cache
        self._entries = entries

    @property
    def cache(self) -> "TokenCache":
        """Return where the tokens lie."""
        return self._cache

    @property
    def entries(self) -> Sequence[Entry]:
        """Return what is known of each sequence without its tokens."""
        return self._entries

    @property
    def lengths(self) -> list[int]:
        """Return the tokens of each sequence without making any."""
        return [entry.kept for entry in self._entries]

    @property
    def supervised(self) -> int:
        """Return the tokens of all sequences that carry loss."""
        return sum(entry.supervised for entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, place: int) -> TokenRow: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[TokenRow]: ...

    def __getitem__(self, place: int | slice) -> TokenRow | Sequence[TokenRow]:
        if isinstance(place, slice):
            return TokenRows(self._cache, self._entries[place])
        return self._cache.row(self._entries[place])


@dataclass(frozen=True)
class TokenCache:
    """A cache that was found whole."""

    folder: Path
    about: About
    entries: tuple[Entry, ...]
    _ids: memoryview
    _marks: memoryview
    _use: "Use"
    """Keeps anybody from pruning it for as long as it is open."""

    def serves(self, limit: int) -> bool:
        """Return whether rows under another limit would be the same ones."""
        if limit == self.about.limit:
            return True
        longest = max((entry.tokens for entry in self.entries), default=0)
        return longest <= limit < self.about.limit

    @cached_property
    def pieces(self) -> Pieces:
        """What the tokens read like."""
        return msgspec.json.decode((self.folder / _PIECES).read_bytes(), type=Pieces)

    @property
    def ledger(self) -> Path:
        """The file with one entry a line."""
        return self.folder / _LEDGER

    def ids(self, entry: Entry) -> list[int]:
        """Return every token of a sequence, cut ones included."""
        return self._ids[entry.start : entry.start + entry.tokens].tolist()

    def marks(self, entry: Entry) -> bytes:
        """Return the mark of every token of a sequence."""
        return bytes(self._marks[entry.start : entry.start + entry.tokens])

    def row(self, entry: Entry) -> TokenRow:
        """Return a sequence as it is trained, without what was cut."""
        ids, marks = self.ids(entry), self.marks(entry)
        if entry.cut:
            ids = [token for token, mark in zip(ids, marks, strict=True) if not mark & CUT]
            marks = bytes(mark for mark in marks if not mark & CUT)
        strategy: Strategy = entry.strategy  # type: ignore[assignment]
        trained = tuple(mark == TRAINED for mark in marks)
        return TokenRow(row=entry.row, ids=tuple(ids), trained=trained, strategy=strategy)

    def rows(self, part: Part) -> TokenRows:
        """Return the sequences of a part that are trained on."""
        kept = [entry for entry in self.entries if entry.part == part and entry.fate == "kept"]
        return TokenRows(self, kept)


class CacheWriter:
    """Writes a cache into a folder of its own until it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._staged = folder.with_name(f".{folder.name}.{here().host}.{os.getpid()}.new")
        self._tokens = 0
        self._entries = 0
        self._seen: set[int] = set()
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove_leftovers(folder)
            self._staged.mkdir(mode=0o700)
            self._ids = (self._staged / _IDS).open("wb")
            self._marks = (self._staged / _MARKS).open("wb")
            self._ledger = (self._staged / _LEDGER).open("wb")
        except OSError as error:
            raise storage_error(error, folder, doing="write the token cache") from error

    @property
    def seen(self) -> frozenset[int]:
        """Ids of all tokens written so far."""
        return frozenset(self._seen)

    def add(self, part: Part, row: int, fitted: Fitted) -> None:
        """Append a sequence."""
        kept = fitted.fate == "kept"
        marks = bytes(
            TRAINED * trained | CUT * cut
            for trained, cut in zip(fitted.trained, fitted.cut, strict=True)
        )
        entry = Entry(
            part=part,
            row=row,
            fate=fitted.fate,
            start=self._tokens,
            tokens=len(fitted.ids),
            supervised=marks.count(TRAINED) if kept else 0,
            cut=sum(fitted.cut),
            supervised_cut=marks.count(TRAINED | CUT),
            strategy=fitted.strategy,
            flags=tuple(sorted(fitted.flags)),
        )
        self._write(entry, fitted.ids, marks)

    def add_without_mask(self, entry: Entry, ids: Sequence[int]) -> None:
        """Append a row that is not trained; its place and size are filled in here."""
        placed = msgspec.structs.replace(entry, start=self._tokens, tokens=len(ids))
        self._write(placed, ids, bytes(len(ids)))

    def _write(self, entry: Entry, ids: Sequence[int], marks: bytes) -> None:
        try:
            self._ids.write(array("I", ids).tobytes())
            self._marks.write(marks)
            self._ledger.write(msgspec.json.encode(entry) + b"\n")
        except OSError as error:
            raise storage_error(error, self._folder, doing="write the token cache") from error
        self._tokens += len(ids)
        self._entries += 1
        self._seen.update(ids)

    def finish(
        self,
        pieces: Pieces,
        *,
        limit: int,
        stop_ids: Iterable[int],
        pad_id: int | None,
        template: tuple[FindingId, ...],
    ) -> None:
        """Put the folder in its place; when another process was faster, its folder stays."""
        try:
            for file in (self._ids, self._marks, self._ledger):
                file.flush()
                os.fsync(file.fileno())
                file.close()
            (self._staged / _PIECES).write_bytes(msgspec.json.encode(pieces))
            about = About(
                tokens=self._tokens,
                entries=self._entries,
                limit=limit,
                stop_ids=tuple(sorted(stop_ids)),
                pad_id=pad_id,
                template=template,
                byte_order=sys.byteorder,
                hashes={name: _hash(self._staged / name) for name in _HASHED},
            )
            (self._staged / _ABOUT).write_bytes(msgspec.json.encode(about))
            with suppress(FileExistsError, NotADirectoryError):
                _rename_unless_there(self._staged, self._folder)
            sync_folder(self._folder.parent)
        except OSError as error:
            raise storage_error(error, self._folder, doing="write the token cache") from error
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Remove what is not whole; nothing is left to remove after a good end."""
        for file in (self._ids, self._marks, self._ledger):
            with suppress(OSError):
                file.close()
        shutil.rmtree(self._staged, ignore_errors=True)


_HASHED = (_IDS, _MARKS, _LEDGER, _PIECES)


def cache_folder(workspace: Workspace, recipe: Recipe, rows: RowHashes) -> Path:
    """Return where the tokens of a recipe are, whether they were made or not."""
    return workspace.token_cache / token_key(recipe, rows)


def find_cache(workspace: Workspace, recipe: Recipe, rows: RowHashes) -> TokenCache | None:
    """Return the tokens of a recipe, whoever made them; None when nobody did.

    Tokens that were made without a limit serve every limit that cuts none of them.
    """
    own = open_cache(cache_folder(workspace, recipe, rows))
    if own is not None or recipe.data is None or recipe.data.max_tokens is None:
        return own
    open_ended = recipe.data.model_copy(update={"max_tokens": None})
    whole = recipe.model_copy(update={"data": open_ended})
    found = open_cache(cache_folder(workspace, whole, rows))
    return found if found is not None and found.serves(recipe.data.max_tokens) else None


def open_cache(folder: Path) -> TokenCache | None:
    """Return the cache in a folder; None when there is none or it is not what was written."""
    try:
        use = Use(folder)
        about = msgspec.json.decode((folder / _ABOUT).read_bytes(), type=About)
        if about.byte_order != sys.byteorder:
            return None
        if any(_hash(folder / name) != digest for name, digest in about.hashes.items()):
            return None
        lines = (folder / _LEDGER).read_bytes().splitlines()
        decoder = msgspec.json.Decoder(Entry)
        entries = tuple(decoder.decode(line) for line in lines)
        ids, marks = _mapped(folder / _IDS).cast("I"), _mapped(folder / _MARKS)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    if (len(entries), len(ids), len(marks)) != (about.entries, about.tokens, about.tokens):
        return None
    return TokenCache(folder, about, entries, ids, marks, use)


class Use:
    """Marks a cache as used just now, and as in use until the last of its readers is gone."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / _ABOUT, os.O_RDONLY)
        with suppress(OSError):  # a file system without locks, or one that is only read
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
            os.utime(self._descriptor)

    def __del__(self) -> None:
        with suppress(AttributeError):  # there was nothing to open
            os.close(self._descriptor)


def set_aside(folder: Path) -> None:
    """Take a damaged cache out of the way of a new one."""
    try:
        away = folder.with_name(f".{folder.name}.{os.getpid()}.damaged")
        folder.rename(away)
        shutil.rmtree(away, ignore_errors=True)
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error(error, folder, doing="replace a damaged token cache") from error


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=_DIGEST)).hexdigest()


def _mapped(path: Path) -> memoryview:
    """Return the bytes of a file without reading them; an empty file cannot be mapped."""
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _rename_unless_there(staged: Path, folder: Path) -> None:
    """Put a folder in its place; FileExistsError when the place is taken."""
    try:
        staged.rename(folder)
    except OSError as error:
        if folder.is_dir():
            raise FileExistsError(str(folder)) from error
        raise


def _remove_leftovers(folder: Path) -> None:
    """Remove what processes of this machine that were killed left half written."""
    host = here().host
    for left in folder.parent.glob(".*.new"):
        made_by, pid = left.name.removesuffix(".new").rpartition(".")[::2]
        ours = made_by.endswith(f".{host}") and pid.isdigit()
        if ours and start_time(int(pid)) is None:
            shutil.rmtree(left, ignore_errors=True)
