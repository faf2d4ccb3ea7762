"""What is put down in a study beside its logs: who did what with it, when and why, a line each.

Each line is chained to the one before and the first to the plan, as ratings are; the file of ends
knows the last line of each record, which a chain alone cannot miss.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import DataError, UsageError
from core.scoring.study.canonical import canonical, link, sha256
from core.scoring.study.folder import StudyFolder
from core.storage import replace_file, storage_error

SHORTEST_REASON = 10
LONGEST_REASON = 300
CHAINED = "chained"
"""What a plan says whose study never had a line without a hash."""
_FIELDS = {
    "looks.jsonl": ("at", "by", "why"),
    "exports.jsonl": ("at", "by", "rows", "as", "file", "touching", "reason"),
}
"""What the lines of each record say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record as far as it can be read."""

    name: str
    """The file's name."""
    entries: tuple[dict[str, Any], ...]
    """What the lines say, oldest first, without what chains them."""
    unchained: int
    """Lines at its beginning from before lines were chained."""
    end: str
    """Hash of its last line; whoever has it can tell a record that was cut later. Empty without."""
    problems: tuple[str, ...]
    """What was changed, by line."""

    def lines(self) -> Iterator[str]:
        """Yield in words what of it cannot be told."""
        if self.unchained:
            count = f"{self.unchained} line{'s' * (self.unchained != 1)}"
            yield (
                f"{self.name} begins with {count} from before lines were chained; whether one was "
                f"changed {'before the next' if self.end else 'since'} cannot be told."
            )


class Records(NamedTuple):
    """Both records of a study."""

    looks: Record
    """Who looked at what is hidden while it was blind."""
    exports: Record
    """Which rows to train on were made of it."""


def read_records_of(folder: StudyFolder, seal: str, *, chained: bool) -> Records:
    """Return what was put down beside the logs; `chained` says that no line may lack a hash."""
    known = _ends(folder)

    def read(path: Path) -> Record:
        content = _content(path)
        found = _examined(path.name, content, seal, chained=chained)
        if found.problems:
            return found
        cut = _cut(found, content, None if known is None else known.get(path.name))
        return replace(found, problems=(cut,) if cut else ())

    return Records(looks=read(folder.looks), exports=read(folder.exports))


def _examined(name: str, content: bytes, seal: str, *, chained: bool) -> Record:
    """Return a record with everything wrong in its lines."""
    *lines, torn = content.split(b"\n")
    values = [_value(line, _FIELDS[name]) for line in lines]
    old = 0
    while not chained and old < len(values) and (one := values[old]) and "hash" not in one:
        old += 1
    before = b"".join(line + b"\n" for line in lines[:old])
    end: str | None = sha256(bytes.fromhex(seal) + before) if old else seal
    hashes = {str(one["hash"]) for one in values if one and "hash" in one}
    problems = []
    for number, (line, value) in enumerate(zip(lines, values, strict=True), start=1):
        if number <= old:
            continue
        wrong, end = _wrong(number, line, value, end, hashes)
        if wrong:
            problems.append(f"Line {number} of {name} {wrong}.")
    if torn:
        problems.append(f"Line {len(lines) + 1} of {name} is not whole.")
    return Record(
        name=name,
        entries=tuple(_said(one) for one in values if one),
        unchained=old,
        end=(end or "") if len(lines) > old else "",
        problems=tuple(problems),
    )


def _wrong(
    number: int, line: bytes, value: dict[str, Any] | None, end: str | None, hashes: set[str]
) -> tuple[str, str | None]:
    """Return what is wrong with a line, and the hash that the next one follows.

    None as `end` says that nobody knows what the line had to follow.
    """
    if value is None:
        return "cannot be read: it was changed after it was written", None
    if "hash" not in value:
        return "has no hash: it was added or changed by something else", None
    stored, previous = str(value["hash"]), str(value.get("prev", ""))
    try:
        holds = canonical(value) == line and link(previous, value) == stored
    except ValueError:
        holds = False
    if not holds:
        return "was changed after it was written", stored
    if end is None or previous == end:
        return "", stored
    if previous in hashes:
        return "is not where it was written: lines were reordered or repeated", stored
    if number == 1:
        return "does not follow from the plan: a line before it was removed", stored
    return f"does not follow line {number - 1}: a line before it was removed or changed", stored


