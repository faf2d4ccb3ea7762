"""A verdict on people's ratings as lines of text, for pipes and screen readers; pure."""

from collections.abc import Iterator

from core.scoring.rated.contract import word_of
from core.scoring.rated.plots import distribution_lines, forest_lines
from core.scoring.rated.simulated import counted_raters
from core.scoring.rated.table import Table
from core.scoring.rated.verdict import RatedVerdict
from core.scoring.rated.wording import at_most, coefficient, shown_by
from core.text_safety import clip, visible

_LONGEST = 24


def rated_lines(verdict: RatedVerdict, table: Table) -> Iterator[str]:
    """Yield the sentence, the decision, and what each comparison shows."""
    yield verdict.sentence
    yield f"decision: {verdict.decision.replace('_', ' ')}"
    raters = counted_raters(len(table.raters), verdict.simulated)
    yield f"rated: {len(table.items):,} items by {raters}"
    for name in table.contenders:
        hits, n = table.ready(name)
        yield f"{_name(name)}: mean {table.mean(name):.2f}, production-ready {hits} of {n}"
    for one in verdict.comparisons:
        yield (
            f"against {_name(one.against)}: {one.mean_difference:+.2f} points "
            f"({one.low:.2f} to {one.high:.2f}), {one.wins} wins, {one.ties} ties, "
            f"{one.losses} losses: {shown_by(one)}"
        )
    agreement = verdict.agreement
    yield f"agreement: alpha {coefficient(agreement.ordinal)} ({word_of(agreement.ordinal.value)})"
    safety = verdict.safety
    if safety.recorded:
        yield f"unsafe: {safety.count} of {safety.items}, at most {at_most(safety.upper)}"
    for warning in verdict.warnings:
        yield f"mind: {warning}"


def detail_lines(verdict: RatedVerdict, table: Table) -> Iterator[str]:
    """Yield every test and coefficient, and two drawings."""
    yield ""
    yield from forest_lines(verdict.comparisons)
    yield ""
    yield from distribution_lines(table)
    yield ""
    for one in verdict.comparisons:
        ready, evidence = one.ready, one.evidence
        yield f"against {_name(one.against)}:"
        yield f"  sign-flip p {one.p:.4g}, after Holm {one.adjusted_p:.4g}, sd {one.deviation:.4f}"
        yield (
            f"  production-ready {ready.gained} gained, {ready.lost} lost: {ready.difference:+.4f} "
            f"({ready.low:.4f} to {ready.high:.4f}), McNemar p {ready.p:.4g}"
        )
        if evidence is not None:
            at = f"from item {evidence.settled_at} on" if evidence.settled_at else "never"
            yield (
                f"  evidence of ratings {evidence.ratings:.4g}, of picks {evidence.picks:.4g}; "
                f"20 reached {at}; anytime {evidence.low:.3f} to {evidence.high:.3f}"
            )
    found = verdict.agreement
    if found.range is not None:
        yield f"alpha ordinal: {found.range.low:.2f} to {found.range.high:.2f} (items drawn again)"
    for title, value in (
        ("alpha nominal", found.nominal),
        ("alpha interval", found.interval),
        ("equal ratings", found.percent),
        ("Gwet AC1", found.ac1),
        ("Gwet AC2", found.ac2),
    ):
        yield f"{title}: {coefficient(value)}"
    for rater, decision in verdict.without.items():
        yield f"without {_name(rater)}: {decision.replace('_', ' ')}"


def _name(name: str) -> str:
    return visible(clip(name, _LONGEST))
