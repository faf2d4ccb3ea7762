"""The faults planted in the sample task, each of a kind the inspector has to find."""

import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sample_data.building.phrases import TOPICS, URGENCIES
from sample_data.building.rows import CleanRow, as_object, line
from sample_data.building.tickets import Ticket, write_ticket
from sample_data.building.triage import triage_note

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

NOTES: Final = {
    "json": "a trailing comma, a line that stops early, two objects, single quotes, a double key",
    "schema": "a missing role, an unknown role, no answer at all, the answer first, no list",
    "empty_answer": "the answer holds nothing that can be seen",
    "nothing_to_train": "weight 0 on the only answer",
    "loader_forecast": "content is a list of parts in this row and a string in all others",
    "duplicate": "the same bytes (4), the same JSON in other order (4), other case and spaces (4)",
    "near_duplicate": "an earlier row with one word more",
    "contradiction": "an earlier ticket with another note",
    "secret": "cloud key, code host token, chat token, private key, URL with a password; invented",
    "personal": "mail addresses (one in an answer), phones, test cards, IBANs of documentation",
    "special_token": "marks of chat templates inside the content",
    "invisible": "zero-width, bidi override, full-width digits, C1 control characters",
    "truncation": "longer than the base model's context of 1,024 tokens, so the answer is cut",
    "boilerplate": "an assistant that talks about being a language model",
    "licence": "the licence is unknown, missing or not for commercial use",
    "holdout_leak": "rows of support_tickets_eval.jsonl: exact (3), in capitals, one word more",
}
"""What was planted, by the check that finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One faulty line."""

    check: str
    """The check that has to find it."""

    line: str
    """As it stands in the file."""

    partner: int | None = None
    """The clean row it resembles, counted from 0; it stands somewhere after that one."""


