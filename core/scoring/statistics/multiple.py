"""Several tests at once: which of them hold together."""

from collections.abc import Sequence


def holm(ps: Sequence[float]) -> list[float]:
    """Return the adjusted p of each test, in the order given; for "which ones does it beat?"."""
    adjusted = [0.0] * len(ps)
    largest = 0.0
    for place, at in enumerate(sorted(range(len(ps)), key=lambda at: ps[at])):
        largest = max(largest, min(1.0, ps[at] * (len(ps) - place)))
        adjusted[at] = largest
    return adjusted
