"""How a judge agrees with the people of its study; without that its choices are not shown."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from core.scoring.judge.kept import Judgement, JudgeRecord
from core.scoring.rated.section import Section
from core.scoring.rated.simulated import count_simulated
from core.scoring.rated.table import Table
from core.scoring.rated.wording import coefficient, name_of, short
from core.scoring.statistics.agreement import GOOD, TENTATIVE, Agreement, measure_agreement
from core.scoring.statistics.bias import (
    Choice,
    ShareTest,
    length_controlled,
    length_report,
    position_test,
)
from core.scoring.statistics.coincidence import Coefficient
from core.scoring.statistics.kappas import cohen
from core.scoring.statistics.shares import wilson

FEWEST = 20
"""Items that people and the judge both compared; the interval of an agreement on fewer is as wide
as the scale."""
_OUTCOMES = (-1, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthBias:
    """How far choices follow length."""

    longer: int
    """Choices of the longer answer."""
    decisive: int
    """Choices between answers of different length."""
    raw: float
    """Share of pairs that the tuned model wins, ties left out."""
    controlled: float
    """That share at equal length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One judge against the people."""

    model: str
    """What the server calls it; not yet safe to show."""
    origin: str
    """Where it was asked."""
    simulated: bool
    """Whether some of those whom it is held against are no people."""
    items: int
    """Items that people and the judge both compared."""
    pairs: int
    """Pairs of answers among them."""
    missing: int
    """Pairs without a reply."""
    unreadable: int
    """Pairs with a reply that made no choice."""
    agreement: Agreement
    """Of the judge's outcome and the people's, pair by pair."""
    kappa: Coefficient
    """Cohen's kappa of the same."""
    flips: int
    """Pairs that the judge chose otherwise in another order; they count as ties."""
    place: ShareTest
    """How often it chose the answer shown first, where it chose one."""
    length: LengthBias | None
    """How far the judge follows length; None where it never chose."""
    people_length: LengthBias | None
    """How far people do, on the same pairs."""
    outcomes: Mapping[str, tuple[int, int, int]]
    """Pairs won, tied and lost by the tuned model in the judge's eyes, by alternative."""

    @property
    def word(self) -> str:
        """What the agreement allows, in words."""
        alpha = self.agreement.ordinal.value
        if alpha is None:
            return "its agreement is undefined, so it tells nothing"
        if self.agreement.misleads:
            return "nearly every pair got one outcome, so alpha tells little"
        if alpha >= GOOD:
            return "it judges much as people do"
        if alpha >= TENTATIVE:
            return "it judges roughly as people do; take it for a hint"
        return "it does not judge as people do; do not go by it"

    @property
    def line(self) -> str:
        """Return how it agrees with people in a line; not yet safe to show."""
        found = self.agreement
        between = f" ({short(found.range.low)} to {short(found.range.high)})" if found.range else ""
        people = "simulated raters" if self.simulated else "people"
        return (
            f"{self.model} at {self.origin} and {people} on {self.items:,} items: alpha "
            f"{coefficient(found.ordinal)}{between}; {self.word}."
        )

    def as_json(self) -> dict[str, Any]:
        """Return what `verdict STUDY --json` prints of it."""
        found = self.agreement
        return {
            "model": self.model,
            "origin": self.origin,
            "simulated_raters": self.simulated,
            "items": self.items,
            "pairs": self.pairs,
            "missing": self.missing,
            "unreadable": self.unreadable,
            "alpha_ordinal": found.ordinal.value,
            "low": found.range.low if found.range else None,
            "high": found.range.high if found.range else None,
            "kappa": self.kappa.value,
            "percent": found.percent.value,
            "flips": self.flips,
            "first_chosen": {"count": self.place.hits, "n": self.place.n, "p": self.place.p},
            "length": asdict(self.length) if self.length else None,
            "people_length": asdict(self.people_length) if self.people_length else None,
            "outcomes": {
                name: dict(zip(("wins", "ties", "losses"), counts, strict=True))
                for name, counts in self.outcomes.items()
            },
            "word": self.word,
        }

    def section(self) -> Section:
        """Return it as a part of a report: the agreement first, then what it chose."""
        found = self.agreement
        interval = (
            f" ({found.range.low:.2f} to {found.range.high:.2f})"
            if found.range
            else ", no interval"
        )
        notes = [
            f"{self.model} at {self.origin} compared {self.pairs:,} pairs of answers to "
            f"{self.items:,} items that people rated. It decides nothing.",
            f"Agreement with people: alpha {coefficient(found.ordinal)}{interval}, Cohen's kappa "
            f"{coefficient(self.kappa)}, the same in {_percent(found.percent.value)}: {self.word}.",
            f"The order of the answers flipped {_of(self.flips, self.pairs)}; those count as ties. "
            f"It chose the answer shown first {_of(self.place.hits, self.place.n)} times "
            f"(p {self.place.p:.2g}).",
        ]
        for who, bias in (("The judge", self.length), ("People", self.people_length)):
            if bias is not None:
                notes.append(
                    f"{who} chose the longer answer {_of(bias.longer, bias.decisive)} times; the "
                    f"fine-tune won {100 * bias.raw:.0f} % of what was decided, "
                    f"{100 * bias.controlled:.0f} % at equal length."
                )
        if self.simulated:
            notes.append("Some or all whom it is held against are simulated raters, no people.")
        if self.missing or self.unreadable:
            notes.append(
                f"Left out: {self.missing:,} pairs without a reply, {self.unreadable:,} with one "
                "that makes no choice."
            )
        return Section(
            title="A language model as judge, beside the verdict",
            head=("fine-tune against", "judge: wins", "ties", "losses"),
            rows=tuple(
                (name_of(name), *map(str, counts)) for name, counts in self.outcomes.items()
            ),
            notes=tuple(notes),
        )


