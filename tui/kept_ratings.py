"""A kept verdict on people's ratings in words, from what `verdict --json` prints; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.scoring.rated.simulated import counted_raters
from core.text_safety import clip, visible

_LONGEST = 24


def is_rated(result: Mapping[str, Any]) -> bool:
    """Return whether a verdict is one on people's ratings, in points and not in hits."""
    return result.get("basis") == "ratings"


def kept_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the sentence, the decision, a line a contender and one a comparison."""
    yield visible(str(result.get("sentence", "")))
    yield f"decision: {visible(str(result.get('decision')).replace('_', ' '))}"
    if result.get("study"):
        yield f"study: {visible(clip(str(result['study']), 80))}"
    yield f"rated: {int(result.get('items', 0)):,} items by {_raters(result)}"
    for name, mean, ready in contender_figures(result):
        yield f"{visible(clip(name, _LONGEST))}: mean {mean}, production-ready {ready}"
    for one in result.get("comparisons", ()):
        yield f"against {visible(clip(str(one['against']), _LONGEST))}: {comparison_figures(one)}"


def contender_figures(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield each contender's name, its mean score, and how many items are production-ready."""
    scores = result.get("scores", {})
    for name, measures in result.get("contenders", {}).items():
        ready = measures.get("ready", {})
        mean = scores.get(name, {}).get("mean")
        yield (
            str(name),
            "–" if mean is None else f"{float(mean):.2f}",
            f"{int(ready['hits'])} of {int(ready['n'])}" if ready else "–",
        )


def comparison_figures(one: Mapping[str, Any]) -> str:
    """Return what a comparison shows, in rating points; tests stay with the details."""
    return (
        f"{float(one['mean_difference']):+.2f} points "
        f"({float(one['low']):.2f} to {float(one['high']):.2f}), "
        f"{one['wins']:,} wins, {one['ties']:,} ties, {one['losses']:,} losses"
    )


def _raters(result: Mapping[str, Any]) -> str:
    return counted_raters(int(result.get("raters", 0)), int(result.get("simulated_raters", 0)))
