"""Writes a mended source: the rows, a report, the journal and a manifest of hashes.

The same source and journal give the same bytes on every machine; no time and no name of a person
is in what is hashed.
"""

import hashlib
import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.data.sources import file_sha256
from core.data.triage.journal import Journal, read
from core.data.triage.operations import Fix, Keep, Redact
from core.data.triage.replay import Plan, plan
from core.data.triage.report import as_markdown, make_report
from core.errors import DataError
from core.storage import replace_file, storage_error, sync_folder
from core.text_safety import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What was written."""

    output: Path
    """The mended rows."""
    rows: int
    """How many there are."""
    dropped: int
    """Rows that were left out."""
    changed: int
    """Rows that read otherwise than in the source."""
    kept: int
    """Findings that a person answered by keeping a row."""
    sha256: str
    """Of the mended rows."""

    def as_json(self) -> dict[str, object]:
        """Return the form of `clean --json`."""
        return {
            "output": str(self.output),
            "rows": self.rows,
            "dropped": self.dropped,
            "changed": self.changed,
            "kept": self.kept,
            "sha256": self.sha256,
        }


def clean_file(source: Path, journal: Path, output: Path, *, replace: bool = False) -> Cleaned:
    """Replay a journal over its source and put the result in place in one step."""
    found = read(journal)
    sha256 = file_sha256(source)
    _refuse(source, sha256, journal, found, output, replace=replace)
    todo = plan(found.standing.steps)
    written = _write_rows(source, todo, output)
    changes = [step.change for step in found.standing.steps]
    report = make_report(
        source.name,
        found.standing.steps,
        {"written": written.rows, "dropped": written.dropped, "changed": written.changed},
    )
    manifest = {
        "source": {"name": source.name, "sha256": sha256},
        "rows": {"name": output.name, "sha256": written.sha256, "count": written.rows},
        "journal": {"entries": len(found.entries), "end": found.end.hex()},
        "detectors": sorted({one.rules for one in changes if isinstance(one, Redact)}),
        "fixes": sorted({one.fix for one in changes if isinstance(one, Fix)}),
    }
    for ending, content in (
        (".journal.jsonl", _lines_read(journal, found)),
        (".report.json", _json(report)),
        (".report.md", as_markdown(report).encode()),
        (".manifest.json", _json(manifest)),
    ):
        replace_file(beside(output, ending), content)
    return written


def _refuse(
    source: Path, sha256: str, path: Path, journal: Journal, output: Path, *, replace: bool
) -> None:
    """Stop before anything is written where something would be lost or be wrong."""
    if journal.opening.source != sha256:
        raise DataError(
            what=f"The journal {visible(str(path))} belongs to another file.",
            why=f"It was made for {visible(journal.opening.name)} as it was then; "
            f"{visible(source.name)} has other bytes.",
            remedy="Give the file it was made for, or inspect this one and mend it anew.",
        )
    if not output.exists():
        return
    if any(output.samefile(one) for one in (source, path)):
        raise DataError(
            what=f"{visible(str(output))} is what would be read.",
            why="A source is never changed; the mended rows go into a file of their own.",
            remedy="Give another name with -o.",
        )
    if not replace and not _is_ours(output):
        raise DataError(
            what=f"{visible(str(output))} is there already.",
            why="Writing over it would lose what it holds.",
            remedy="Give another name with -o, or add --replace.",
        )


def _lines_read(path: Path, journal: Journal) -> bytes:
    """Return the lines that were replayed; others may have been added behind them since."""
    try:
        with path.open("rb") as file:
            return b"".join(itertools.islice(file, 1 + len(journal.entries)))
    except OSError as error:
        raise storage_error(error, path, doing="read the journal") from error


def beside(output: Path, ending: str) -> Path:
    """Return the path of what is written next to mended rows."""
    return output.with_name(output.name.removesuffix(".jsonl") + ending)


def _is_ours(output: Path) -> bool:
    """Whether a file is what an earlier clean wrote, unchanged since."""
    try:
        manifest = json.loads(beside(output, ".manifest.json").read_bytes())
        return bool(manifest["rows"]["sha256"] == file_sha256(output))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def numbered_lines(source: Path) -> Iterator[tuple[int, bytes]]:
    """Yield every line that holds something, without its end, with its number."""
    try:
        with source.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip(b"\r\n")
    except OSError as error:
        raise storage_error(error, source, doing="read the rows") from error


def _write_rows(source: Path, todo: Plan, output: Path) -> Cleaned:
    """Write the mended rows, whole or not at all."""
    staged = output.with_name(f".{output.name}.{os.getpid()}.new")
    digest = hashlib.sha256()
    rows = 0
    changed = 0
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        try:
            with staged.open("wb") as file:
                staged.chmod(0o600)
                for line, moved in _moved(source, todo):
                    file.write(line)
                    digest.update(line)
                    rows += 1
                    changed += moved
                file.flush()
                os.fsync(file.fileno())
            staged.replace(output)
        finally:
            staged.unlink(missing_ok=True)
        sync_folder(output.parent)
    except OSError as error:
        raise storage_error(error, output, doing="write the mended rows") from error
    steps = (change for changes in todo.changes.values() for change in changes)
    return Cleaned(
        output=output,
        rows=rows,
        dropped=len(todo.dropped),
        changed=changed,
        kept=sum(isinstance(change, Keep) for change in steps),
        sha256=digest.hexdigest(),
    )


def _moved(source: Path, todo: Plan) -> Iterator[tuple[bytes, bool]]:
    """Yield the lines that are written, each with whether it differs from the source's."""
    for row, line in numbered_lines(source):
        mended = todo.mended(row, line)
        if mended is not None:
            yield mended + b"\n", mended != line


def _json(value: object) -> bytes:
    """Return JSON for people and programs."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
