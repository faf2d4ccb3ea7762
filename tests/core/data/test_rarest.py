"""Pairs found by their rarest runs, against counting every run of every pair."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import border
from core.data.border import measure_border
from core.data.rarest import alike
from core.data.run_file import RunFile
from core.data.run_hashes import runs_of
from core.data.run_index import TooMuch

_WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=14).map(" ".join)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=12)


def _jaccard(left: frozenset[int], right: frozenset[int]) -> float:
    return len(left & right) / len(left | right)


def _held(left: frozenset[int], right: frozenset[int]) -> float:
    return len(left & right) / len(left)


@settings(deadline=None)
@given(held=_TEXTS, asking=_TEXTS, least=st.sampled_from((0.3, 0.5, 0.7, 0.8, 1.0)))
@pytest.mark.parametrize(("contained", "measure"), [(False, _jaccard), (True, _held)])
def test_no_pair_is_missed_and_none_is_invented(
    contained: bool,
    measure: Callable[[frozenset[int], frozenset[int]], float],
    held: list[str],
    asking: list[str],
    least: float,
) -> None:
    files = [RunFile.of(runs_of(texts, 2)) for texts in (held, asking)]
    sets = [
        [frozenset(file.runs(np.array([at])).values.tolist()) for at in range(len(file.sizes))]
        for file in files
    ]
    expected = {
        (one, other): measure(left, right)
        for one, left in enumerate(sets[0])
        for other, right in enumerate(sets[1])
        if measure(left, right) >= least
    }
    found = {
        (one, other): likeness
        for some in alike(*files, least=least, most_work=10**6, contained=contained)
        for one, other, likeness in zip(*(part.tolist() for part in some), strict=True)
    }
    assert found == pytest.approx(expected)


def _crowded(random: Random, rows: int) -> list[str]:
    """Return rows of words of their own and two of ten sentences that all rows draw from."""
    shared = [" ".join(f"s{one}w{word}" for word in range(12)) for one in range(10)]
    return [
        " ".join(f"w{random.randrange(10**9)}" for _ in range(30))
        + " "
        + " ".join(random.sample(shared, 2))
        for _ in range(rows)
    ]


def test_near_pair_is_found_where_counting_all_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = Random(1)
    holdout, others = _crowded(random, 60), _crowded(random, 240)
    # Counted, they meet about 23,000 times; by their rarest runs hardly ever.
    monkeypatch.setattr(border, "_QUICK", 5_000)
    monkeypatch.setattr(border, "MOST_WORK", 5_000)
    assert measure_border(holdout, others).sentence == (
        "no lexical overlap at J >= 0.7; all pairs across the border under 0.70; less than 50%"
        " of a row's 8-word runs in another; paraphrases are not looked for"
    )
    others[7] = holdout[3] + " and"
    found = measure_border(holdout, others)
    assert found.crossing == ((3, 7),)
    assert found.similarity is not None
    assert found.similarity > 0.95
    assert found.containment == 1.0


def test_rows_under_one_long_text_are_given_up_and_said_to_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(border, "_QUICK", 500)
    monkeypatch.setattr(border, "MOST_WORK", 500)
    rows = [" ".join(f"same{word}" for word in range(40)) + f" {at}" for at in range(60)]
    measured = measure_border(rows[:20], rows[20:])
    assert measured.sentence == "the border was not measured: too many rows share words"


def test_verifying_counts_as_work() -> None:
    same = RunFile.of(runs_of(["a b c d e f g h"] * 40, 2))
    with pytest.raises(TooMuch):
        list(alike(same, same, least=0.7, most_work=2_000))
