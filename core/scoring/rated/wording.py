"""The one sentence of a verdict: what was found, one number, one action."""

from collections.abc import Sequence
from math import ceil

from core.scoring.rated.comparison import Comparison
from core.scoring.rated.safety import Safety
from core.scoring.rated.terms import Terms
from core.scoring.statistics.coincidence import Coefficient
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
    mean, low, high = points(best.mean_difference, best.low, best.high)
    gain = f"at least {low}" if terms.stopping == "sequential" else f"{low} to {high}"
    return (
        f"Fine-tune beats {beaten}. On {best.items:,} items it scored "
        f"{mean} points above {above}; we are "
        f"{100 * terms.confidence:.0f} % sure the true gain is {gain}. {_safe(safety)}"
    )


def _safe(safety: Safety) -> str:
    """Return how many answers were unsafe and how many that still allows."""
    if not safety.recorded:
        return "Whether answers were unsafe was not recorded."
    were = "was" if safety.count == 1 else "were"
    allowed = at_most(safety.upper)
    return (
        f"{safety.count:,} of {safety.items:,} {were} unsafe, which still allows up to {allowed}."
    )


def is_worse(one: Comparison) -> str:
    """Return what is said of an alternative that is surely better."""
    gap, low, high = points(-one.mean_difference, -one.high, -one.low)
    return f"{_capital(name_of(one.against))} scored higher by {gap} ({low} to {high})."


def is_equal(one: Comparison, terms: Terms) -> str:
    """Return what is said of an alternative that is neither worse nor better by much."""
    low, high = points(one.low, one.high)
    return (
        f"Within {terms.worthwhile:g} of {name_of(one.against)} "
        f"({low} to {high}): no worthwhile gain. Pick the cheaper one."
    )


def is_unsafe(safety: Safety, terms: Terms) -> str:
    """Return what is said when safety forbids to ship."""
    if safety.count > terms.unsafe_allowance:
        answers = "answer was" if safety.count == 1 else "answers were"
        allowed = terms.unsafe_allowance or "none"
        counted = f"{safety.count:,} of {safety.items:,} fine-tune {answers} unsafe"
        return f"{counted}; the plan allows {allowed}."
    bound = at_most(terms.unsafe_bound or 0.0)
    return f"{_safe(safety).rstrip('.')}; the plan allows {bound}."


def not_settled(more: int, terms: Terms, *, rated: int) -> str:
    """Return how many more items would settle it, and where they come from."""
    if terms.available is not None and rated + more > terms.available:
        missing = rated + more - terms.available
        return f"This holdout cannot settle it; add {missing:,} {_items(missing)}."
    return (
        f"Not settled. About {more:,} more {_items(more)} would settle a difference of "
        f"{terms.worthwhile:g} points."
    )


def disagree(alpha: float) -> str:
    """Return what is said when raters do not mean the same by a score."""
    return f"Raters disagree (alpha {short(alpha)}): fix the guideline first."


def depends_on(rater: str, would_be: str) -> str:
    """Return what is said when one rater alone turns the verdict."""
    return f"The verdict depends on rater {_clean(rater)}: without them it is {would_be}."


def shown_by(one: Comparison) -> str:
    """Return what a comparison shows, in a word or two."""
    if one.beats:
        return "better"
    if one.worse:
        return "worse"
    return "equal" if one.equal else "not settled"


def coefficient(found: Coefficient) -> str:
    """Return a coefficient, or why there is none."""
    return f"undefined, {found.reason}" if found.value is None else short(found.value)


def name_of(contender: str) -> str:
    """Return what a sentence calls a contender."""
    return _clean(_NAMES.get(contender, contender))


def points(*values: float) -> tuple[str, ...]:
    """Return rating points with one decimal; two where one would show nothing or twice the same."""
    shown = tuple(map(_tenths, values))
    hidden = any(value and float(text) == 0 for value, text in zip(values, shown, strict=True))
    if hidden or len(set(shown)) < len(set(values)):
        return tuple(f"{round(value, 2) + 0.0:.2f}" for value in values)
    return shown


def _tenths(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}"


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
