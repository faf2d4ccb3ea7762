"""Which rows are named as near, by the exact way and by signatures."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.near import pairs as pairs_module
from core.data.near.candidates import BANDS, LEAST_EQUAL, _band, agreement, candidates
from core.data.near.many import pairs_of_many, signatures_of
from core.data.near.pairs import Pair, exact_pairs, near_pairs
from core.data.near.signatures import BINS, EMPTY
from core.data.near.verify import verify
from core.data.near.words import jaccard, prepared, shingle_set


def planted(rows: int, *, words: int = 60, edits: int = 3) -> list[str]:
    """Return rows, each followed by itself with some words changed."""
    rng = np.random.default_rng(11)
    texts = []
    for _ in range(rows):
        said = [f"w{n}" for n in rng.integers(0, 5000, words)]
        texts.append(" ".join(said))
        for place in rng.integers(0, words, int(rng.integers(0, edits + 1))):
            said[place] = "other"
        texts.append(" ".join(said))
    return texts


def naive(texts: list[str], least: float) -> list[Pair]:
    """Return every near pair, but of equal rows those with their first only."""
    sets = [shingle_set(prepared(text)) for text in texts]
    first = {own: place for place, own in reversed(list(enumerate(sets)))}
    found = []
    for right, own in enumerate(sets):
        for left in range(right):
            similarity = jaccard(sets[left], own)
            both_first = first[sets[left]] == left and first[own] == right
            if similarity >= least and (both_first or (first[own] == left)):
                found.append(Pair(left, right, similarity))
    return sorted(found)


few_words = st.lists(st.sampled_from("abcdefgh"), max_size=14).map(" ".join)


@given(st.lists(few_words, max_size=16), st.sampled_from([0.3, 0.5, 0.7, 0.9, 1.0]))
@settings(deadline=None)
def test_few_texts_give_the_pairs_of_comparing_every_two(texts: list[str], least: float) -> None:
    assert near_pairs(texts, least=least) == naive(texts, least)


def test_planted_pairs_are_all_found_by_signatures_and_measured_exactly() -> None:
    texts = planted(400)
    expected = {pair[:2]: pair.similarity for pair in naive(texts, 0.7)}
    found = {pair[:2]: pair.similarity for pair in pairs_of_many(texts, least=0.7)}
    assert found.items() <= expected.items()
    missed = [similarity for pair, similarity in expected.items() if pair not in found]
    assert len(missed) <= 0.02 * len(expected)
    assert not [similarity for similarity in missed if similarity > 0.9]


@pytest.mark.parametrize(("n", "is_pair"), [(31, False), (32, False), (33, True), (40, True)])
@pytest.mark.parametrize("way", [near_pairs, lambda texts: pairs_of_many(texts, least=0.7)])
def test_seven_tenths_is_where_a_pair_begins(n: int, is_pair: bool, way: object) -> None:
    said = [f"w{i}" for i in range(n)]
    texts = [" ".join(said), " ".join([*said[: n // 2], "other", *said[n // 2 + 1 :]])]
    expected = [Pair(0, 1, (n - 9) / (n + 1))] if is_pair else []
    assert way(texts) == expected  # type: ignore[operator]


def test_a_similarity_of_just_the_bound_is_kept() -> None:
    said = [f"w{i}" for i in range(18)]
    texts = [" ".join(said), " ".join([*said, *"abcdef"])]
    assert near_pairs(texts) == [Pair(0, 1, 0.7)]
    assert verify(np.array([[0, 1]]), lambda rows: [texts[row].encode() for row in rows]) == [
        Pair(0, 1, 0.7)
    ]
    assert verify(np.empty((0, 2), np.int64), lambda rows: []) == []


def groups(count: int, pairs: list[Pair]) -> set[frozenset[int]]:
    """Return the rows that hang together."""
    member = {place: {place} for place in range(count)}
    for left, right, _ in pairs:
        joined = member[left] | member[right]
        for place in joined:
            member[place] = joined
    return {frozenset(group) for group in member.values()}


@pytest.mark.parametrize("way", [near_pairs, lambda texts: pairs_of_many(texts, least=0.7)])
def test_the_order_of_the_rows_changes_nothing(way: object) -> None:
    texts = planted(60)
    order = np.random.default_rng(2).permutation(len(texts)).tolist()
    found = way(texts)  # type: ignore[operator]
    shuffled = way([texts[place] for place in order])  # type: ignore[operator]
    back = sorted((*sorted((order[left], order[right])), j) for left, right, j in shuffled)
    assert back == sorted(map(tuple, found))


def test_a_large_group_is_whole_without_a_pair_for_every_two() -> None:
    template = [f"t{i}" for i in range(80)]
    texts = [" ".join([*template, f"name{n}", "done"]) for n in range(300)]
    for pairs in (near_pairs(texts), pairs_of_many(texts, least=0.7)):
        assert len(groups(len(texts), pairs)) == 1
        assert len(pairs) <= 40 * len(texts)


def test_rows_that_bridge_two_groups_are_named_however_many_are_alike() -> None:
    base = [f"w{i}" for i in range(100)]
    near_a = [" ".join([*base, f"a{n}"]) for n in range(30)]
    bridge = " ".join([*base[10:], *(f"v{i}" for i in range(10))])
    far = " ".join([*base[22:], *(f"v{i}" for i in range(22))])
    texts = [far, *near_a, bridge]
    sets = [shingle_set(prepared(text)) for text in texts]
    assert jaccard(sets[0], sets[1]) < 0.7 <= min(jaccard(sets[0], sets[-1]), jaccard(*sets[-2:]))
    assert len(groups(len(texts), exact_pairs(sets, least=0.7) or [])) == 1


def test_rows_that_meet_too_often_are_left_to_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = planted(60)
    sets = [shingle_set(prepared(text)) for text in texts]
    assert exact_pairs(sets, least=0.7, most=10) is None
    monkeypatch.setattr(pairs_module, "_MOST_MET", 10)
    assert near_pairs(texts) == pairs_of_many(texts, least=0.7) != []


def test_many_equal_rows_cost_a_pair_each() -> None:
    texts = ["the very same row of text said again"] * 5000
    assert near_pairs(texts) == [Pair(0, place, 1.0) for place in range(1, 5000)]
    assert len(candidates(signatures_of(texts, 5000))) == 4999


def test_rows_that_share_one_band_with_thousands_are_paired_with_their_neighbours() -> None:
    alike = np.arange(3000 * BINS, dtype=np.uint32).reshape(3000, BINS)
    alike[:, :40] = 7
    found = candidates(alike)
    assert {tuple(pair) for pair in found.tolist()} >= {(n, n + 1) for n in range(2999)}
    assert {tuple(pair) for pair in found.tolist()} >= {(0, n) for n in range(1, 3000)}
    assert len(found) <= 10 * 2 * 3000


def test_rows_without_words_are_no_candidates() -> None:
    assert not len(candidates(np.full((50, BINS), EMPTY, np.uint32)))
    assert not len(candidates(np.empty((0, BINS), np.uint32)))


@pytest.mark.parametrize(
    ("similarity", "chance"), [(0.5, 0.6439), (0.6, 0.8915), (0.7, 0.9876), (0.8, 0.9998)]
)
def test_the_chance_to_meet_in_a_band_is_the_published_one(
    similarity: float, chance: float
) -> None:
    rng = np.random.default_rng(5)
    left = rng.integers(0, 1 << 32, (6000, BINS), dtype=np.uint32)
    other = rng.integers(0, 1 << 32, (6000, BINS), dtype=np.uint32)
    right = np.where(rng.random((6000, BINS)) < similarity, left, other)
    every = np.arange(6000)
    met = np.zeros(6000, np.bool_)
    for band in range(BANDS):
        met |= _band(left, band) == _band(right, band)
    # Four standard errors of 6000 throws at the least certain chance are .026.
    assert met.mean() == pytest.approx(chance, abs=0.026)
    pairs = np.stack((every, every), axis=1)
    enough = agreement(left, right, pairs) >= LEAST_EQUAL
    both = np.concatenate((left, right))
    found = {tuple(pair) for pair in candidates(both).tolist()}
    assert found == {(n, n + 6000) for n in np.flatnonzero(met & enough).tolist()}


def test_few_texts_need_no_numpy() -> None:
    script = (
        "import sys\n"
        "from core.data.near.pairs import near_pairs\n"
        "texts = [' '.join(f'w{n + i}' for i in range(40)) for n in range(200)]\n"
        "assert near_pairs(texts)\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_texts_beyond_the_limit_are_served_by_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = planted(50)
    exact = near_pairs(texts)
    monkeypatch.setattr(pairs_module, "_FEW_ROWS", 10)
    found = near_pairs(texts)
    assert set(found) <= set(exact)
    assert {pair for pair in exact if pair.similarity > 0.8} <= set(found)
