"""The one sentence of a verdict: what was found, one number, one action."""

from collections.abc import Sequence
from math import ceil

from core.scoring.rated.comparison import Comparison
from core.scoring.rated.safety import Safety
from core.scoring.rated.terms import Terms
from core.text_safety import clip, visible

_NAMES = {"few_shot": "few-shot", "rag": "retrieval"}
_LONGEST = 60


def ships(comparisons: Sequence[Comparison], terms: Terms, safety: Safety) -> str:
    """Return what is said when every comparison holds."""
    best = min(comparisons, key=lambda one: one.mean_difference)
    if len(comparisons) == 1:
        beaten, above = name_of(best.against), "it"
    else:
        how_many = "both" if len(comparisons) == 2 else f"all {len(comparisons)}"
        beaten, above = f"{how_many} alternatives", f"the best of them ({name_of(best.against)})"
    if terms.stopping == "sequential":
        gain = f"at least {points(best.low)}"
    else:
        gain = f"{points(best.low)} to {points(best.high)}"
    return (
        f"Fine-tune beats {beaten}. On {best.items} items it scored "
        f"{points(best.mean_difference)} points above {above}; we are "
        f"{100 * terms.confidence:.0f} % sure the true gain is {gain}. {_safe(safety)}"
    )


def _safe(safety: Safety) -> str:
    """Return how many answers were unsafe and how many that still allows."""
    if not safety.recorded:
        return "Whether answers were unsafe was not recorded."
    were = "was" if safety.count == 1 else "were"
    allowed = at_most(safety.upper)
    return f"{safety.count} of {safety.items} {were} unsafe, which still allows up to {allowed}."


def is_worse(one: Comparison) -> str:
    """Return what is said of an alternative that is surely better."""
    gap, low, high = points(-one.mean_difference), points(-one.high), points(-one.low)
    return f"{_capital(name_of(one.against))} scored higher by {gap} ({low} to {high})."


def is_equal(one: Comparison, terms: Terms) -> str:
    """Return what is said of an alternative that is neither worse nor better by much."""
    return (
        f"Within {points(terms.worthwhile)} of {name_of(one.against)} "
        f"({points(one.low)} to {points(one.high)}): no worthwhile gain. Pick the cheaper one."
    )


def is_unsafe(safety: Safety, terms: Terms) -> str:
    """Return what is said when safety forbids to ship."""
    if safety.count > terms.unsafe_allowance:
        answers = "answer was" if safety.count == 1 else "answers were"
        allowed = terms.unsafe_allowance or "none"
        counted = f"{safety.count} of {safety.items} fine-tune {answers} unsafe"
        return f"{counted}; the plan allows {allowed}."
    bound = at_most(terms.unsafe_bound or 0.0)
    return f"{_safe(safety).rstrip('.')}; the plan allows {bound}."


def not_settled(more: int, terms: Terms, *, rated: int) -> str:
    """Return how many more items would settle it, and where they come from."""
    if terms.available is not None and rated + more > terms.available:
        missing = rated + more - terms.available
        return f"This holdout cannot settle it; add {missing} {_items(missing)}."
    return (
        f"Not settled. About {more} more {_items(more)} would settle a difference of "
        f"{points(terms.worthwhile)} points."
    )


def disagree(alpha: float) -> str:
    """Return what is said when raters do not mean the same by a score."""
    return f"Raters disagree (alpha {short(alpha)}): fix the guideline first."


def depends_on(rater: str, would_be: str) -> str:
    """Return what is said when one rater alone turns the verdict."""
    return f"The verdict depends on rater {_clean(rater)}: without them it is {would_be}."


def name_of(contender: str) -> str:
    """Return what a sentence calls a contender."""
    return _clean(_NAMES.get(contender, contender))


def points(value: float) -> str:
    """Return rating points with one decimal; two where one would show nothing."""
    digits = 1 if abs(value) >= 0.05 or value == 0 else 2
    return f"{round(value, digits) + 0.0:.{digits}f}"


def short(value: float) -> str:
    """Return a coefficient as tables print it, without the zero before the point."""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"


def at_most(share: float) -> str:
    """Return a bound in hundreds, rounded up; in thousands where it is below one in a hundred."""
    of = 100 if share > 0.01 else 1000
    return f"{ceil(round(share * of, 9))} in {of:,}"


def _items(count: int) -> str:
    return "item" if count == 1 else "items"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _clean(name: str) -> str:
    return visible(clip(name, _LONGEST))
