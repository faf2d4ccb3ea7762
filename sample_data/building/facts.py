"""Facts with a value, as statement, question and answer: practice in reading a passage."""

import random
from dataclasses import dataclass
from typing import Final

_KINDS: Final[tuple[tuple[str, str, tuple[str, ...], tuple[str, ...], str], ...]] = (
    (
        "warranty",
        "{n} months",
        ("The {p} comes with a warranty of {v}.", "The warranty of the {p} lasts {v}."),
        ("How long is the warranty of the {p}?", "What warranty does the {p} have?"),
        "The warranty of the {p} is {v}.",
    ),
    (
        "battery",
        "{n} hours",
        ("The battery of the {p} lasts {v}.", "A full battery runs the {p} for {v}."),
        ("How long does the battery of the {p} last?", "How long does the {p} run?"),
        "The battery of the {p} lasts {v}.",
    ),
    (
        "weight",
        "{n} grams",
        ("The {p} weighs {v}.", "The weight of the {p} is {v}."),
        ("How heavy is the {p}?", "What is the weight of the {p}?"),
        "The {p} weighs {v}.",
    ),
    (
        "range",
        "{n} metres",
        ("The {p} has a range of {v}.", "The {p} reaches as far as {v}."),
        ("What is the range of the {p}?", "How far does the {p} reach?"),
        "The range of the {p} is {v}.",
    ),
    (
        "price",
        "{n} euros",
        ("The {p} costs {v}.", "The price of the {p} is {v}."),
        ("What does the {p} cost?", "What is the price of the {p}?"),
        "The {p} costs {v}.",
    ),
    (
        "storage",
        "{n} gigabytes",
        ("The {p} stores up to {v}.", "The storage of the {p} is {v}."),
        ("How much does the {p} store?", "How much storage has the {p}?"),
        "The {p} stores {v}.",
    ),
    (
        "colour",
        "{c}",
        ("While it starts, the light of the {p} is {v}.", "The {p} shows a {v} light at start."),
        ("Which colour has the light of the {p} at start?", "What light does the {p} show?"),
        "The light of the {p} is {v}.",
    ),
    (
        "cable",
        "{n} centimetres",
        ("The cable of the {p} is {v} long.", "The {p} has a cable of {v}."),
        ("How long is the cable of the {p}?",),
        "The cable of the {p} is {v} long.",
    ),
    (
        "devices",
        "{n} devices",
        ("The {p} can serve {v} at once.", "Up to {v} fit on one {p}."),
        ("How many devices can the {p} serve?",),
        "The {p} can serve {v}.",
    ),
    (
        "reset",
        "{n} seconds",
        ("To reset the {p}, hold its button for {v}.", "The {p} resets after {v} on the button."),
        ("How do I reset the {p}?", "How long do I hold the button to reset the {p}?"),
        "Hold the button of the {p} for {v}.",
    ),
    (
        "return",
        "{n} days",
        ("Goods can be returned within {v}.", "The return period is {v}."),
        ("How long can I return goods?", "How long is the return period?"),
        "The return period is {v}.",
    ),
    (
        "refund",
        "{n} days",
        ("A refund is paid after {v}.", "We pay refunds within {v}."),
        ("When is a refund paid?", "How long does a refund take?"),
        "A refund takes {v}.",
    ),
    (
        "shipping",
        "{n} euros",
        ("Shipping costs {v}.", "We charge {v} for shipping."),
        ("What does shipping cost?", "How much is shipping?"),
        "Shipping costs {v}.",
    ),
    (
        "delivery",
        "{n} days",
        ("A parcel arrives after {v}.", "Delivery takes {v}."),
        ("How long does delivery take?", "When does a parcel arrive?"),
        "Delivery takes {v}.",
    ),
    (
        "password",
        "{n} signs",
        ("A password needs at least {v}.", "Passwords must have {v} or more."),
        ("How long must a password be?", "How many signs does a password need?"),
        "A password needs {v}.",
    ),
    (
        "lock",
        "{n} tries",
        ("An account is locked after {v}.", "After {v} the account is locked."),
        ("When is an account locked?", "After how many tries is an account locked?"),
        "An account is locked after {v}.",
    ),
    (
        "late",
        "{n} euros",
        ("The fee for a late payment is {v}.", "Late payments cost a fee of {v}."),
        ("What is the fee for a late payment?", "What does a late payment cost?"),
        "The late fee is {v}.",
    ),
    (
        "invoice",
        "{n} years",
        ("We keep invoices for {v}.", "Invoices stay in the archive for {v}."),
        ("How long do you keep invoices?",),
        "Invoices are kept for {v}.",
    ),
    (
        "phone",
        "{n} in the evening",
        ("The phone line is open until {v}.", "You can call us until {v}."),
        ("Until when is the phone line open?", "Until when can I call?"),
        "The phone line is open until {v}.",
    ),
    (
        "link",
        "{n} minutes",
        ("A reset link is valid for {v}.", "The link for a new password expires after {v}."),
        ("How long is a reset link valid?", "When does the reset link expire?"),
        "A reset link is valid for {v}.",
    ),
)
"""Name, shape of the value, ways to state it, ways to ask for it, and the answer."""

COLOURS: Final = ("red", "green", "blue", "white", "yellow", "purple", "orange", "pink")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One value that only a passage can tell."""

    subject: str
    """What it is of: the kind, and the product if the kind has one."""

    statement: str
    """The sentence of the passage."""

    question: str
    """What a customer asks."""

    answer: str
    """The full sentence that answers it."""


def write_fact(rng: random.Random, products: tuple[str, ...], kind: str | None = None) -> Fact:
    """Return a fact on one of `products` or on the firm, with a value at random."""
    chosen = [row for row in _KINDS if kind in (None, row[0])]
    name, shape, statements, questions, answer = rng.choice(chosen)
    number = rng.randint(2, 9) if rng.random() < 0.3 else rng.randint(10, 99)
    if rng.random() < 0.15:
        number = rng.randint(100, 999)
    product = rng.choice(products)
    value = shape.format(n=number, c=rng.choice(COLOURS))
    statement, question = rng.choice(statements), rng.choice(questions)
    return Fact(
        subject=f"{name} {product}" if "{p}" in answer else name,
        statement=statement.format(p=product, v=value),
        question=question.format(p=product),
        answer=answer.format(p=product, v=value),
    )


def write_facts(rng: random.Random, products: tuple[str, ...], count: int) -> list[Fact]:
    """Return up to `count` facts with different subjects, so that no two disagree."""
    kind = rng.choice(_KINDS)[0] if rng.random() < 0.3 else None
    facts: dict[str, Fact] = {}
    for _ in range(count * 2):
        fact = write_fact(rng, products, kind)
        facts.setdefault(fact.subject, fact)
    return list(facts.values())[:count]
