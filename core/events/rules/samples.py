"""What the sampled answers show: they never end, or are of another length than they should be."""

import msgspec
from msgspec.structs import replace

from core.events.rule import Rule
from core.events.schema import AlertRaised, Event, PhaseEntered, ResourceRead, SampleTaken

_FEWEST = 2
"""Answers on which something can be said."""
_DRIFT = 2.0
_SHORTENED = 300
"""A reference as long as this may have been cut, so its length says nothing."""


class NeverStops(msgspec.Struct, frozen=True, kw_only=True):
    """Most answers run into the limit."""

    cut: int = 0
    """Answers of this look that did."""
    all: int = 0
    """Answers of this look."""
    step: int = 0
    said: bool = False

    def look(self, event: Event) -> tuple["NeverStops", AlertRaised | None]:
        """Judge a look when its last answer is in."""
        if isinstance(event, SampleTaken):
            cut = self.cut + (not event.stopped)
            return replace(self, cut=cut, all=self.all + 1, step=event.step), None
        if _still_sampling(event) or not self.all:
            return self, None
        most = self.step > 0 and self.all >= _FEWEST and 2 * self.cut > self.all
        after = NeverStops(said=most)
        if not most or self.said:
            return after, None
        return after, AlertRaised(
            rule="never_stops",
            level="warning",
            step=self.step,
            message=f"{self.cut} of {self.all} sampled answers ran into the limit.",
            action="Stop, and check that the token that ends an answer is trained.",
            evidence={"cut": float(self.cut), "answers": float(self.all)},
            key="stop",
        )


class LengthDrift(msgspec.Struct, frozen=True, kw_only=True):
    """Answers are twice, or half, as long as the rows' own."""

    references: tuple[tuple[str, int], ...] = ()
    """Prompt and characters of the row's own answer, where they are known whole."""
    given: int = 0
    """Characters answered at this look."""
    wanted: int = 0
    """Characters of the references to the same prompts."""
    all: int = 0
    step: int = 0
    said: bool = False

    def look(self, event: Event) -> tuple["LengthDrift", AlertRaised | None]:
        """Judge a look when its last answer is in."""
        if isinstance(event, SampleTaken):
            return self._taken(event), None
        if _still_sampling(event) or not self.all:
            return self, None
        fewest = self.step > 0 and self.all >= _FEWEST
        long = self.given > _DRIFT * self.wanted
        drifted = fewest and (long or _DRIFT * self.given < self.wanted)
        after = replace(self, given=0, wanted=0, all=0, said=drifted)
        if not drifted or self.said:
            return after, None
        times = f"{self.given / self.wanted:.2g} times as long as"
        return after, AlertRaised(
            rule="length_drift",
            level="warning",
            step=self.step,
            message=f"The sampled answers are {times} those of the rows.",
            action="Compare the samples; a stop token or a cut row may be behind it.",
            evidence={"characters": float(self.given), "wanted": float(self.wanted)},
            key="difference",
        )

    def _taken(self, event: SampleTaken) -> "LengthDrift":
        known = self
        if 0 < len(event.reference) < _SHORTENED:
            known = replace(self, references=(*self.references, (event.key, len(event.reference))))
        wanted = dict(known.references).get(event.key)
        if wanted is None:
            return known
        return replace(
            known,
            given=known.given + len(event.text),
            wanted=known.wanted + wanted,
            all=known.all + 1,
            step=event.step,
        )


def _still_sampling(event: Event) -> bool:
    """Return whether more answers of the same look may follow an event."""
    sampling = isinstance(event, PhaseEntered) and event.name == "sampling"
    return sampling or isinstance(event, ResourceRead)


RULES: tuple[type[Rule], ...] = (NeverStops, LengthDrift)