def uncalibrated(record: JudgeRecord, table: Table, tuned: str) -> str:
    """Return why a judge's choices are not shown; empty where they may be."""
    items = {one.item for one, _ in _both(record, table, tuned)}
    if len(items) >= FEWEST:
        return ""
    return (
        f"{record.model} and people both compared answers to {len(items)} items only; below "
        f"{FEWEST} its agreement can't be told, so its choices are not shown."
    )


def calibrate(record: JudgeRecord, table: Table, tuned: str) -> Calibration:
    """Return how a judge agrees with the people; some pair must have been compared by both."""
    both = _both(record, table, tuned)
    by_item: dict[str, list[list[float]]] = {}
    counts = {(mine, theirs): 0 for mine in _OUTCOMES for theirs in _OUTCOMES}
    outcomes: dict[str, list[int]] = {}
    for one, human in both:
        mine = one.outcome or 0
        by_item.setdefault(one.item, []).append([mine, human])
        counts[mine, human] += 1
        outcomes.setdefault(one.against, [0, 0, 0])[1 - mine] += 1
    shown = [one for one, _ in both]
    choices = [choice for one in shown for choice in (one.forth, one.back)]
    first = choices.count("first")
    return Calibration(
        model=record.model,
        origin=record.origin,
        simulated=count_simulated(table.raters) > 0,
        items=len(by_item),
        pairs=len(both),
        missing=record.asked - len(record.judgements),
        unreadable=sum(one.outcome is None for one in record.judgements),
        agreement=measure_agreement(list(by_item.values()), _OUTCOMES),
        kappa=cohen([[counts[mine, theirs] for theirs in _OUTCOMES] for mine in _OUTCOMES]),
        flips=sum(one.flips for one in shown),
        place=position_test(first, first + choices.count("second")),
        length=_length([(one, one.outcome or 0) for one in shown]),
        people_length=_length(both),
        outcomes={name: (n[0], n[1], n[2]) for name, n in sorted(outcomes.items())},
    )


def _both(record: JudgeRecord, table: Table, tuned: str) -> list[tuple[Judgement, int]]:
    """Return every pair that both compared, with what people say: 1, 0 or -1 for the tuned one."""
    people = {name: table.differences(tuned, name) for name in table.contenders if name != tuned}
    found = []
    for one in record.judgements:
        gap = people.get(one.against, {}).get(one.item)
        if gap is not None and one.outcome is not None:
            found.append((one, (gap > 0) - (gap < 0)))
    return found


def _length(decided: Sequence[tuple[Judgement, int]]) -> LengthBias | None:
    clear = [(one, outcome) for one, outcome in decided if outcome]
    if not clear:
        return None
    chosen = [
        Choice(one.tuned_length, one.other_length)
        if outcome > 0
        else Choice(one.other_length, one.tuned_length)
        for one, outcome in clear
    ]
    seen = length_report(chosen)
    control = length_controlled(
        [(outcome > 0, one.tuned_length - one.other_length) for one, outcome in clear]
    )
    return LengthBias(
        longer=seen.longer_chosen,
        decisive=seen.decisive,
        raw=fmean(outcome > 0 for _, outcome in clear),
        controlled=control.controlled,
    )


def _of(hits: int, n: int) -> str:
    """Return a count with its interval in percent."""
    if not n:
        return "0 of 0"
    low, high = wilson(hits, n)
    return f"{hits:,} of {n:,} ({100 * low:.0f} to {100 * high:.0f} %)"


def _percent(share: float | None) -> str:
    return "no pair" if share is None else f"{100 * share:.0f} % of the pairs"
