"""Rows of the sample task as they stand in its files: tickets no two of which are alike."""

import json
import random
from dataclasses import dataclass
from typing import Any, Final

from sample_data.building.tickets import Ticket, write_ticket
from sample_data.building.triage import SYSTEM, triage_note

LICENCE: Final = "Apache-2.0"
SOURCE: Final = "fernhill-desk"
_SHINGLE: Final = 5
_ALIKE: Final = 0.5
"""Half of the words in the same order; the inspector calls rows near duplicates from .7 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRow:
    """A ticket, its note and where it came from."""

    ticket: Ticket
    """The customer's words and what they mean."""

    number: int
    """Stands in the row's id."""

    customer: str
    """Who wrote; some customers wrote up to three tickets."""


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return the runs of five words, by which likeness is measured."""
    words = text.lower().split()
    return {tuple(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1)}


def likeness(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """Return the share of common runs, 0 to 1."""
    return len(one & other) / (len(one | other) or 1)


def write_rows(rng: random.Random, count: int) -> list[CleanRow]:
    """Return rows of which no two tickets are alike."""
    rows: list[CleanRow] = []
    known: list[set[tuple[str, ...]]] = []
    customers = [f"C-{number:03d}" for number in range(1, count // 2 + 1)] * 3
    rng.shuffle(customers)
    while len(rows) < count:
        ticket = write_ticket(rng)
        runs = shingles(ticket.text)
        if any(likeness(runs, other) >= _ALIKE for other in known):
            continue
        known.append(runs)
        number = len(rows) + 1
        rows.append(CleanRow(ticket=ticket, number=number, customer=customers[number]))
    return rows


def as_object(row: CleanRow) -> dict[str, Any]:
    """Return the row as a chat, with its metadata."""
    return chat(
        row.ticket.text, triage_note(row.ticket), row.number, row.ticket.topic, row.customer
    )


def chat(asked: str, answer: str, number: int, topic: str, customer: str) -> dict[str, Any]:
    """Return a row from its parts."""
    return {
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": asked},
            {"role": "assistant", "content": answer},
        ],
        "metadata": {
            "id": f"T-{number:04d}",
            "topic": topic,
            "customer": customer,
            "source": SOURCE,
            "licence": LICENCE,
        },
    }


def line(value: dict[str, Any]) -> str:
    """Return a row as it stands in the file, without the end of the line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
