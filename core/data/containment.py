"""Finds short texts inside longer ones, which similarity of wholes cannot see."""

from collections.abc import Sequence

from core.data.run_index import MOST_WORK, holders_of, shared, work
from core.data.runs import runs

_WORDS = 5
_LEAST_RUNS = 4
"""Runs of five in eight words: less than that stands in many texts by chance."""
CONTAINED = 0.8
"""Share of a text's runs that another must hold to count as holding the text."""


def contained_pairs(
    texts: Sequence[str], parts: Sequence[tuple[int, str]]
) -> list[tuple[int, int]] | None:
    """Return (owner of a part, text that holds it); None when looking is too much work.

    A part is a text or a piece of one, with the place of its owner.
    """
    holders = holders_of(runs(text, _WORDS) for text in texts)
    wanted = [(owner, runs(part, _WORDS)) for owner, part in parts]
    wanted = [(owner, own) for owner, own in wanted if len(own) >= _LEAST_RUNS]
    if work(holders, (own for _, own in wanted)) > MOST_WORK:
        return None
    found: set[tuple[int, int]] = set()
    for owner, own in wanted:
        for place, count in shared(own, holders).items():
            if place != owner and count >= CONTAINED * len(own):
                found.add((owner, place))
    return sorted(found)
