"""What may be concluded from answers then and now."""

import pytest

from core.scoring.recheck.compare import Rechecked, compare
from core.scoring.statistics.paired_shares import paired_share_interval


def changed(items: int, *, lost: int = 0, won: int = 0, other: int = 0) -> Rechecked:
    """Compare answers of which some are no longer exact, some newly, some only others."""
    names = [f"i{n}" for n in range(items)]
    before = {name: "x" if n < won + other else "right" for n, name in enumerate(names)}
    now = dict(before)
    for n, name in enumerate(names):
        if n < won:
            now[name] = "right"
        elif n < won + other:
            now[name] = "y"
        elif n < won + other + lost:
            now[name] = "wrong"
    return compare("v", "m", before, now, dict.fromkeys(names, "right"), {})


@pytest.mark.parametrize(
    ("items", "moves", "state"),
    [
        (20, {}, "unchanged"),
        (200, {"other": 5}, "holds"),
        (200, {"lost": 40}, "worse"),
        (10, {"lost": 1}, "cannot_say"),
        (200, {"won": 30}, "holds"),
    ],
)
def test_the_state_follows_from_the_interval(items: int, moves: dict[str, int], state: str) -> None:
    found = changed(items, **moves)
    assert found.state == state
    _, interval = paired_share_interval(moves.get("won", 0), moves.get("lost", 0), items)
    assert (found.low, found.high) == interval


def test_the_sentence_names_the_figures() -> None:
    said = changed(200, lost=40).sentence
    assert said.startswith("WORSE than when it was scored: 40 of 200 answers are others; exact")
    assert "-20 points (" in said