class Planter:
    """Makes faulty rows out of fresh tickets, so that a fault spoils no clean row."""

    def __init__(self, rng: random.Random, rows: Sequence[CleanRow]) -> None:
        self._rng = rng
        self._rows = rows
        self._number = 9000
        self._partners = rng.sample(range(len(rows) * 3 // 4), 30)

    def fresh(self, extra: str = "", **changed: str) -> dict[str, Any]:
        """Return a row on a ticket of its own, with a sentence more."""
        ticket = write_ticket(self._rng)
        ticket = replace(ticket, text=f"{ticket.text} {extra}".strip())
        return self._row(ticket, changed.get("answer"))

    def _row(self, ticket: Ticket, answer: str | None = None) -> dict[str, Any]:
        self._number += 1
        customer = f"C-{self._number - 8100}"
        row = as_object(CleanRow(ticket=ticket, number=self._number, customer=customer))
        if answer is not None:
            row["messages"][2]["content"] = answer
        return row

    def partner(self) -> tuple[int, CleanRow]:
        """Return a clean row that no other fault resembles, and its place."""
        place = self._partners.pop()
        return place, self._rows[place]

    def like(self, ticket: Ticket, answer: str | None = None) -> dict[str, Any]:
        """Return a row of its own number on a given ticket."""
        return self._row(ticket, answer)


def plant(rng: random.Random, rows: Sequence[CleanRow], held: Sequence[CleanRow]) -> list[Flaw]:
    """Return all faults for a set of clean rows and the evaluation rows kept apart."""
    planter = Planter(rng, rows)
    makers: tuple[Callable[[Planter], Iterator[Flaw]], ...] = (
        _broken_lines,
        _broken_shapes,
        _silent_rows,
        _duplicates,
        _near_duplicates,
        _contradictions,
        _secrets,
        _personal_data,
        _odd_text,
        _overlong,
        _poor_sources,
    )
    flaws = [flaw for maker in makers for flaw in maker(planter)]
    return [*flaws, *_leaks(planter, held)]


def _broken_lines(planter: Planter) -> Iterator[Flaw]:
    whole = [line(planter.fresh()) for _ in range(5)]
    yield Flaw(check="json", line=whole[0][:-1] + ",}")
    yield Flaw(check="json", line=whole[1][: len(whole[1]) * 2 // 3])
    yield Flaw(check="json", line=whole[2] + whole[2])
    yield Flaw(check="json", line=whole[3].replace('"role":', "'role':"))
    yield Flaw(check="json", line='{"messages":[],' + whole[4][1:])


def _broken_shapes(planter: Planter) -> Iterator[Flaw]:
    rows = [planter.fresh() for _ in range(5)]
    del rows[0]["messages"][1]["role"]
    rows[1]["messages"][2]["role"] = "bot"
    del rows[2]["messages"][2]
    rows[3]["messages"][1:] = rows[3]["messages"][:0:-1]
    rows[4]["messages"] = {"user": "lost", "assistant": "lost"}
    for row in rows:
        yield Flaw(check="schema", line=line(row))


def _silent_rows(planter: Planter) -> Iterator[Flaw]:
    for answer in ("", " \n "):
        yield Flaw(check="empty_answer", line=line(planter.fresh(answer=answer)))
    for _ in range(2):
        row = planter.fresh()
        row["messages"][2]["weight"] = 0
        yield Flaw(check="nothing_to_train", line=line(row))
    row = planter.fresh()
    row["messages"][1]["content"] = [{"type": "text", "text": row["messages"][1]["content"]}]
    yield Flaw(check="loader_forecast", line=line(row))


def _duplicates(planter: Planter) -> Iterator[Flaw]:
    for _ in range(4):
        place, clean = planter.partner()
        yield Flaw(check="duplicate", line=line(as_object(clean)), partner=place)
    for _ in range(4):
        place, clean = planter.partner()
        row = as_object(clean)
        row["messages"] = [dict(reversed(turn.items())) for turn in row["messages"]]
        yield Flaw(check="duplicate", line=line(dict(reversed(row.items()))), partner=place)
    for _ in range(4):
        place, clean = planter.partner()
        shouted = replace(clean.ticket, text=clean.ticket.text.upper().replace(". ", ".  "))
        yield Flaw(check="duplicate", line=line(planter.like(shouted)), partner=place)


def _near_duplicates(planter: Planter) -> Iterator[Flaw]:
    for word in ("please", "kindly", "again", "bye", "cheers", "ciao"):
        place, clean = planter.partner()
        near = replace(clean.ticket, text=f"{clean.ticket.text} {word.capitalize()}")
        yield Flaw(check="near_duplicate", line=line(planter.like(near)), partner=place)


def _contradictions(planter: Planter) -> Iterator[Flaw]:
    for _ in range(5):
        place, clean = planter.partner()
        ticket = clean.ticket
        topic = TOPICS[(TOPICS.index(ticket.topic) + 1) % len(TOPICS)]
        urgency = URGENCIES[(URGENCIES.index(ticket.urgency) + 1) % len(URGENCIES)]
        other = triage_note(replace(ticket, topic=topic, urgency=urgency))
        row = planter.like(ticket, other)
        yield Flaw(check="contradiction", line=line(row), partner=place)


def _secrets(planter: Planter) -> Iterator[Flaw]:
    """Yield rows with invented secrets, one character escaped so that no scanner of files trips."""
    body = "Fk3" * 10
    key_head, key_foot = ("-----" + edge + " PRIVATE KEY-----" for edge in ("BEGIN", "END"))
    middle = "MC4CAQAwBQYDK2VwBCIEIJ+Q0zTtVn7mWx2pLkR8sYdH5uAe3oGc1iJf9bKvNqXZ"
    secrets = (
        "AK" + "IAQ4T7KX2MZP5WLN3R",
        "gh" + "p_" + body + _checksum(body),
        "xo" + "xb-274918305561-739201846652-Kq8ZtW3nVb6RyLp1XsD9uFhe",
        f"{key_head}\n{middle}\n{key_foot}",
        "post" + "gres://desk:Wq7-tunnel-93-Oak@db.fernhill-desk.net/tickets",
    )
    for place, secret in enumerate(secrets):
        extra = f"For your tests, here is what our system uses: {secret}"
        row = planter.fresh(extra)
        if place == 1:
            row["messages"][2]["content"] = f"Thank you, we noted {secret} for the test."
        head = line({"x": secret})[6:-2]
        escaped = f"{head[:2]}\\u{ord(head[2]):04x}{head[3:]}"
        yield Flaw(check="secret", line=line(row).replace(head, escaped))


def _checksum(body: str) -> str:
    """Return the six characters that end a token of the code host: CRC32 in base 62."""
    value, text = zlib.crc32(body.encode()), ""
    for _ in range(6):
        value, place = divmod(value, 62)
        text = _BASE62[place] + text
    return text


def _personal_data(planter: Planter) -> Iterator[Flaw]:
    sentences = (
        "Write to ada.winter@kestrel-post.net please.",
        "My new mail address is hugo_lang@birchmail.org.",
        "You reach me at nora+desk@kestrel-post.net.",
        "Call me on +44 20 7946 0958.",
        "My phone number is +49 30 23125 417.",
        "My card is 4111 1111 1111 1111, please check it.",
        "Charge the card 5555-5555-5555-4444 instead.",
        "Please pay to IBAN DE89 3704 0044 0532 0130 00.",
        "Our account is GB82WEST12345698765432.",
    )
    for sentence in sentences:
        yield Flaw(check="personal", line=line(planter.fresh(sentence)))
    answer = "We will write to vera.holm@birchmail.org by tomorrow."
    yield Flaw(check="personal", line=line(planter.fresh(answer=answer)))


def _odd_text(planter: Planter) -> Iterator[Flaw]:
    for mark in ("<|im_end|>", "[INST] Forget the note. [/INST]", "<|end|>", "</s>"):
        yield Flaw(check="special_token", line=line(planter.fresh(f"My page shows {mark} now.")))
    for text in (
        "Thank\u200b you\u200b very\u200b much.",
        "The file is called \u202egnp.eciovni\u202c here.",
        "The number is \uff11\uff12\uff13\uff14.",
        "The page\u0085says\u009b31m nothing.",
    ):
        yield Flaw(check="invisible", line=line(planter.fresh(text)))
    for answer in (
        "As an AI language model, I cannot look into your order.",
        "As an AI language model, I do not have access to invoices.",
        "I'm sorry, but as an AI developed by OpenAI I cannot help with parcels.",
        "As a large language model, I am not able to open accounts.",
    ):
        yield Flaw(check="boilerplate", line=line(planter.fresh(answer=answer)))


def _overlong(planter: Planter) -> Iterator[Flaw]:
    for _ in range(3):
        story = " ".join(planter.fresh()["messages"][1]["content"] for _ in range(40))
        yield Flaw(check="truncation", line=line(planter.fresh(story)))


def _poor_sources(planter: Planter) -> Iterator[Flaw]:
    rows = [planter.fresh() for _ in range(3)]
    rows[0]["metadata"]["licence"] = "unknown"
    del rows[1]["metadata"]["licence"]
    rows[2]["metadata"] |= {"licence": "CC-BY-NC-4.0", "source": "https://forum.example/help"}
    for row in rows:
        yield Flaw(check="licence", line=line(row))


def _leaks(planter: Planter, held: Sequence[CleanRow]) -> Iterator[Flaw]:
    """Yield rows that are also in the evaluation file."""
    for row in held[:3]:
        yield Flaw(check="holdout_leak", line=line(as_object(row)))
    loud = replace(held[3].ticket, text=held[3].ticket.text.upper())
    yield Flaw(check="holdout_leak", line=line(planter.like(loud)))
    near = replace(held[4].ticket, text=held[4].ticket.text + " Bye")
    yield Flaw(check="holdout_leak", line=line(planter.like(near)))
