"""Keeps decisions in the workspace, with the answers that led to them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.database import connect, connect_to_read
from core.decide.advise import Recommendation
from core.decide.answers import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision as it was recorded; later versions of the advice do not change it."""

    id: str
    created_at: str
    """UTC, ISO 8601."""
    name: str
    """What the person calls it."""
    answers: dict[str, Any]
    """The answers as they were given."""
    result: dict[str, Any]
    """What `decide --json` printed."""


def save_decision(
    database: Path,
    *,
    id: str,
    name: str,
    answers: Answers,
    recommendation: Recommendation,
    now: datetime,
    further: Mapping[str, object] | None = None,
) -> None:
    """Add one decision; decisions are never replaced.

    `further` is kept with the result: its costs, the method, an `expected_gain` of two shares.
    """
    row = (
        id,
        now.isoformat(),
        name,
        answers.model_dump_json(),
        json.dumps({**recommendation.as_json(), **(further or {})}),
    )
    with connect(database) as connection:
        connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?)", row)


def read_decisions(database: Path) -> list[Decision]:
    """Return every decision, newest first."""
    with connect_to_read(database) as connection:
        if connection is None:
            return []
        rows = connection.execute(
            "SELECT id, created_at, name, answers, result FROM decisions"
            " ORDER BY created_at DESC, rowid DESC"
        ).fetchall()
    return [
        Decision(
            id=id, created_at=at, name=name, answers=json.loads(given), result=json.loads(result)
        )
        for id, at, name, given, result in rows
    ]
