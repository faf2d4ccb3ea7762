"""Fernhill's own way to answer a ticket: the format and the tone that the sample task teaches."""

import json
from typing import Final

from sample_data.building.phrases import Topic, Urgency
from sample_data.building.tickets import Ticket

SYSTEM: Final = "You are the support desk of Fernhill. Read the ticket and write the triage note."

WORK: Final[dict[Topic, str]] = {
    "billing": "We are checking the {p} invoice",
    "delivery": "We are tracing your {p} parcel",
    "returns": "We are preparing the {p} return label",
    "login": "We are unlocking your {p} account",
    "setup": "We are collecting the {p} setup steps",
    "fault": "We are testing the {p} fault in our lab",
}
"""What the desk does first, by topic."""

WHEN: Final[dict[Urgency, str]] = {
    "high": "within the hour",
    "normal": "by tomorrow",
    "low": "this week",
}
"""What the desk promises, by urgency."""


def triage_note(ticket: Ticket) -> str:
    """Return the note that the house rules ask for, on one line."""
    work = WORK[ticket.topic].format(p=ticket.product)
    note = {
        "topic": ticket.topic,
        "urgency": ticket.urgency,
        "product": ticket.product,
        "reply": f"{work} and will write back {WHEN[ticket.urgency]}.",
    }
    return json.dumps(note, separators=(",", ":"))
