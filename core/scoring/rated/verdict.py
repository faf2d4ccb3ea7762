"""The gates that turn a table of ratings into a decision, in the order in which they decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.errors import DataError
from core.scoring.rated import wording
from core.scoring.rated.absence import Absence, carriers, without_each
from core.scoring.rated.comparison import Comparison, Decision, compare, counted, scores_say
from core.scoring.rated.safety import Safety, count_unsafe
from core.scoring.rated.simulated import count_simulated, labelled
from core.scoring.rated.table import Table
from core.scoring.rated.terms import Integrity, Terms
from core.scoring.statistics.agreement import TENTATIVE, Agreement, measure_agreement
from core.scoring.statistics.power import fewest_decisive, items_to_bound, items_to_settle

_UNVERIFIED = "blinding and integrity not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedVerdict:
    """One decision, one sentence, and the figures behind them."""

    decision: Decision
    sentence: str
    gate: str
    """Which gate decided: integrity, safety, superiority, equivalence or unsettled."""
    on_scores: Decision
    """What the scores alone say: the decision, were it not for integrity and safety."""
    comparisons: tuple[Comparison, ...]
    """By name of the alternative."""
    agreement: Agreement
    safety: Safety
    more_items: int | None
    """Items to add before a worthwhile difference would show; None when nothing is open."""
    warnings: tuple[str, ...]
    """What a reader should know though it decides nothing."""
    without: dict[str, Decision]
    """What the ratings alone would say if one rater had not been there, by rater."""
    simulated: int = 0
    """How many of the raters are no people; the sentence says it first."""


def judge(
    table: Table,
    terms: Terms,
    integrity: Integrity | None = None,
    *,
    unsafe_recorded: bool = True,
    details: bool = True,
) -> RatedVerdict:
    """Return the verdict on the tuned model.

    Without `details` there are no warnings, no interval of the agreement, and nothing is watched
    in a study of fixed size; the decision is the same.
    """
    integrity = integrity or Integrity()
    _check_contenders(table, terms)
    finished = counted(table, terms)
    comparisons = compare(finished, terms, details=details)
    agreement = measure_agreement(table.units(), table.rubric, seed=0 if details else None)
    safety = count_unsafe(table, terms, recorded=unsafe_recorded)
    more = _more_items(comparisons, terms)
    rated = min(one.items for one in comparisons)
    alone = scores_say(comparisons)
    gate, words = _on_scores(alone, comparisons, terms, safety, more, rated)
    without = (
        without_each(finished, terms, comparisons) if details or alone != "keep_rating" else {}
    )
    void = _void(integrity, agreement, alone, without, terms)
    decision: Decision
    if void:
        decision, gate, words = "cannot_say", "integrity", void
    elif safety.forbids(terms):
        decision, gate, words = "do_not_ship", "safety", wording.is_unsafe(safety, terms)
    else:
        decision = alone
    return RatedVerdict(
        decision=decision,
        sentence=labelled(
            words if integrity.verified else f"{words.rstrip('.')}; {_UNVERIFIED}", table.raters
        ),
        gate=gate,
        on_scores=alone,
        comparisons=comparisons,
        agreement=agreement,
        safety=safety,
        more_items=more,
        warnings=tuple(_warnings(table, agreement, safety, alone, without)) if details else (),
        without={rater: one.decision for rater, one in without.items()},
        simulated=count_simulated(table.raters),
    )


def _check_contenders(table: Table, terms: Terms) -> None:
    """Refuse a table in which there is nothing to compare."""
    named = ", ".join(wording.name_of(name) for name in table.contenders) or "nobody"
    if terms.tuned not in table.contenders:
        raise DataError(
            what=f"No rating names the contender {wording.name_of(terms.tuned)}.",
            why=f"Rated were: {named}.",
            remedy="Name the tuned model as the ratings do.",
        )
    if len(table.contenders) == 1:
        raise DataError(
            what="There is nothing to compare the fine-tune with.",
            why=f"Only {named} was rated.",
            remedy="Rate at least the base model beside it.",
        )


def _on_scores(
    alone: Decision,
    comparisons: Sequence[Comparison],
    terms: Terms,
    safety: Safety,
    more: int | None,
    rated: int,
) -> tuple[str, str]:
    """Return gate and sentence of the decision that looks at nothing but the scores."""
    if alone == "ship":
        return "superiority", wording.ships(comparisons, terms, safety)
    if worse := [one for one in comparisons if one.worse]:
        worst = min(worse, key=lambda one: one.mean_difference)
        return "equivalence", wording.is_worse(worst)
    if equal := [one for one in comparisons if one.equal]:
        closest = min(equal, key=lambda one: one.mean_difference)
        return "equivalence", wording.is_equal(closest, terms)
    return "unsettled", wording.not_settled(more or 1, terms, rated=rated)


def _void(
    integrity: Integrity,
    agreement: Agreement,
    alone: Decision,
    without: Mapping[str, Absence],
    terms: Terms,
) -> str:
    """Return why nothing can be said; empty when something can."""
    if integrity.problems:
        return integrity.problems[0]
    if agreement.blocks and agreement.ordinal.value is not None:
        return wording.disagree(agreement.ordinal.value)
    if integrity.blinding_p is not None and integrity.blinding_p < terms.limit_p:
        return "Raters could tell which was the fine-tune."
    if integrity.position_p is not None and integrity.position_p < terms.limit_p:
        return "The place of an answer on the screen swayed the raters."
    if carried := carriers(alone, without):
        decision = without[carried[0]].decision
        return wording.depends_on(carried[0], decision.replace("_", " "))
    return ""


def _more_items(comparisons: Sequence[Comparison], terms: Terms) -> int | None:
    """Return how many items the least settled comparison lacks; None when none is open."""
    open_ones = [one for one in comparisons if not (one.beats or one.worse or one.equal)]
    return max((_lacks(one, terms) for one in open_ones), default=None)


def _lacks(one: Comparison, terms: Terms) -> int:
    """Return how many more items one comparison needs, at the spread seen so far."""
    needed = items_to_settle(one.deviation, terms.worthwhile, alpha=terms.alpha)
    if needed <= one.items:  # enough to find such a gain, not enough to rule it out
        needed = items_to_bound(one.deviation, terms.worthwhile, alpha=terms.alpha)
    deciding = max(1, one.wins + one.losses)
    fewest = -(-fewest_decisive(terms.alpha) * one.items // deciding)
    return max(1, needed - one.items, fewest - one.items)


def _warnings(
    table: Table,
    agreement: Agreement,
    safety: Safety,
    alone: Decision,
    without: Mapping[str, Absence],
) -> list[str]:
    """Return what decides nothing and should still be known."""
    found = []
    alpha = agreement.ordinal
    if len(table.raters) == 1:
        found.append("Agreement not measured: one rater.")
    elif alpha.value is None:
        found.append(f"Agreement undefined: {alpha.reason}.")
    elif alpha.value is not None and agreement.misleads:
        found.append(
            f"Alpha is {wording.short(alpha.value)} only because nearly every answer got one score."
        )
    found += [
        f"Raters disagree about the answers of {wording.name_of(name)} (alpha "
        f"{wording.short(value)}), more than about the others."
        for name, value in _disputed(table, agreement)
    ]
    if not safety.recorded:
        found.append("Whether answers were unsafe was not recorded.")
    found += [
        f"Without rater {wording.name_of(rater)} it would be {one.decision.replace('_', ' ')}."
        for rater, one in without.items()
        if one.decision != alone
    ]
    return found


def _disputed(table: Table, whole: Agreement) -> Iterator[tuple[str, float]]:
    """Yield the contenders in whose answers a disagreement piles up that the whole hides."""
    if whole.ordinal.value is None or whole.ordinal.value < TENTATIVE:
        return
    for name in table.contenders:
        found = measure_agreement(table.units(name), table.rubric, seed=None)
        if found.blocks and found.ordinal.value is not None:
            yield name, found.ordinal.value
