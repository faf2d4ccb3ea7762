"""Rolls a release back when the evidence of harm is enough, and says who did it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.release.gateway.log_store import LogStore
from core.release.harm import harm_of
from core.release.release_plan import ReleasePlan
from core.release.standing import evidence_from, read_standing, roll_back

BY = "guardrail"
"""Who is written down."""


class Guard:
    """Looks at the harm after every batch that holds some."""

    def __init__(
        self,
        plan: ReleasePlan,
        standing: Path,
        *,
        clock: Callable[[], datetime],
        tell: Callable[[str], None] = lambda words: None,
    ) -> None:
        """Take where the standing is written; `tell` hears of a rollback."""
        self._plan = plan
        self._standing = standing
        self._clock = clock
        self._tell = tell

    def look(self, store: LogStore) -> None:
        """Roll back if it is time."""
        standing = read_standing(self._standing)
        if standing.rolled_back or not self._plan.guardrail.on:
            return
        found = harm_of(self._plan, store.harmed(evidence_from(standing)))
        name, evidence = max(found.items(), key=lambda one: one[1], default=("", 0.0))
        if evidence < self._plan.guardrail.evidence:
            return
        why = f"{name} harms more users than {self._plan.rollback} (evidence {evidence:.1f})"
        roll_back(self._standing, by=BY, why=why, now=self._clock())
        self._tell(f"Rolled back to {self._plan.rollback}: {why}")
