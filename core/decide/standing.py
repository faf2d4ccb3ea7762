"""How the decisions of a workspace stand: which was right, and what has to be come back to."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.catalog.tuning_offers import services
from core.database import connect_to_read
from core.decide.due import Held, due_reminders
from core.decide.record import Decision, read_decisions
from core.decide.track_record import Scored, pair_up
from core.jobs.record import read_record
from core.jobs.store import list_jobs
from core.workspace import Workspace

_TRAINING = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What became of the decisions."""

    decisions: tuple[Decision, ...] = ()
    """Newest first."""
    scored: tuple[Scored, ...] = ()
    """Every verdict against the decision that stood then, newest first."""
    due: tuple[str, ...] = ()
    """What the newest decision has to be come back to for, now."""

    def score_of(self, decision: str) -> Scored | None:
        """Return the newest score of a decision, None where it was not measured."""
        return next((one for one in self.scored if one.decision == decision), None)


def read_standing(workspace: Workspace, *, today: date) -> Standing:
    """Return how the decisions stand, from the disk."""
    decisions = tuple(read_decisions(workspace.database))
    if not decisions:
        return Standing()
    verdicts, data = _verdicts(workspace), _data(workspace)
    trained = (job.created_at for job in list_jobs(workspace) if job.kind == _TRAINING)
    held = Held(
        data=data,
        trained_at=max(trained, default=None),
        new_rows=_new_rows(workspace),
        asked=_asked(workspace),
        measured=bool(verdicts),
    )
    return Standing(
        decisions=decisions,
        scored=tuple(pair_up(decisions, verdicts)),
        due=due_reminders(decisions[0], held, services(), today=today),
    )


def _verdicts(workspace: Workspace) -> list[tuple[str, dict[str, Any]]]:
    """Return every verdict that may be shown, with the moment it was made.

    Simulated raters measured nothing, and what a blind study hides is not told by another name.
    """
    rows = _rows(workspace, "SELECT created_at, result FROM verdicts")
    if not rows:
        return []
    # Home is ready sooner without what only a verdict needs.
    from core.scoring.study.hiding import blind_roots, shown_result

    blind = blind_roots(workspace)
    found = [(str(at), json.loads(text)) for at, text in rows]
    return [
        (at, result)
        for at, result in found
        if isinstance(result, dict)
        and not result.get("simulated_raters")
        and shown_result(result, blind) is result
    ]


def _data(workspace: Workspace) -> tuple[tuple[str, str], ...]:
    """Return when each different data set came in first, newest first."""
    query = "SELECT MIN(created_at) AS came, name FROM datasets GROUP BY sha256 ORDER BY came DESC"
    return tuple((str(came), str(name)) for came, name in _rows(workspace, query))


def _new_rows(workspace: Workspace) -> int | None:
    """Return how many rows more the newest data set has than the one before."""
    query = "SELECT profile FROM datasets GROUP BY sha256 ORDER BY MIN(created_at) DESC LIMIT 2"
    counts = [json.loads(text).get("rows") for (text,) in _rows(workspace, query)]
    known = [one for one in counts if isinstance(one, int)]
    return known[0] - known[1] if len(known) == 2 else None


def _asked(workspace: Workspace) -> tuple[tuple[str, str], ...]:
    """Return when each server last answered a holdout."""
    last: dict[str, str] = {}
    for job in list_jobs(workspace):
        if job.kind not in {"score", "recheck"} or job.state != "finished":
            continue
        spec = read_record(workspace.run(job.id)).spec
        invited = spec.get("endpoints") or (spec.get("invited") or {}).get("endpoints") or {}
        for name in invited:
            last[name] = max(last.get(name, ""), job.created_at)
    return tuple(sorted(last.items()))


def _rows(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    with connect_to_read(workspace.database) as connection:
        return connection.execute(query).fetchall() if connection else []
