"""Chat texts around the values, the first set: the detectors were tuned against it."""

import random
from collections.abc import Callable
from typing import NamedTuple

from bench.detection_sets import personal, tokens


class Planted(NamedTuple):
    """One row of text and the values in it."""

    text: str
    values: tuple[tuple[str, str], ...]
    """Kind and value, as it stands in the text."""


_AROUND = {
    "card": (
        "Please charge {} for the two tickets.",
        "My visa is {} exp 09/28, cvv 123.",
        'Tool call: {{"amount": 20, "card": "{}"}}',
        "Kreditkarte: {}, danke.",
        "I typed {} and it was declined.",
    ),
    "iban": (
        "Send the rent to {} by Friday.",
        "IBAN: {}",
        "Überweisung an {} bitte.",
        "account={}&amount=3",
        "My new bank account ({}) is open.",
    ),
    "ssn": (
        "My SSN is {}.",
        "For the form: {}, born 1980-04-02.",
        '{{"name": "x", "ssn": "{}"}}',
        "The applicant ({}) moved in 2019.",
    ),
    "email": (
        "Write to {} instead.",
        "cc {}, please",
        '{{\\"to\\": \\"{}\\"}}',
        "<{}>",
        "Contact: {}; thanks",
        "line one\\n{}\\nline two",
    ),
    "ip": (
        "The log shows {} at 12:33:01.",
        "ping {} fails",
        "Blocked [{}] again",
        "host={}, user=bob",
        "Traffic from {} doubled since 2024-05-17.",
    ),
    "phone": (
        "Call me at {} tonight.",
        "My phone: {}",
        "You can reach me on {}.",
        "Tel. {}",
        "WhatsApp {} is best",
        "Meine Handynummer ist {}",
        "I moved; {} is the right number now.",
        "{} - ask for Lena",
    ),
}
_SECRET_AROUND = (
    "I used {} and got a 401.",
    "export KEY={}",
    '{{"headers": {{"Authorization": "Bearer {}"}}}}',
    "curl -H 'X-Key: {}' https://api.corp.net/v1",
    '{{\\"key\\": \\"{}\\"}}',
    "first line\\n{}\\nlast line",
    "?auth={}&page=2",
)
_WHOLE = ("Here is my config:\n{}\nWhy does it fail?", "{}", "> {}\nIs that right?")
_FILLER = (
    "The order 4471{}-22 left on 2024-0{}-17 at 12:3{}:01. ",
    "Version 10.2.3{}.1 fixes issue #{}88{}. ",
    "It costs $1,{}99.00 and weighs 12{}.5 kg. ",
    "See ISBN 978-3-16-14841{}-0, pages 110-2{}4. ",
    "Run 550e8400-e29b-41d4-a716-44665544{}00{} ended with code {}. ",
    "",
    "",
)
_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "card": personal.card,
    "iban": personal.iban,
    "ssn": personal.ssn,
    "email": personal.email,
    "ip": personal.ip,
    "phone": personal.phone,
}
PERSONAL = tuple(_MAKERS)
"""Kinds of personal data in the set."""
SECRETS = tuple(tokens.MAKERS)
"""Families of secrets in the set."""
WHOLE_LINES = ("private-key", "webhook", "url-password", "keyword-secret")
"""Families that are no bare value and stand on a line of their own."""


def _filler(rng: random.Random) -> str:
    text = rng.choice(_FILLER)
    return text.format(*(rng.randint(0, 9) for _ in range(3)))


def rows(kind: str, count: int, seed: int) -> list[Planted]:
    """Return rows that each hold one value of a kind among other numbers."""
    rng = random.Random(f"{kind}{seed}")
    if kind in _MAKERS:
        make, around = _MAKERS[kind], _AROUND[kind]
    else:
        make, around = tokens.MAKERS[kind], _WHOLE if kind in WHOLE_LINES else _SECRET_AROUND
    made = []
    for _ in range(count):
        value = make(rng)
        text = _filler(rng) + rng.choice(around).format(value) + " " + _filler(rng)
        made.append(Planted(text, ((kind, value),)))
    return made
