"""The largest similarity across a border is exact, whichever way it is found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.near import border_of_many
from core.data.near.border import _of_few, highest_similarity
from core.data.near.border_of_many import highest_of_many
from core.data.near.words import jaccard, prepared, shingle_set

words = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "\0"]), max_size=16).map(" ".join)
sides = st.lists(words, max_size=12)


def naive(left: list[str], right: list[str]) -> float:
    sets = [[shingle_set(prepared(text)) for text in side] for side in (left, right)]
    return max((jaccard(a, b) for a in sets[0] for b in sets[1]), default=0.0)


@given(sides, sides, st.integers(1, 60), st.integers(1, 60))
@settings(deadline=None)
def test_every_way_gives_the_similarity_of_comparing_all(
    left: list[str], right: list[str], indexed: int, compared: int
) -> None:
    expected = naive(left, right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(border_of_many, "_INDEXED", indexed)
        patch.setattr(border_of_many, "_COMPARED", compared)
        assert highest_of_many(left, right) == expected
    assert highest_of_many(right, left) == expected
    assert _of_few(left, right) == expected
    assert highest_similarity(left, right) == expected


def test_one_planted_row_is_found_among_thousands() -> None:
    rng = np.random.default_rng(3)
    texts = [" ".join(f"w{n}" for n in rng.integers(0, 3000, 60)) for _ in range(3000)]
    words = texts[1234].split()
    other = [" ".join(f"v{n}" for n in rng.integers(0, 3000, 60)) for _ in range(800)]
    other[700] = " ".join([*words[:-1], "other"])
    assert highest_similarity(texts, other) == 55 / 57


@pytest.mark.parametrize("rows", [1, 8000])
def test_rows_that_are_all_alike_have_an_answer_too(rows: int) -> None:
    same = ["one and the same row of words for all"] * rows
    assert highest_similarity(same, same) == 1.0
    assert highest_similarity(same, []) == 0.0
    assert highest_similarity(same, ["nothing shared here whatsoever between us"]) == 0.0
