"""Entries and feedback for the log of a release."""

from typing import Any

from core.release.gateway.entry import Entry
from core.release.gateway.feedback import Feedback
from core.release.release_plan import LogPolicy

FULL = LogPolicy(keep="full", days=10)


def entry(
    number: int, *, at: float = 0.0, user: str = "u", words: str = "", **values: Any
) -> Entry:
    """Return what the log takes of one request."""
    made: dict[str, Any] = {
        "id": f"chatcmpl-{number:08}",
        "at": at,
        "dealt": "a",
        "arm": "a",
        "user": user,
        "prompt": f'[{{"role":"user","content":"{words}"}}]',
        "answer": words,
        "outcome": "answered",
        "errors": "",
        "first_ms": 1.0,
        "total_ms": 2.0,
        "tokens_in": 1,
        "tokens_out": 1,
    }
    return Entry(**(made | values))


def said(number: int, words: str = "") -> tuple[Feedback, float]:
    """Return a thumb down for an entry."""
    id = f"chatcmpl-{number:08}"
    return Feedback(id=id, rating=-1, comment=words, correction=words), 0.0
