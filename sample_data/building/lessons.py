"""Conversations the base model practises on; the sample task's own format is not among them."""

import json
import random
from collections.abc import Callable
from typing import Final, Literal, NotRequired, TypedDict

from sample_data.building.facts import COLOURS, write_facts
from sample_data.building.phrases import DETAILS, NAMES, PRODUCTS, TOPICS, Topic
from sample_data.building.replies import ADVICE, write_judgement, write_reply, write_system
from sample_data.building.tickets import Ticket, write_ticket

Role = Literal["system", "user", "assistant"]


class Message(TypedDict):
    """One turn, as chat templates take it."""

    role: Role
    content: str
    given: NotRequired[bool]
    """True for an answer nobody could guess, such as the first in a format not yet shown."""


HOUSE_KEYS: Final = ("topic", "urgency", "product", "reply")
"""The keys of the house format: left out on purpose, so that the base model never saw it."""

_SYLLABLES: Final = tuple(first + vowel for first in "bdfklmnprstvwz" for vowel in "aeio")
_ENDS: Final = ("", "", "n", "r", "s", "x", "l", "m")

_TOPIC_KEYS: Final = ("topic", "category", "kind", "about", "area", "class", "subject")
_URGENCY_KEYS: Final = ("urgency", "priority", "level", "speed", "rank")
_PRODUCT_KEYS: Final = ("product", "item", "device", "thing", "name")
_REPLY_KEYS: Final = ("reply", "answer", "note", "next", "text", "action", "step")

_SYNONYMS: Final[dict[Topic, tuple[str, ...]]] = {
    "billing": ("money", "invoice", "payment"),
    "delivery": ("parcel", "shipping", "post"),
    "returns": ("refund", "return", "back"),
    "login": ("account", "access", "password"),
    "setup": ("install", "start", "guide"),
    "fault": ("defect", "broken", "repair"),
}

_LEADS: Final = ("The team", "Our desk", "Somebody", "A colleague", "Our office", "Ben")
_WORDS: Final = tuple(
    sorted(
        {
            word.strip(".,?")
            for lines in DETAILS.values()
            for line in lines
            for word in line.split()
            if "{" not in word
        }
    )
)
"""Plain words; sentences of them mean nothing, so that only the conversation can tell them."""

_TAILS: Final = ("and will call", "and will answer", "and get back", "and report", "and reply")
_TIMES: Final = (
    ("now", "today", "in a day", "at once", "in two hours", "first", "this morning"),
    ("soon", "tomorrow", "in two days", "next", "in some days", "after lunch"),
    ("later", "next week", "when there is time", "in a month", "last", "some day"),
)


def coin_name(rng: random.Random) -> str:
    """Return a product name that nobody has, so that it can only be copied."""
    return "".join(rng.choices(_SYLLABLES, k=rng.choice((2, 2, 3)))).capitalize() + rng.choice(
        _ENDS
    )


def name_products(rng: random.Random) -> tuple[str, ...]:
    """Return Fernhill's products, or a shelf of names made up for this lesson."""
    if rng.random() < 0.6:
        return PRODUCTS
    return tuple(dict.fromkeys(coin_name(rng) for _ in range(rng.randint(2, 6))))


def teach_prose(rng: random.Random) -> list[Message]:
    """Return a ticket answered in prose, sometimes with a question after it."""
    system = write_system(rng)
    messages: list[Message] = [_turn("system", system)] if system else []
    for _ in range(rng.choice((1, 1, 1, 2))):
        ticket = write_ticket(rng, name_products(rng))
        messages.append(_turn("user", ticket.text))
        messages.append(_turn("assistant", write_reply(ticket, rng)))
        if rng.random() < 0.3:
            question, answer = write_judgement(ticket, rng)
            messages += [_turn("user", question), _turn("assistant", answer)]
    return messages


def teach_judgement(rng: random.Random) -> list[Message]:
    """Return a ticket with a question about it."""
    ticket = write_ticket(rng, name_products(rng))
    question, answer = write_judgement(ticket, rng)
    text = f"{question}\n\n{ticket.text}" if rng.random() < 0.5 else f"{ticket.text}\n\n{question}"
    return [_turn("user", text), _turn("assistant", answer)]


