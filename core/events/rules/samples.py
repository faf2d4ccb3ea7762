"""What the sampled answers show: they never end, are of another length, or have become refusals."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from core.events.rule import Rule
from core.events.schema import AlertRaised, Event, PhaseEntered, ResourceRead, SampleTaken

_FEWEST = 2
"""Answers on which something can be said."""
_DRIFT = 2.0
_SHORTENED = 300
"""A reference as long as this may have been cut, so its length says nothing."""
_MORE_REFUSALS = 0.2
"""Share of answers, above that of the start, that must have become refusals."""
_OPENING = 160
"""Characters in which an answer that refuses says so."""
_REFUSAL = re.compile(
    r"\b(?:i(?:['’]m| am)? (?:can(?:['’]t|not)|won['’]t|(?:am )?(?:not able|unable)(?: to)?|"
    r"must (?:decline|refuse))"
    r"(?: to)?,? (?:help|assist|answer|provide|share|give|comply|fulfil+|discuss|do (?:that|this)|"
    r"support|respond|continue|produce|create|write|generate|engage|offer|that|with)"
    r"|as an? (?:ai|artificial intelligence|language model)\b"
    r"|i have to (?:decline|refuse)|not (?:comfortable|appropriate) (?:for me )?to)",
    re.IGNORECASE,
)
"""How models say no; rows in other words or languages are simply not counted."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of one look at the samples, as far as they are in."""

    samples: tuple[SampleTaken, ...] = ()

    def after(self, event: Event) -> "Taken":
        """Return the look after one more event, and all of its answers once the last is in."""
        if isinstance(event, SampleTaken):
            return Taken(Look(samples=(*self.samples, event)), ())
        sampling = isinstance(event, PhaseEntered) and event.name == "sampling"
        if sampling or isinstance(event, ResourceRead):
            return Taken(self, ())
        return Taken(Look() if self.samples else self, self.samples)


class Taken(NamedTuple):
    """What a look holds, and what it held when it was whole."""

    look: Look
    whole: Sequence[SampleTaken]
    """Empty while answers may still come."""


class NeverStops(msgspec.Struct, frozen=True, kw_only=True):
    """Most answers run into the limit."""

    taking: Look = Look()
    said: bool = False

    def look(self, event: Event) -> tuple["NeverStops", AlertRaised | None]:
        """Judge a look when its last answer is in."""
        taking, whole = self.taking.after(event)
        if not whole:
            return NeverStops(taking=taking, said=self.said), None
        step, cut = whole[-1].step, sum(not one.stopped for one in whole)
        most = step > 0 and len(whole) >= _FEWEST and 2 * cut > len(whole)
        after = NeverStops(taking=taking, said=most)
        if not most or self.said:
            return after, None
        return after, AlertRaised(
            rule="never_stops",
            level="warning",
            step=step,
            message=f"{cut} of {len(whole)} sampled answers ran into the limit.",
            action="Stop, and check that the token that ends an answer is trained.",
            evidence={"cut": float(cut), "answers": float(len(whole))},
            key="stop",
        )


class LengthDrift(msgspec.Struct, frozen=True, kw_only=True):
    """Answers are twice, or half, as long as the rows' own."""

    taking: Look = Look()
    references: dict[str, int] = msgspec.field(default_factory=dict)
    """Characters of the row's own answer to each prompt, where they are known whole."""
    said: bool = False

    def look(self, event: Event) -> tuple["LengthDrift", AlertRaised | None]:
        """Judge a look when its last answer is in."""
        taking, whole = self.taking.after(event)
        if not whole:
            return msgspec.structs.replace(self, taking=taking), None
        known = {one.key: len(one.reference) for one in whole if one.reference}
        references = self.references | {
            key: length for key, length in known.items() if length < _SHORTENED
        }
        told = [one for one in whole if one.key in references]
        given = sum(len(one.text) for one in told)
        wanted = sum(references[one.key] for one in told)
        enough = whole[-1].step > 0 and len(told) >= _FEWEST
        drifted = enough and (given > _DRIFT * wanted or _DRIFT * given < wanted)
        after = LengthDrift(taking=taking, references=references, said=drifted)
        if not drifted or self.said:
            return after, None
        return after, AlertRaised(
            rule="length_drift",
            level="warning",
            step=whole[-1].step,
            message=f"The sampled answers are {given / wanted:.2g} times as long as those of the "
            "rows.",
            action="Compare the samples; a stop token or a cut row may be behind it.",
            evidence={"characters": float(given), "wanted": float(wanted)},
            key="difference",
        )


class RefusalDrift(msgspec.Struct, frozen=True, kw_only=True):
    """Answers have become refusals that neither the start nor the rows' own answers were."""

    taking: Look = Look()
    usual: float | None = None
    """Share of refusals at the first look, or in the rows' own answers where that is larger."""
    said: bool = False

    def look(self, event: Event) -> tuple["RefusalDrift", AlertRaised | None]:
        """Judge a look when its last answer is in."""
        taking, whole = self.taking.after(event)
        if not whole:
            return msgspec.structs.replace(self, taking=taking), None
        share = _refusing([one.text for one in whole])
        if self.usual is None:
            wanted = _refusing([one.reference for one in whole if one.reference])
            return RefusalDrift(taking=taking, usual=max(share, wanted)), None
        refusals = round(share * len(whole))
        drifted = refusals >= _FEWEST and share >= self.usual + _MORE_REFUSALS
        after = RefusalDrift(taking=taking, usual=self.usual, said=drifted)
        if not drifted or self.said:
            return after, None
        return after, AlertRaised(
            rule="refusal_drift",
            level="warning",
            step=whole[-1].step,
            message=f"{refusals} of {len(whole)} sampled answers refuse; "
            f"at the start it was {self.usual:.0%}.",
            action="Compare the samples; look for rows that teach the model to say no.",
            evidence={
                "refusals": float(refusals),
                "answers": float(len(whole)),
                "share_at_start": self.usual,
            },
            key="difference",
        )


def _refusing(texts: Sequence[str]) -> float:
    """Return the share of texts that open with a refusal; 0 where there are none."""
    return sum(map(refuses, texts)) / len(texts) if texts else 0.0


def refuses(text: str) -> bool:
    """Return whether an answer opens by saying no."""
    return _REFUSAL.search(text[:_OPENING]) is not None


RULES: tuple[type[Rule], ...] = (NeverStops, LengthDrift, RefusalDrift)
