"""Checks a study from its first byte: plan, sheet, seal, and every event of every log."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.scoring.study.folder import StudyFolder
from core.scoring.study.hiding import look_lines
from core.scoring.study.opened import (
    missing_ratings,
    read_locked,
    read_logs,
    read_sealed,
    seal_problem,
)
from core.scoring.study.provenance import EXPOSED, export_line, is_exposed
from core.scoring.study.record import Records
from core.text_safety import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a check of a study found."""

    study: str
    """Id of the study."""
    seal: str
    """The plan's hash, from which every log starts."""
    events: int
    """Events that were re-derived from it."""
    raters: tuple[str, ...]
    """Whose logs were checked."""
    missing: int
    """Planned ratings of items that are not there yet; no fault while people still rate."""
    torn: tuple[str, ...]
    """Raters whose last line a crash cut; nothing shown as saved was in it."""
    records: Records
    """Who looked at what is hidden, and which rows to train on were made: when and why."""
    exposed: bool
    """Whether other accounts of the machine may read whose answer is whose."""
    problems: tuple[str, ...]
    """What does not hold."""

    def lines(self) -> Iterator[str]:
        """Yield the result in words."""
        logs = f"{len(self.raters)} logs, {self.events:,} events"
        yield f"{self.study}: plan {self.seal[:12]}, {logs}"
        for rater in self.torn:
            yield f"the last line of {rater}.jsonl was cut by a crash; it was never shown as saved"
        if self.missing:
            yield f"{self.missing:,} planned ratings of items are not there yet"
        for export in self.records.exports.entries:
            yield visible(export_line(export))
        yield from map(visible, look_lines(self.records.looks.entries))
        for record in self.records:
            yield from record.lines()
        if self.exposed:
            yield EXPOSED
        yield from self.problems
        if not self.problems:
            yield "Every hash, every event and the sealed names hold."

    def as_json(self) -> dict[str, object]:
        """Return what `study verify --json` prints."""
        return {
            "study": self.study,
            "plan": self.seal,
            "events": self.events,
            "raters": list(self.raters),
            "missing": self.missing,
            "torn": list(self.torn),
            "exports": list(self.records.exports.entries),
            "looks": list(self.records.looks.entries),
            "records": {
                one.name: {
                    "lines": len(one.entries),
                    "unchained": one.unchained,
                    "end": one.end or None,
                }
                for one in self.records
            },
            "exposed": self.exposed,
            "problems": list(self.problems),
        }


def verify_study(folder: StudyFolder) -> Verified:
    """Return what holds and what does not; the names stay sealed."""
    locked = read_locked(folder)
    logs = read_logs(folder, locked)
    problems = [*locked.problems, *logs.problems]
    if wrong := seal_problem(locked, read_sealed(folder)):
        problems.append(wrong)
    return Verified(
        study=folder.id,
        seal=locked.seal,
        events=logs.events,
        raters=tuple(sorted(logs.standings)),
        missing=missing_ratings(locked, logs),
        torn=logs.torn,
        records=logs.records,
        exposed=is_exposed(folder),
        problems=tuple(problems),
    )
