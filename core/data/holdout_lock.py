"""The lock: which rows are the holdout, by keys only, so that every later stage can refuse them."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from core.data.keys import RowKeys, merkle_root
from core.errors import DataError
from core.storage import storage_error
from core.text_safety import visible

SIGNATURE = "one-permutation minhash of 5-word shingles, 64 x 32 bits, keyed, 1"
"""How fingerprints are made; others cannot be compared with them."""
SIGNATURE_BYTES = 256
_TITLE = "tuningfork holdout lock 2"
_ALGORITHM = (
    "clusters of equal norm_key, input_key or group, of near rows and near inputs "
    "(5-word Jaccard), of rows that hold one another; "
    "keys blake2b-128 under the salt, person tf:row:1 tf:norm:1 tf:input:1; "
    "order blake2b-128, person tf:order:1; "
    "root merkle blake2b-128 over sorted row_key"
)
_HEADER = (
    "version",
    "previous",
    "salt_id",
    "canary",
    "algorithm",
    "parameters",
    "near",
    "signature",
    "template",
    "source",
    "counts",
    "strata",
    "root",
)
_KEY = re.compile(r"[0-9a-f]{32}\Z")
_HEX = re.compile(r"[0-9a-f]+\Z")
_NONE = "-"


class StratumCount(NamedTuple):
    """Rows of one stratum in each part when the lock was made."""

    name: str
    train: int
    validation: int
    holdout: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedRow:
    """What a lock says of one holdout row."""

    keys: RowKeys
    signature: bytes
    """Fingerprint under the salt, for finding near rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutLock:
    """What a lock file says."""

    salt_id: str
    """Hash of the salt, which itself is kept elsewhere."""
    canary: str
    """A GUID that stands nowhere else: whoever finds it in a text has found the holdout's."""
    source: str
    """Merkle root over the keys of all rows that were split, whatever their order."""
    counts: str
    """Rows in each part when the lock was made, as text."""
    root: str
    """Merkle root over the row keys."""
    near: str
    """Similarity from which rows were kept on one side, or why they were not compared."""
    rows: tuple[LockedRow, ...]
    """Sorted by row key."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """What the split was asked for: shares, group columns, field of the strata, time."""
    template: frozenset[bytes] = frozenset()
    """Keyed hashes of the words that most rows share and that comparing sets aside."""
    strata: tuple[StratumCount, ...] = ()
    """Counts by stratum, by name."""
    signature: str = SIGNATURE
    """How the fingerprints were made."""
    version: int = 1
    """Counts changes of the holdout; scores of different versions are not comparable."""
    previous: str = _NONE
    """Hash of the lock before this one; a dash for the first."""


def salt_id(salt: bytes) -> str:
    """Return the name of a salt, which tells nothing about it."""
    return hashlib.blake2b(salt, digest_size=16, person=b"tf:salt:1").hexdigest()


def make_lock(
    rows: Iterable[LockedRow],
    *,
    salt: bytes,
    source: Iterable[bytes],
    counts: str,
    near: str,
    parameters: dict[str, Any] | None = None,
    template: frozenset[bytes] = frozenset(),
    strata: Iterable[StratumCount] = (),
    before: HoldoutLock | None = None,
) -> HoldoutLock:
    """Return a lock over these rows: the first, or the version after `before`.

    `source` are the row keys of everything that was split.
    """
    ordered = tuple(sorted(rows, key=lambda row: row.keys.row))
    root = merkle_root(row.keys.row for row in ordered)
    guid = hashlib.blake2b(root, digest_size=16, key=salt, person=b"tf:canary:1").digest()
    return HoldoutLock(
        salt_id=salt_id(salt),
        canary=str(uuid.UUID(bytes=guid, version=4)),
        source=f"rows:{merkle_root(source).hex()}",
        counts=counts,
        near=near,
        root=root.hex(),
        rows=ordered,
        parameters=parameters or {},
        template=template,
        strata=tuple(sorted(strata)),
        version=1 if before is None else before.version + 1,
        previous=_NONE if before is None else lock_hash(before),
    )


def lock_hash(lock: HoldoutLock) -> str:
    """Return the hash of a lock's bytes, which the next version names."""
    return _digest(lock_bytes(lock))


def lock_bytes(lock: HoldoutLock) -> bytes:
    """Return the text of a lock: the same lock is always the same bytes."""
    header = {
        "version": lock.version,
        "previous": lock.previous,
        "salt_id": lock.salt_id,
        "canary": lock.canary,
        "algorithm": _ALGORITHM,
        "parameters": _json(lock.parameters),
        "near": lock.near,
        "signature": lock.signature,
        "template": ",".join(sorted(key.hex() for key in lock.template)) or _NONE,
        "source": lock.source,
        "counts": lock.counts,
        "strata": _json([list(one) for one in lock.strata]),
        "root": lock.root,
    }
    lines = [_TITLE, *(f"{name} {header[name]}" for name in _HEADER)]
    lines += [_row_line(row) for row in lock.rows]
    body = "".join(f"{line}\n" for line in lines).encode()
    return body + f"end {_digest(body)}\n".encode()


def _json(value: object) -> str:
    """Return canonical JSON in ASCII: one line, whatever the values hold."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _row_line(row: LockedRow) -> str:
    """Return the line of one row."""
    inputs = ",".join(key.hex() for key in row.keys.inputs) or _NONE
    return f"row {row.keys.row.hex()} {row.keys.norm.hex()} {inputs} {row.signature.hex()}"


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
    if merkle_root(row.keys.row for row in rows).hex() != header["root"]:
        raise ValueError("its rows do not give its root")
    template = header["template"]
    return HoldoutLock(
        version=int(header["version"]),
        previous=header["previous"],
        salt_id=header["salt_id"],
        canary=header["canary"],
        source=header["source"],
        counts=header["counts"],
        near=header["near"],
        signature=header["signature"],
        root=header["root"],
        parameters=json.loads(header["parameters"]),
        template=frozenset(map(bytes.fromhex, [] if template == _NONE else template.split(","))),
        strata=tuple(StratumCount(*one) for one in json.loads(header["strata"])),
        rows=rows,
    )


def _parse_row(line: str) -> LockedRow:
    """Return what one line says of a row."""
    word, row, norm, inputs, made = line.split(" ")
    asked = [] if inputs == _NONE else inputs.split(",")
    keys = all(_KEY.match(key) for key in (row, norm, *asked))
    if word != "row" or not keys or len(made) != 2 * SIGNATURE_BYTES or not _HEX.match(made):
        raise ValueError("it has a line that is no row")
    return LockedRow(
        keys=RowKeys(
            row=bytes.fromhex(row),
            norm=bytes.fromhex(norm),
            inputs=tuple(bytes.fromhex(key) for key in asked),
        ),
        signature=bytes.fromhex(made),
    )


def _damaged(path: Path, why: str) -> DataError:
    """Return the error for a lock that cannot be trusted."""
    return DataError(
        what=f"The holdout lock {visible(str(path))} cannot be trusted: {why}.",
        why="A changed lock may let holdout rows into training, and scores would mean nothing.",
        remedy="Put back the file as it was made, or split again under another name.",
    )
