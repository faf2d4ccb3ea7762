"""Writes rows made of a study, and never lets a holdout row become training data unsaid."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.errors import DataError, UsageError
from core.scoring.harvest.corrections import gather_corrections
from core.scoring.harvest.gathered import Gathered
from core.scoring.harvest.heard import HeardItem, heard_items
from core.scoring.harvest.holdout_check import touching
from core.scoring.harvest.pairs import gather_pairs
from core.scoring.rated.simulated import count_simulated
from core.scoring.study.canonical import sha256
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import (
    Locked,
    Logs,
    open_seal,
    read_locked,
    read_logs,
    read_sealed,
    seal_problem,
)
from core.scoring.study.record import add_to_record, check_reason
from core.storage import replace_file
from core.text_safety import visible
from core.workspace import Workspace

RowKind = Literal["pairs", "corrections"]
TOUCHES = "touches the holdout"
_GATHER: Mapping[RowKind, Callable[[Iterable[HeardItem], Collection[str]], Gathered]] = {
    "pairs": gather_pairs,
    "corrections": gather_corrections,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedRows:
    """What became of a study's rows."""

    rows: int
    """Rows written."""
    touching: int
    """Those of them that touch a holdout, written because somebody gave a reason."""
    left_out: Mapping[str, int]
    """How often each reason kept something out."""

    def lines(self) -> Iterable[str]:
        """Yield it in words."""
        if self.touching:
            yield f"{self.touching:,} of {self.rows:,} rows touch the holdout; the reason is kept."
            yield "A model trained on them can't be scored on that holdout."
        yield from reasons(self.left_out)

    def as_json(self) -> dict[str, object]:
        """Return what `study export --json` prints."""
        return {"rows": self.rows, "touching": self.touching, "left_out": dict(self.left_out)}


def reasons(left_out: Mapping[str, int]) -> list[str]:
    """Return what was left out in words, the most frequent reason first."""
    ordered = sorted(left_out.items(), key=lambda one: (-one[1], one[0]))
    return [f"{count:,} left out: {why}" for why, count in ordered]


def export_rows(
    workspace: Workspace,
    folder: StudyFolder,
    path: Path,
    *,
    kind: RowKind,
    by: str,
    now: datetime,
    reason: str | None = None,
) -> ExportedRows:
    """Write the rows of a study as JSONL, open its seal, and return what was written.

    Rows that touch a holdout stay out; with a `reason` they are written, and it is kept in the
    study. Nothing is opened or written where no row is left.
    """
    refuse_taken(path)
    if reason is not None:
        check_reason(
            reason,
            after="after --allow-holdout",
            why="It is kept in the study, so that others understand why the holdout was given up.",
        )
    locked, logs = read_trusted(folder)
    sealed = read_sealed(folder)
    if wrong := seal_problem(locked, sealed):
        raise _untrusted(folder, wrong)
    found = _GATHER[kind](heard_items(locked, logs), sealed.extra)
    touched = touching(workspace, locked.holdout, found.rows)
    rows = found.rows
    if touched and reason is None:
        rows = [row for place, row in enumerate(rows) if place not in touched]
        found.left_out[TOUCHES] += len(touched)
    done = ExportedRows(
        rows=len(rows),
        touching=len(touched) if reason is not None else 0,
        left_out=dict(found.left_out),
    )
    if not rows:
        raise _nothing(kind, done)
    content = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    written = content.encode(errors="replace")
    open_seal(folder, locked, by=by, now=now)
    add_to_record(
        folder,
        folder.exports,
        {
            "at": now.isoformat(),
            "by": by,
            "as": kind,
            "file": path.name,
            "sha256": sha256(written),
            "rows": done.rows,
            "touching": done.touching,
            "reason": (reason or "") if done.touching else "",
        },
    )
    replace_file(path, written)
    return done


def refuse_taken(path: Path) -> None:
    """Stop where a file is there already."""
    if path.exists():
        raise UsageError(
            what=f"{visible(str(path))} is there already.",
            why="What it holds would be lost.",
            remedy="Name another file, or remove this one.",
        )


def read_trusted(folder: StudyFolder) -> tuple[Locked, Logs]:
    """Return a study as it was locked and rated; stop where something was changed since."""
    locked = read_locked(folder)
    logs = read_logs(folder, locked)
    if problems := [*locked.problems, *logs.problems]:
        raise _untrusted(folder, problems[0])
    if count_simulated(logs.standings):
        raise DataError(
            what=f"{folder.id} was rated by simulated raters.",
            why="What a program made of the references says nothing about what people want.",
            remedy="Lock a study for people and let them rate it.",
        )
    return locked, logs


def _untrusted(folder: StudyFolder, problem: str) -> DataError:
    return DataError(
        what=f"{folder.id} can't be trusted: {problem}",
        why="Nobody could say that raters really preferred or wrote what would be exported.",
        remedy=f"`tuningfork study verify {folder.id}` names everything that does not hold.",
    )


def _nothing(kind: RowKind, done: ExportedRows) -> DataError:
    """Return the error where no row is left, with every reason."""
    why = "; ".join(reasons(done.left_out)) or "nobody said anything to make rows of"
    if TOUCHES in done.left_out:
        remedy = (
            "A model trained on these rows can't be scored on this holdout any more. To take"
            ' them all the same, add --allow-holdout "why"; the reason is kept in the study.'
        )
    else:
        remedy = "`tuningfork study status` shows how far people are and how they agree."
    return DataError(what=f"There are no {kind} to write.", why=f"{why}.", remedy=remedy)