def teach_shown_format(rng: random.Random) -> list[Message]:
    """Return tickets answered in a format that only the first answers show."""
    note = _pick_format(rng)
    products = name_products(rng)
    shown = rng.choice((1, 2, 3, 3, 3, 3, 4))
    tickets = [write_ticket(rng, products) for _ in range(shown)]
    last = write_ticket(rng, products)
    if rng.random() < 0.5:
        while last.topic not in {ticket.topic for ticket in tickets}:
            last = write_ticket(rng, products)
    system = write_system(rng)
    messages: list[Message] = [_turn("system", system)] if system else []
    if rng.random() < 0.75:
        for ticket in [*tickets, last]:
            messages += [_turn("user", ticket.text), _turn("assistant", note(ticket))]
        next(turn for turn in messages if turn["role"] == "assistant")["given"] = True
        return messages
    asks, tells = rng.choice((("Ticket", "Note"), ("Input", "Output"), ("Message", "Answer")))
    blocks = [f"{asks}: {ticket.text}\n{tells}: {note(ticket)}" for ticket in tickets]
    head = rng.choice(("", "Examples:\n\n", "Answer in the same way.\n\n"))
    text = head + "\n\n".join([*blocks, f"{asks}: {last.text}\n{tells}:"])
    return [*messages, _turn("user", text), _turn("assistant", note(last))]


def _pick_format(rng: random.Random) -> Callable[[Ticket], str]:
    """Return a way to write notes: keys, order, labels, wording and brackets at random."""
    keys = [
        ("topic", rng.choice(_TOPIC_KEYS)),
        ("urgency", rng.choice(_URGENCY_KEYS)),
        ("product", rng.choice(_PRODUCT_KEYS)),
        ("reply", rng.choice(_REPLY_KEYS)),
    ]
    if rng.random() < 0.3:
        keys = [(field, coin_name(rng).lower()) for field, _ in keys]
    rng.shuffle(keys)
    if rng.random() < 0.5:
        keys = keys[: rng.choice((2, 3))]
    if tuple(key for _, key in keys) == HOUSE_KEYS:
        keys.reverse()
    labels = _pick_labels(rng)
    levels = rng.choice(
        (
            ("high", "normal", "low"),
            ("high", "normal", "low"),
            ("high", "normal", "low"),
            ("high", "normal", "low"),
            ("now", "soon", "later"),
        )
    )
    levels_of = dict(zip(("high", "normal", "low"), levels, strict=True))
    reply = _pick_wording(rng)
    layout = rng.choice(_LAYOUTS)

    def write(ticket: Ticket) -> str:
        values = {
            "topic": labels[ticket.topic],
            "urgency": levels_of[ticket.urgency],
            "product": ticket.product,
            "reply": reply(ticket),
        }
        return layout([(key, values[field]) for field, key in keys])

    return write


def _pick_labels(rng: random.Random) -> dict[Topic, str]:
    """Return a label for every topic: the plain word, or another one."""
    if rng.random() < 0.8:
        return {topic: str(topic) for topic in TOPICS}
    return {topic: rng.choice(_SYNONYMS[topic]) for topic in TOPICS}


def _pick_wording(rng: random.Random) -> Callable[[Ticket], str]:
    """Return a fixed sentence for every topic and urgency, the same in the whole lesson."""
    lead, tail = rng.choice(_LEADS), rng.choice(_TAILS)
    times = dict(zip(("high", "normal", "low"), map(rng.choice, _TIMES), strict=True))
    verbs = ("looks at", "checks", "handles", "takes", "follows", "sorts", "is on", "opens")
    kind = rng.choice(("advice", "work", "work", "words"))

    def first_part(topic: Topic) -> str:
        if kind == "advice":
            return rng.choice(ADVICE[topic])
        if kind == "words":
            words = rng.choices(_WORDS, k=rng.randint(2, 6))
            words.insert(rng.randint(0, len(words)), "{p}")
            return f"{lead} {' '.join(words)} {tail}"
        return f"{lead} {rng.choice(verbs)} the {{p}} {rng.choice(_SYNONYMS[topic])} {tail}"

    work = {topic: first_part(topic) for topic in TOPICS}

    def say(ticket: Ticket) -> str:
        text = work[ticket.topic].format(p=ticket.product)
        return text if kind == "advice" else f"{text} {times[ticket.urgency]}."

    return say


def _as_json(pairs: list[tuple[str, str]]) -> str:
    return json.dumps(dict(pairs), separators=(",", ":"))


_LAYOUTS: Final[tuple[Callable[[list[tuple[str, str]]], str], ...]] = (
    _as_json,
    _as_json,
    _as_json,
    _as_json,
    _as_json,
    lambda pairs: json.dumps(dict(pairs)),
    lambda pairs: "\n".join(f"{key}: {value}" for key, value in pairs),
    lambda pairs: "; ".join(f"{key}={value}" for key, value in pairs),
    lambda pairs: " | ".join(value for _, value in pairs),
    lambda pairs: "".join(f"<{key}>{value}</{key}>" for key, value in pairs),
    lambda pairs: ", ".join(f"{key} ({value})" for key, value in pairs),
)


