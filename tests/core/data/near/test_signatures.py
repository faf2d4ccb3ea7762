"""Hashes of shingles and signatures: the same whatever surrounds a row, and true to the sets."""

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.near import shingles as shingles_module
from core.data.near.shingles import block_of, shingles
from core.data.near.signatures import BINS, EMPTY, densified, signatures
from core.data.near.verify import shingle_runs
from core.data.near.words import jaccard, prepared, shingle_set
from core.data.run_hashes import shared

words = st.sampled_from(
    ["a", "B", "ab", "2", "+", "naïve", "你好", "ไทย", "x" * 90, "it's", "\0", "?"]
)
texts = st.lists(words, max_size=24).map(" ".join).map(prepared)


def hashes(rows: list[bytes], key: bytes = b"") -> list[list[int]]:
    found = shingles(*block_of(rows), key=key)
    values = found.values.tolist()
    return [values[begin:end] for begin, end in pairwise(found.row_starts.tolist())]


@given(st.lists(texts, min_size=1, max_size=6))
@settings(deadline=None)
def test_rows_have_as_many_hashes_as_shingles_and_share_as_many(rows: list[bytes]) -> None:
    sets = [shingle_set(row) for row in rows]
    hashed = [set(own) for own in hashes(rows)]
    assert [len(own) for own in hashed] == [len(own) for own in sets]
    for (left, a), (right, b) in pairwise(zip(hashed, sets, strict=True)):
        assert len(left & right) == len(a & b)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
@settings(deadline=None)
def test_lots_of_texts_share_what_plain_sets_share(pairs: list[tuple[bytes, bytes]]) -> None:
    left, right = (shingle_runs(list(side)) for side in zip(*pairs, strict=True))
    both = shared(left, right, np.arange(len(pairs))).tolist()
    sets = [(shingle_set(a), shingle_set(b)) for a, b in pairs]
    assert both == [len(a & b) for a, b in sets]
    assert np.diff(left.starts).tolist() == [len(a) for a, _ in sets]


@given(st.lists(texts, min_size=1, max_size=8), st.integers(2, 40))
@settings(deadline=None)
def test_a_row_has_one_signature_wherever_it_stands(rows: list[bytes], piece: int) -> None:
    together = signatures(*block_of(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shingles_module, "_PIECE", piece)
        np.testing.assert_array_equal(signatures(*block_of(rows)), together)
        backwards = signatures(*block_of(rows[::-1]))
    np.testing.assert_array_equal(backwards[::-1], together)
    for row, own in zip(rows, together, strict=True):
        np.testing.assert_array_equal(signatures(*block_of([row]))[0], own)


def test_a_row_larger_than_every_table_is_hashed_like_the_rest() -> None:
    row = b"word " * 200_000 + b"y" * 200_000
    (own,) = hashes([row])
    assert len(set(own)) == 2
    assert set(own) == set(hashes([b"word " * 9 + b"y" * 200_000])[0])


def naive_densified(row: list[int]) -> list[int]:
    filled = [place for place, value in enumerate(row) if value != EMPTY]
    if not filled:
        return row
    after = [next((f for f in filled if f >= place), filled[0]) for place in range(len(row))]
    return [row[place] for place in after]


@given(st.lists(st.lists(st.sampled_from([EMPTY, 1, 2, 3]), min_size=BINS, max_size=BINS)))
@settings(deadline=None)
def test_empty_places_borrow_from_the_next_filled_one(rows: list[list[int]]) -> None:
    kept = np.array(rows, np.uint32).reshape(-1, BINS)
    expected = [naive_densified(row) for row in kept.tolist()]
    assert densified(kept.copy()).tolist() == expected


def test_one_filled_place_fills_the_row() -> None:
    kept = np.full((BINS, BINS), EMPTY, np.uint32)
    np.fill_diagonal(kept, np.arange(BINS))
    assert densified(kept).tolist() == [[place] * BINS for place in range(BINS)]


def test_a_row_without_words_has_an_empty_signature() -> None:
    found = signatures(*block_of([b"", b"some words", b"?!"]))
    assert (found == EMPTY).all(axis=1).tolist() == [True, False, True]
    assert signatures(*block_of([])).shape == (0, BINS)


def test_equal_places_estimate_the_similarity() -> None:
    rng = np.random.default_rng(7)
    estimates, truths = [], []
    for _ in range(40):
        said = [f"w{n}" for n in rng.integers(0, 10_000, 200)]
        changed = list(said)
        for place in rng.integers(0, 200, int(rng.integers(1, 20))):
            changed[place] = "other"
        rows = [" ".join(said).encode(), " ".join(changed).encode()]
        left, right = signatures(*block_of(rows))
        estimates.append((left == right).mean())
        truths.append(jaccard(*map(shingle_set, rows)))
    errors = np.array(estimates) - np.array(truths)
    assert abs(errors.mean()) < 0.04
    assert np.abs(errors).max() < 0.3


def test_another_key_gives_another_signature() -> None:
    block = block_of([b"one two three four five six"])
    plain, keyed = signatures(*block), signatures(*block, key=b"salt")
    assert not (plain == keyed).any()
    assert hashes([b"a b", b"a b"], b"salt")[0] == hashes([b"a b"], b"salt")[0]


def test_rows_that_touch_are_refused() -> None:
    with pytest.raises(ValueError, match="border"):
        signatures(b"onetwo", np.array([0, 3]), np.array([3, 6]))


def test_two_processes_with_other_hash_seeds_agree() -> None:
    script = (
        "from core.data.near.many import signatures_of\n"
        "from core.data.near.pairs import near_pairs\n"
        "texts = [' '.join(f'w{i * (n % 7)}' for i in range(30)) for n in range(40)]\n"
        "print(signatures_of(texts, 40, key=b'k').tobytes().hex(), near_pairs(texts))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
