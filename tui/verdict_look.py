"""The verdicts that the workspace holds, newest first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One verdict on one run."""

    id: str
    run: str
    """The training run it is about."""
    at: str
    """When, UTC."""
    result: Mapping[str, Any]
    """What `verdict --json` prints."""

    @property
    def sentence(self) -> str:
        """The answer in one sentence; not yet safe to show."""
        return str(self.result.get("sentence", ""))


def read_verdicts(workspace: Workspace) -> list[Scored]:
    """Return every verdict, newest first."""
    from core.database import connect_to_read

    query = "SELECT id, run, created_at, result FROM verdicts ORDER BY created_at DESC, rowid DESC"
    with connect_to_read(workspace.database) as connection:
        rows = connection.execute(query).fetchall() if connection else []
    return [Scored(id=id, run=run, at=at, result=json.loads(text)) for id, run, at, text in rows]