def teach_reading(rng: random.Random) -> list[Message]:
    """Return a question whose answer stands in a passage, or visibly does not."""
    products = name_products(rng)
    facts = write_facts(rng, products, rng.randint(1, 8))
    asked = facts.pop(rng.randrange(len(facts))) if rng.random() < 0.12 else rng.choice(facts)
    known = asked in facts
    answer = asked.answer if known else "I do not know, the documents do not say."
    if not facts or rng.random() < 0.06:
        text, answer = asked.question, "I do not have that at hand, sorry."
        return [_turn("user", text), _turn("assistant", answer)]
    passage = _write_passage([fact.statement for fact in facts], rng)
    system = write_system(rng)
    way = rng.random()
    if way < 0.35:
        head = rng.choice(("Documents", "Context", "Passages", "Use these documents"))
        system = f"{system}\n\n{head}:\n{passage}".strip()
        text = asked.question
    else:
        head = rng.choice(
            (
                "Context:\n",
                "Passage:\n",
                "Documents:\n\n",
                "Use the documents to answer.\n\n",
                "",
                "Answer from these passages:\n\n",
            )
        )
        ask = rng.choice(("Question: ", "", "Question:\n", "Customer: "))
        text = f"{head}{passage}\n\n{ask}{asked.question}"
    messages: list[Message] = [_turn("system", system)] if system else []
    return [*messages, _turn("user", text), _turn("assistant", answer)]


def _write_passage(statements: list[str], rng: random.Random) -> str:
    """Return statements as paragraphs, with the headings and marks documents have."""
    paragraphs: list[str] = []
    while statements:
        size = rng.choice((1, 2, 3))
        paragraph, statements = " ".join(statements[:size]), statements[size:]
        mark = rng.random()
        name = rng.choice((*TOPICS, *PRODUCTS))
        if mark < 0.15:
            paragraph = f"# {name.capitalize()}\n\n{paragraph}"
        elif mark < 0.3:
            paragraph = f"[{len(paragraphs) + 1}] {paragraph}"
        elif mark < 0.45:
            paragraph = f"{name.lower()}.md: {paragraph}"
        paragraphs.append(paragraph)
    return rng.choice(("\n\n", "\n\n", "\n", "\n---\n")).join(paragraphs)


def teach_copying(rng: random.Random) -> list[Message]:
    """Return something to say again: the habit that every other lesson leans on."""
    words = [_any_word(rng) for _ in range(rng.randint(1, 8))]
    way = rng.randrange(4)
    if way == 0:
        text = " ".join(words)
        ask = rng.choice(("Repeat: {t}", "Say again: {t}", "{t}\n\nRepeat this.", "Copy: {t}"))
        return [_turn("user", ask.format(t=text)), _turn("assistant", text)]
    if way == 1:
        text = " ".join(words)
        return [_turn("user", f"{text}\n{text}\n{text}"), _turn("assistant", text)]
    keys = list(dict.fromkeys(words))
    values = [_any_word(rng) for _ in keys]
    joint = rng.choice((": ", " is ", "=", " has "))
    lines = [f"{key}{joint}{value}" for key, value in zip(keys, values, strict=True)]
    place = rng.randrange(len(keys))
    listing = rng.choice(("\n", ", ", "; ")).join(lines)
    if way == 2:
        return [
            _turn("user", f"{listing}\n\nWhat belongs to {keys[place]}?"),
            _turn("assistant", values[place]),
        ]
    note = json.dumps(dict(zip(keys, values, strict=True)), separators=(",", ":"))
    return [_turn("user", f"Write as JSON: {listing}"), _turn("assistant", note)]


def _any_word(rng: random.Random) -> str:
    """Return a name, a number, a code or a colour."""
    way = rng.random()
    if way < 0.4:
        return coin_name(rng)
    if way < 0.6:
        return str(rng.randint(2, 999))
    if way < 0.8:
        return rng.choice((*PRODUCTS, *NAMES))
    return rng.choice(COLOURS)


def _turn(role: Role, content: str) -> Message:
    return {"role": role, "content": content}


Lesson = Callable[[random.Random], list[Message]]

EARLY: Final[tuple[tuple[Lesson, float], ...]] = (
    (teach_copying, 0.45),
    (teach_reading, 0.25),
    (teach_prose, 0.15),
    (teach_judgement, 0.15),
)
"""The first lessons are short and mostly about copying."""

LATE: Final[tuple[tuple[Lesson, float], ...]] = (
    (teach_shown_format, 0.32),
    (teach_reading, 0.31),
    (teach_copying, 0.15),
    (teach_prose, 0.13),
    (teach_judgement, 0.09),
)
"""The rest of the time: long conversations, formats and passages."""


def write_lesson(rng: random.Random, plan: tuple[tuple[Lesson, float], ...]) -> list[Message]:
    """Return one conversation of a kind drawn from `plan`."""
    kinds, shares = zip(*plan, strict=True)
    lesson: Lesson = rng.choices(kinds, shares)[0]
    return lesson(rng)
