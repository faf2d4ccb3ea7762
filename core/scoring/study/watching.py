"""What the owner may see while people rate: progress, care and agreement, and no result.

Only a plan that stops on evidence lets the evidence be watched; any other result seen early would
tempt to stop when it suits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from core.scoring.statistics.agreement import Agreement, measure_agreement
from core.scoring.study.evidence import evidence_of, needed_evidence
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import (
    Locked,
    Logs,
    Sealed,
    missing_ratings,
    read_locked,
    read_logs,
    read_sealed,
)
from core.scoring.study.rating_log import RatingEvent
from core.scoring.study.standing import Standing

QUICK_MS = 3_000
"""A whole item finished faster than this was hardly read."""
_AWAY_S = 300
"""A longer gap between two items is a pause, not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterSeen:
    """How one person rates."""

    rater: str
    """Who."""
    done: int
    """Items finished."""
    seconds: float | None
    """Median time an item takes; None before the second."""
    quick: int
    """Items finished faster than anybody reads."""
    repeats_same: int
    """Answers that got the same score when they came again."""
    repeats: int
    """Answers that came again."""
    traps_seen: int
    """Answers that are wrong on purpose and were rated below the highest score."""
    traps: int
    """Such answers met."""
    drift: float | None
    """Mean score of the second half of the items minus that of the first; None for a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A study under way."""

    study: str
    """Id of the study."""
    planned: int
    """Ratings of items that the plan asks for."""
    missing: int
    """Those that are not there yet."""
    raters: tuple[RaterSeen, ...]
    """By name."""
    agreement: Agreement
    """How far people agree, over all answers without their names."""
    evidence: float | None
    """The weakest evidence of all comparisons, for a plan that stops on evidence; else None."""
    needed: float
    """The evidence at which such a plan stops."""
    problems: tuple[str, ...]
    """What does not hold."""

    def lines(self) -> Iterator[str]:
        """Yield it in words."""
        done = self.planned - self.missing
        yield f"{self.study}: {done:,} of {self.planned:,} ratings of items"
        for one in self.raters:
            pace = "" if one.seconds is None else f", {one.seconds:.0f} s an item"
            again = f", {one.repeats_same} of {one.repeats} repeats the same" if one.repeats else ""
            traps = f", {one.traps_seen} of {one.traps} traps seen" if one.traps else ""
            quick = f", {one.quick} too quick to be read" if one.quick else ""
            drift = f", drift {one.drift:+.2f}" if one.drift is not None else ""
            yield f"{one.rater}: {one.done:,} items{pace}{again}{traps}{quick}{drift}"
        alpha = self.agreement.ordinal
        words = f"{alpha.value:.2f}" if alpha.value is not None else f"undefined, {alpha.reason}"
        yield f"agreement so far: alpha {words}"
        if self.evidence is not None:
            rule = "it may be watched"
            if self.evidence >= self.needed:
                rule = f"enough to stop: `tuningfork verdict {self.study}` opens the seal"
            yield f"evidence: {self.evidence:.2f} of {self.needed:.0f}; {rule}"
        yield from self.problems

    def as_json(self) -> dict[str, object]:
        """Return what `study status --json` prints."""
        return {
            "study": self.study,
            "planned": self.planned,
            "missing": self.missing,
            "raters": [
                {name: getattr(one, name) for name in RaterSeen.__slots__} for one in self.raters
            ],
            "alpha_ordinal": self.agreement.ordinal.value,
            "evidence": self.evidence,
            "evidence_needed": self.needed,
            "problems": list(self.problems),
        }


def watch_study(folder: StudyFolder) -> Watched:
    """Return how a study goes, from its logs alone."""
    locked = read_locked(folder)
    logs, sealed = read_logs(folder, locked), read_sealed(folder)
    return Watched(
        study=folder.id,
        planned=len(locked.sheet.items) * locked.plan.raters_per_item,
        missing=missing_ratings(locked, logs),
        raters=tuple(_seen(name, logs.standings[name], sealed) for name in sorted(logs.standings)),
        agreement=measure_agreement(_units(locked, logs), locked.plan.scores, seed=None),
        evidence=evidence_of(locked, logs, sealed),
        needed=needed_evidence(locked),
        problems=(*locked.problems, *logs.problems),
    )


def _seen(rater: str, standing: Standing, sealed: Sealed) -> RaterSeen:
    commits = [event for event in standing.all("commit") if event.occurrence == 0]
    rates = standing.all("rate")
    firsts = [event for event in rates if event.occurrence == 0]
    again = [
        (event, first)
        for event in rates
        if event.occurrence == 1
        and (first := standing.event("rate", (event.item, 0), event.side)) is not None
    ]
    trapped = [event for event in firsts if sealed.traps.get(event.item) == event.side]
    best = max((int(event.value) for event in rates), default=0)
    return RaterSeen(
        rater=rater,
        done=len(commits),
        seconds=_pace(commits),
        quick=sum(0 < event.dwell_ms < QUICK_MS for event in commits),
        repeats_same=sum(event.value == first.value for event, first in again),
        repeats=len(again),
        traps_seen=sum(int(event.value) < best for event in trapped),
        traps=len(trapped),
        drift=_drift(firsts),
    )


def _pace(commits: list[RatingEvent]) -> float | None:
    """Return the median seconds between two finished items, pauses left out."""
    times = sorted(datetime.fromisoformat(event.ts).timestamp() for event in commits)
    gaps = [b - a for a, b in pairwise(times) if b - a < _AWAY_S]
    return median(gaps) if gaps else None


def _drift(rates: list[RatingEvent]) -> float | None:
    """Return how much higher the later half was scored; None below 20 scores."""
    if len(rates) < 20:
        return None
    scores = [int(event.value) for event in sorted(rates, key=lambda event: event.ts)]
    half = len(scores) // 2
    return sum(scores[half:]) / (len(scores) - half) - sum(scores[:half]) / half


def _units(locked: Locked, logs: Logs) -> list[list[list[int]]]:
    """Return the scores that met on each answer, by item; no name is needed for that."""
    found = []
    for item in locked.sheet.items:
        sides = []
        for side in item.sides:
            scores = [one.score((item.id, 0), side.id) for one in logs.standings.values()]
            sides.append([score for score in scores if score is not None])
        found.append(sides)
    return found
