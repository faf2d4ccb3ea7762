"""Finds the pairs of rows that must stay together beyond what they have in common by name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from core.data.alike import near_pairs
from core.data.containment import contained_pairs
from core.data.split_row import SplitRow


class Ties(NamedTuple):
    """Pairs of places, each verified."""

    pairs: tuple[tuple[int, int], ...]
    compared: bool
    """Whether every row was compared with every other; False where that was too much work."""


def find_ties(rows: Sequence[SplitRow]) -> Ties:
    """Return every pair of rows that are near, whose inputs are near, or that hold one another."""
    wholes = _owners((row.said, place) for place, row in enumerate(rows))
    inputs = _owners((text, place) for place, row in enumerate(rows) for text in row.asked)
    parts = [(places[0], text) for text, places in (wholes | inputs).items()]
    found = [
        _near(wholes),
        _near(inputs),
        contained_pairs([row.said for row in rows], parts),
    ]
    pairs = {pair for some in found if some for pair in some}
    return Ties(tuple(sorted(pairs)), None not in found)


def _owners(texts: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """Return the rows of every text that says something."""
    owners: dict[str, list[int]] = defaultdict(list)
    for text, place in texts:
        if text:
            owners[text].append(place)
    return owners


def _near(owners: dict[str, list[int]]) -> list[tuple[int, int]]:
    """Return the pairs of rows that share a text or have near ones."""
    texts = list(owners)
    equal = [pair for places in owners.values() for pair in pairwise(places)]
    across = [
        (owners[texts[left]][0], owners[texts[right]][0]) for left, right in near_pairs(texts)
    ]
    return [(left, right) for left, right in equal + across if left != right]