def _cut(record: Record, content: bytes, known: Mapping[str, Any] | None) -> str:
    """Return what is missing at the end of a record that holds; empty where nothing is."""
    name, lines = record.name, content.splitlines()
    if known is None:
        return f"ends.json does not say how {name} ended: it was changed." if record.end else ""
    written = int(known["lines"])
    if len(lines) < written:
        last = f"line {written}" if len(lines) + 1 == written else f"lines up to {written}"
        return f"{name} has {len(lines)} of {written} lines: {last} at its end was removed."
    if (_value(lines[written - 1], ()) or {}).get("hash") != known["hash"]:
        return f"Line {written} of {name} is not the one that was written."
    return ""


def add_to_record(folder: StudyFolder, path: Path, entry: Mapping[str, object]) -> None:
    """Add a line that follows the last one, safe on disk when this returns."""
    with _alone(folder):
        content, known = _content(path), _ends(folder) or {}
        lines = content.splitlines()
        last = _value(lines[-1], ()) if lines else {}
        if last is None:
            raise DataError(
                what=f"{path.name} of {folder.id} cannot be read.",
                why="The record was changed by something else.",
                remedy="Put back the file as it was written.",
            )
        seal = folder.seal.read_text().strip()
        # Lines from before there were hashes are held by the first hash after them.
        start = sha256(bytes.fromhex(seal) + content) if lines else seal
        previous = str(last["hash"]) if "hash" in last else start
        body = {**entry, "prev": previous}
        body["hash"] = link(previous, body)
        replace_file(path, content + canonical(body) + b"\n")
        ends = {**known, path.name: {"lines": len(lines) + 1, "hash": body["hash"]}}
        replace_file(folder.ends, canonical(ends) + b"\n")


@contextmanager
def _alone(folder: StudyFolder) -> Iterator[None]:
    """Let nobody else add a line in the meantime."""
    try:
        lock = os.open(folder.ends.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise storage_error(error, folder.ends, doing="put a line down") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _ends(folder: StudyFolder) -> dict[str, dict[str, Any]] | None:
    """Return how many lines each record has and its last hash; None where that is not known."""
    try:
        found = json.loads(_content(folder.ends))
        whole = all(one["lines"] > 0 and one["hash"] for one in found.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if whole else None


def _content(path: Path) -> bytes:
    """Return a file's bytes; none where it is not there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise storage_error(error, path, doing="read what was recorded") from error


def _value(line: bytes, fields: Sequence[str]) -> dict[str, Any] | None:
    """Return what a line says; None where it is no object with these fields."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(value, dict) and all(field in value for field in fields)
    return value if whole else None


def _said(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in {"prev", "hash"}}


def read_opening(folder: StudyFolder) -> dict[str, Any]:
    """Return when the seal was opened first and by whom; nothing where it is shut."""
    content = _content(folder.revealed)
    if not content:
        return {"at": "", "by": ""}
    value = _value(content, ("at", "by"))
    if value is None:
        raise DataError(
            what=f"{folder.revealed.name} of {folder.id} cannot be read.",
            why="The record was changed by something else.",
            remedy="Put back the file as it was written.",
        )
    return value


def check_reason(reason: str, *, after: str, why: str) -> None:
    """Refuse a reason that says nothing, or a whole story."""
    length = len(reason.strip())
    if not SHORTEST_REASON <= length <= LONGEST_REASON:
        raise UsageError(
            what=f"The reason {after} has {length} characters.",
            why=why,
            remedy=f"Write {SHORTEST_REASON} to {LONGEST_REASON} characters.",
        )
