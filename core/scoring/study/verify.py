"""Checks a study from its first byte: plan, sheet, seal, and every event of every log."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.scoring.study.folder import StudyFolder
from core.scoring.study.hiding import look_lines, looks_of
from core.scoring.study.opened import (
    missing_ratings,
    read_locked,
    read_logs,
    read_sealed,
    seal_problem,
)
from core.scoring.study.provenance import EXPOSED, export_line, exports_of, is_exposed
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
    exports: tuple[dict[str, Any], ...]
    """Every file of rows to train on that was made of the study: by whom, when and why."""
    looks: tuple[dict[str, Any], ...]
    """Who looked at what is hidden while the study was blind: when and why."""
    looked: tuple[str, ...]
    """The same in words."""
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
        yield from (visible(export_line(one)) for one in self.exports)
        yield from map(visible, self.looked)
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
            "exports": list(self.exports),
            "looks": list(self.looks),
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
        exports=tuple(exports_of(folder)),
        looks=tuple(looks_of(folder)),
        looked=tuple(look_lines(folder)),
        exposed=is_exposed(folder),
        problems=tuple(problems),
    )
