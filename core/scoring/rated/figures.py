"""Every figure behind a verdict, as the sections of a report."""

from collections.abc import Iterator
from statistics import fmean

from core.scoring.rated.comparison import Comparison
from core.scoring.rated.contract import word_of
from core.scoring.rated.section import Section
from core.scoring.rated.simulated import counted_raters
from core.scoring.rated.table import Table
from core.scoring.rated.verdict import RatedVerdict
from core.scoring.rated.wording import at_most, coefficient, name_of, shown_by
from core.scoring.statistics.coincidence import krippendorff
from core.scoring.statistics.shares import wilson
from core.text_safety import clip, visible

_LONGEST = 60


def figure_sections(verdict: RatedVerdict, table: Table) -> Iterator[Section]:
    """Yield what was found, what it rests on, and every test behind it."""
    yield Section(
        title="Against each alternative",
        head=("against", "points", "interval", "wins", "ties", "losses", "p", "shown"),
        rows=tuple(_against(one) for one in verdict.comparisons),
    )
    yield Section(
        title="Each contender",
        head=("contender", "mean", "production-ready", "interval"),
        rows=tuple(_contender(table, name) for name in table.contenders),
    )
    yield Section(
        title="Scores given",
        head=("contender", *map(str, table.rubric)),
        rows=tuple(
            (_shown(name), *(str(table.counts(name)[score]) for score in table.rubric))
            for name in table.contenders
        ),
    )
    yield Section(
        title="Mean score by rater",
        head=("contender", *map(_shown, table.raters)),
        rows=tuple(
            (_shown(name), *(_mean(table, name, rater) for rater in table.raters))
            for name in table.contenders
        ),
    )
    yield Section(title="How far to trust it", notes=tuple(_notes(verdict, table)))
    yield _agreement(verdict, table)
    yield Section(
        title="Every test",
        head=("against", "sd", "p after Holm", "ready gained, lost", "interval", "McNemar p"),
        rows=tuple(_tests(one) for one in verdict.comparisons),
    )
    watched = [row for one in verdict.comparisons if (row := _evidence(one))]
    if watched:
        yield Section(
            title="Evidence that may be watched",
            head=("against", "of ratings", "of picks", "enough from item", "anytime interval"),
            rows=tuple(watched),
        )


def _against(one: Comparison) -> tuple[str, ...]:
    return (
        _shown(one.against),
        f"{one.mean_difference:+.2f}",
        f"{one.low:.2f} to {one.high:.2f}",
        *map(str, (one.wins, one.ties, one.losses)),
        f"{one.p:.3g}",
        shown_by(one),
    )


def _contender(table: Table, name: str) -> tuple[str, ...]:
    hits, n = table.ready(name)
    low, high = wilson(hits, n)
    interval = f"{100 * low:.0f} to {100 * high:.0f} %"
    return _shown(name), f"{table.mean(name):.2f}", f"{hits} of {n}", interval


def _mean(table: Table, contender: str, rater: str) -> str:
    scores = [one.score for one in table if (one.contender, one.rater) == (contender, rater)]
    return f"{fmean(scores):.2f}" if scores else "–"


def _notes(verdict: RatedVerdict, table: Table) -> Iterator[str]:
    """Yield what the figures rest on."""
    found, safety = verdict.agreement, verdict.safety
    raters = counted_raters(len(table.raters), verdict.simulated)
    yield f"{len(table.items):,} items, {raters}."
    yield (
        f"Agreement: alpha {coefficient(found.ordinal)} ({word_of(found.ordinal.value)}), equal "
        f"ratings {coefficient(found.percent)}, Gwet AC2 {coefficient(found.ac2)}."
    )
    if safety.recorded:
        yield f"Unsafe: {safety.count} of {safety.items}, at most {at_most(safety.upper)}."
    if verdict.on_scores != verdict.decision:
        yield f"The scores alone would say: {verdict.on_scores.replace('_', ' ')}."
    yield f"Decided by: {verdict.gate}."
    if verdict.more_items is not None:
        yield f"Items to add before a worthwhile difference would show: {verdict.more_items:,}."
    for rater, decision in verdict.without.items():
        yield f"Without rater {name_of(rater)}: {decision.replace('_', ' ')}."
    yield from verdict.warnings


def _agreement(verdict: RatedVerdict, table: Table) -> Section:
    """Return every coefficient, and alpha on each contender's answers."""
    found = verdict.agreement
    ordinal = coefficient(found.ordinal)
    if found.range is not None:
        ordinal += f" ({found.range.low:.2f} to {found.range.high:.2f}, items drawn again)"
    rows = [("alpha ordinal", ordinal)]
    rows += [
        (title, coefficient(value))
        for title, value in (
            ("alpha nominal", found.nominal),
            ("alpha interval", found.interval),
            ("equal ratings", found.percent),
            ("Gwet AC1", found.ac1),
            ("Gwet AC2", found.ac2),
        )
    ]
    for name in table.contenders:
        alpha = krippendorff(unit for item in table.units(name) for unit in item)
        rows.append((f"alpha ordinal, {_shown(name)}", coefficient(alpha)))
    return Section(title="How far raters agree", head=("coefficient", "value"), rows=tuple(rows))


def _tests(one: Comparison) -> tuple[str, ...]:
    ready = one.ready
    return (
        _shown(one.against),
        f"{one.deviation:.4f}",
        f"{one.adjusted_p:.4g}",
        f"{ready.gained}, {ready.lost}",
        f"{ready.difference:+.4f} ({ready.low:.4f} to {ready.high:.4f})",
        f"{ready.p:.4g}",
    )


def _evidence(one: Comparison) -> tuple[str, ...]:
    found = one.evidence
    if found is None:
        return ()
    return (
        _shown(one.against),
        f"{found.ratings:.4g}",
        f"{found.picks:.4g}",
        "never" if found.settled_at is None else str(found.settled_at),
        f"{found.low:.3f} to {found.high:.3f}",
    )


def _shown(name: str) -> str:
    return visible(clip(name, _LONGEST))
