"""The lock: which rows are the holdout, by keys only, so that every later stage can refuse them."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.keys import RowKeys, merkle_root, row_keys
from core.data.rows import Example
from core.errors import DataError
from core.storage import storage_error
from core.text_safety import visible

_TITLE = "tuningfork holdout lock 1"
_ALGORITHM = (
    "clusters of equal norm_key or input_key, or near by 5-word Jaccard; "
    "keys blake2b-128 under the salt, person tf:row:1 tf:norm:1 tf:input:1; "
    "order blake2b-128, person tf:order:1; "
    "root merkle blake2b-128 over sorted row_key"
)
_HEADER = ("version", "previous", "salt_id", "algorithm", "near", "source", "counts", "root")
_KEY = re.compile(r"[0-9a-f]{32}\Z")
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutLock:
    """What a lock file says."""

    salt_id: str
    """Hash of the salt, which itself is kept elsewhere."""
    source: str
    """Hash of the file that was split."""
    counts: str
    """Rows in each part, as text."""
    root: str
    """Merkle root over the row keys."""
    near: str
    """Similarity from which rows were kept on one side, or why they were not compared."""
    rows: tuple[RowKeys, ...]
    """Sorted by row key."""
    version: int = 1
    """Counts changes of the holdout; scores of different versions are not comparable."""
    previous: str = "-"
    """Hash of the lock before this one; a dash for the first."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that would leak the holdout."""

    row: int
    """Number in the file it came from."""
    how: str
    """What it shares with a holdout row."""


def salt_id(salt: bytes) -> str:
    """Return the name of a salt, which tells nothing about it."""
    return hashlib.blake2b(salt, digest_size=16, person=b"tf:salt:1").hexdigest()


def make_lock(
    rows: Iterable[RowKeys], *, salt: bytes, source_sha256: str, counts: str, near: str
) -> HoldoutLock:
    """Return the first version of a lock over these rows."""
    ordered = tuple(sorted(rows, key=lambda keys: keys.row))
    return HoldoutLock(
        salt_id=salt_id(salt),
        source=f"sha256:{source_sha256}",
        counts=counts,
        near=near,
        root=merkle_root(keys.row for keys in ordered).hex(),
        rows=ordered,
    )


def lock_bytes(lock: HoldoutLock) -> bytes:
    """Return the text of a lock: the same lock is always the same bytes."""
    header = {
        "version": lock.version,
        "previous": lock.previous,
        "salt_id": lock.salt_id,
        "algorithm": _ALGORITHM,
        "near": lock.near,
        "source": lock.source,
        "counts": lock.counts,
        "root": lock.root,
    }
    lines = [_TITLE, *(f"{name} {header[name]}" for name in _HEADER)]
    lines += [_row_line(keys) for keys in lock.rows]
    body = "".join(f"{line}\n" for line in lines).encode()
    return body + f"end {_digest(body)}\n".encode()


def _row_line(keys: RowKeys) -> str:
    """Return the line of one row."""
    inputs = ",".join(key.hex() for key in keys.inputs) or "-"
    return f"row {keys.row.hex()} {keys.norm.hex()} {inputs}"


def _digest(body: bytes) -> str:
    """Return the hash that guards every byte of the file."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def read_lock(path: Path) -> HoldoutLock:
    """Return a lock that is whole and true to its root, or refuse it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            what=f"There is no holdout lock at {visible(str(path))}.",
            why="Without it nobody can tell whether a row belongs to the holdout.",
            remedy="`tuningfork split FILE` makes a split with its lock.",
        ) from error
    except OSError as error:
        raise storage_error(error, path, doing="read the holdout lock") from error
    body, _, end = content[:-1].rpartition(b"\n")
    if end != f"end {_digest(body + chr(10).encode())}".encode() or not content.endswith(b"\n"):
        raise _damaged(path, "its bytes do not match the hash in its last line")
    try:
        return _parse(body.decode().split("\n"))
    except (ValueError, KeyError) as error:
        raise _damaged(path, visible(str(error))) from error


def _parse(lines: Sequence[str]) -> HoldoutLock:
    """Return the lock in these lines; ValueError says what does not fit."""
    if lines[0] != _TITLE:
        raise ValueError("it was made by another version")
    header = dict(line.split(" ", 1) for line in lines[1 : len(_HEADER) + 1])
    rows = tuple(_parse_row(line) for line in lines[len(_HEADER) + 1 :])
    if merkle_root(keys.row for keys in rows).hex() != header["root"]:
        raise ValueError("its rows do not give its root")
    return HoldoutLock(
        version=int(header["version"]),
        previous=header["previous"],
        salt_id=header["salt_id"],
        source=header["source"],
        counts=header["counts"],
        near=header["near"],
        root=header["root"],
        rows=rows,
    )


def _parse_row(line: str) -> RowKeys:
    """Return the keys in one line."""
    word, row, norm, inputs = line.split(" ")
    asked = [] if inputs == "-" else inputs.split(",")
    if word != "row" or not all(_KEY.match(key) for key in (row, norm, *asked)):
        raise ValueError("it has a line that is no row")
    return RowKeys(
        row=bytes.fromhex(row),
        norm=bytes.fromhex(norm),
        inputs=tuple(bytes.fromhex(key) for key in asked),
    )


def _damaged(path: Path, why: str) -> DataError:
    """Return the error for a lock that cannot be trusted."""
    return DataError(
        what=f"The holdout lock {visible(str(path))} cannot be trusted: {why}.",
        why="A changed lock may let holdout rows into training, and scores would mean nothing.",
        remedy="Put back the file as it was made, or split again under another name.",
    )


def hits(lock: HoldoutLock, examples: Iterable[Example], *, salt: bytes) -> list[Hit]:
    """Return every row that is in the holdout or shares words or an input with it."""
    known_rows = {keys.row for keys in lock.rows}
    known_words = {keys.norm for keys in lock.rows}
    known_inputs = {key for keys in lock.rows for key in keys.inputs}
    found: list[Hit] = []
    for example in examples:
        keys = row_keys(example, salt)
        if keys.row in known_rows:
            found.append(Hit(example.row, "is a holdout row"))
        elif keys.norm in known_words:
            found.append(Hit(example.row, "has the words of a holdout row"))
        elif known_inputs.intersection(keys.inputs):
            found.append(Hit(example.row, "has the input of a holdout row"))
    return found


def refuse_holdout(
    lock: HoldoutLock, examples: Sequence[Example], *, salt: bytes, use: str
) -> None:
    """Stop hard when any row touches the holdout; `use` says what the rows were for."""
    if salt_id(salt) != lock.salt_id:
        raise DataError(
            what="The holdout lock was made with another salt.",
            why="Rows cannot be compared with it, so nobody can say that none is in the holdout.",
            remedy="Put back the workspace's salt file, or split again under another name.",
        )
    found = hits(lock, examples, salt=salt)
    if not found:
        return
    named = "; ".join(f"row {hit.row} {hit.how}" for hit in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    raise DataError(
        what=f"{len(found)} of {len(examples)} rows for {use} touch the holdout: {named}{more}.",
        why="A model that has seen the holdout cannot be scored on it.",
        remedy="Remove these rows from the file, or make a new split from the whole data.",
    )
