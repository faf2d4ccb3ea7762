"""A workspace with a split whose rows may be sent to a service."""

import json
from datetime import UTC, datetime
from pathlib import Path

from core.data.split import split_file
from core.workspace import Workspace, create_workspace

_NOW = datetime(2026, 11, 20, tzinfo=UTC)
_TOPICS = ("refund", "late parcel", "wrong size", "broken zip", "lost password")


def split_of(root: Path, *, rows: int = 40, secret: str = "") -> Workspace:
    """Return a workspace with the split `tickets`; `secret` stands in one train row."""
    workspace = create_workspace(root / "ws", name="tickets")
    (workspace.data / "salt").write_bytes(b"0123456789abcdef")  # so that rows fall as they do here
    source = root / "tickets.jsonl"
    source.write_text("".join(_line(number, secret) for number in range(rows)))
    split_file(workspace, source, name="tickets", now=_NOW)
    return workspace


def _line(number: int, secret: str) -> str:
    """Return one ticket; all of them hold the secret, so that a train row surely does."""
    topic = _TOPICS[number % len(_TOPICS)]
    question = f"Ticket {number * 7919}: my {topic} from week {number} of the sale {secret}".strip()
    turns = [
        {"role": "system", "content": "Answer as the shop would."},
        {"role": "user", "content": question},
        {"role": "assistant", "content": f"We look into {topic} number {number * 31} today."},
    ]
    return json.dumps({"messages": turns}) + "\n"
