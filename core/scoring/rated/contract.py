"""The stable JSON of a verdict on ratings: fields are added, never renamed."""

from dataclasses import asdict
from statistics import fmean

from core.scoring.rated.table import Table
from core.scoring.rated.verdict import RatedVerdict
from core.scoring.statistics.agreement import GOOD, TENTATIVE, Agreement
from core.scoring.statistics.coincidence import krippendorff
from core.scoring.statistics.shares import wilson


def as_json(verdict: RatedVerdict, table: Table) -> dict[str, object]:
    """Return what `verdict --json` prints."""
    safety = verdict.safety
    return {
        "decision": verdict.decision,
        "sentence": verdict.sentence,
        "comparisons": [asdict(one) for one in verdict.comparisons],
        "agreement": _agreement(verdict.agreement, table),
        "unsafe": {
            "count": safety.count,
            "n": safety.items,
            "upper": safety.upper,
            "recorded": safety.recorded,
        },
        "more_items": verdict.more_items,
        "basis": "ratings",
        "gate": verdict.gate,
        "on_scores": verdict.on_scores,
        "items": len(table.items),
        "raters": len(table.raters),
        "simulated_raters": verdict.simulated,
        "contenders": {name: {"ready": _ready(table, name)} for name in table.contenders},
        "scores": {name: _scores(table, name) for name in table.contenders},
        "without_rater": verdict.without,
        "warnings": list(verdict.warnings),
    }


def _agreement(found: Agreement, table: Table) -> dict[str, object]:
    alpha = found.ordinal.value
    return {
        "alpha_ordinal": alpha,
        "low": found.range.low if found.range else None,
        "high": found.range.high if found.range else None,
        "word": word_of(alpha),
        "reason": found.ordinal.reason,
        "alpha_nominal": found.nominal.value,
        "alpha_interval": found.interval.value,
        "percent": found.percent.value,
        "ac1": found.ac1.value,
        "ac2": found.ac2.value,
        "by_contender": {name: _alpha(table, name) for name in table.contenders},
    }


def word_of(alpha: float | None) -> str:
    """Return what an alpha means."""
    if alpha is None:
        return "not measured"
    if alpha >= GOOD:
        return "good"
    return "tentative" if alpha >= TENTATIVE else "fix the guideline first"


def _alpha(table: Table, contender: str) -> float | None:
    """Return the ordinal alpha on one contender's answers: disagreement may pile up there."""
    return krippendorff(unit for item in table.units(contender) for unit in item).value


def _ready(table: Table, contender: str) -> dict[str, float]:
    hits, n = table.ready(contender)
    interval = wilson(hits, n)
    return {"hits": hits, "n": n, "share": hits / n, "low": interval.low, "high": interval.high}


def _scores(table: Table, contender: str) -> dict[str, object]:
    """Return the mean score, whole and by rater."""
    by_rater: dict[str, list[int]] = {}
    for rating in table:
        if rating.contender == contender:
            by_rater.setdefault(rating.rater, []).append(rating.score)
    return {
        "mean": table.mean(contender),
        "by_rater": {rater: fmean(scores) for rater, scores in sorted(by_rater.items())},
    }
