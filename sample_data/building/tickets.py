"""Makes support tickets: the same grammar feeds the sample task and the base model's practice."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from sample_data.building.phrases import (
    CLOSINGS,
    CONTEXTS,
    CUES,
    DETAILS,
    DISTRACTORS,
    GREETINGS,
    LINKS,
    NAMES,
    PROBLEMS,
    PRODUCTS,
    TOPICS,
    URGENCIES,
    Topic,
    Urgency,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One message of a customer, with what a careful reader would say about it."""

    text: str
    """What the customer wrote."""

    topic: Topic
    """What it is about."""

    urgency: Urgency
    """How soon it needs an answer, by the cue it holds."""

    product: str
    """The product in trouble, not one that is merely named."""


def write_ticket(rng: random.Random, products: tuple[str, ...] = PRODUCTS) -> Ticket:
    """Return one ticket about one of `products`; about one in eight names a second one."""
    topic, urgency = rng.choice(TOPICS), rng.choice(URGENCIES)
    product = rng.choice(products)
    problem = rng.choice(PROBLEMS[topic]).format(p=product)
    parts = [
        rng.choice(GREETINGS),
        _filled(rng.choice(CONTEXTS), rng),
        rng.choice(LINKS).format(s=problem),
    ]
    details = rng.sample(DETAILS[topic], rng.choice((1, 1, 2)))
    parts.extend(_filled(detail, rng) for detail in details)
    if rng.random() < 0.12:
        other = rng.choice([name for name in products if name != product] or [product])
        parts.insert(rng.randint(2, len(parts)), rng.choice(DISTRACTORS).format(q=other))
    parts.insert(rng.choice((2, len(parts), len(parts))), rng.choice(CUES[urgency]))
    parts.append(rng.choice(CLOSINGS).format(name=rng.choice(NAMES)))
    text = _sentences(part for part in parts if part)
    return Ticket(text=text, topic=topic, urgency=urgency, product=product)


def _filled(sentence: str, rng: random.Random) -> str:
    """Return the sentence with a count, a day, a code and a year of its own."""
    code = rng.choice("ABCDEFHKLMNPRSTUWXZ") + str(rng.randint(100, 999))
    day = f"{rng.randint(4, 20)}th"
    return sentence.format(n=rng.randint(2, 19), d=day, c=code, y=rng.randint(2016, 2024))


def _sentences(parts: Iterable[str]) -> str:
    """Join parts, with a capital where a sentence begins."""
    words: list[str] = []
    for part in parts:
        begins = not words or words[-1][-1] in ".?!"
        words.append(part[0].upper() + part[1:] if begins else part)
    return " ".join(words)
