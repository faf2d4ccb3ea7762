"""Hashes and sorting find what comparing every text with every other finds."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import containment, rarest, run_file, run_index
from core.data import run_hashes as run_hashes_module
from core.data.alike import NEAR, pieces
from core.data.border import highest_of_each, measure_border
from core.data.clusters import Union, cluster
from core.data.containment import CONTAINED, RUN_WORDS, Parts, contained_pairs
from core.data.near.words import jaccard
from core.data.run_file import RunFile
from core.data.run_hashes import run_hashes, runs_of
from core.data.runs import runs
from core.data.shelf import Beginnings, Shelf, Some, beginning

words = st.sampled_from(["a", "bb", "ccc", "d,", "é", "水", "火", "x1"])
turns = st.lists(words, max_size=14).map(" ".join)
texts = st.lists(st.lists(turns, min_size=1, max_size=3).map("\0".join), max_size=8)


@given(texts, st.integers(1, 8))
@settings(deadline=None)
def test_equal_runs_have_equal_hashes_and_others_others(some: list[str], size: int) -> None:
    found = run_hashes(some, size)
    expected = [runs(text, size) for text in some]
    own = [
        set(found.values[start:end].tolist())
        for start, end in zip(found.starts, found.starts[1:], strict=False)
    ]
    assert [len(one) for one in own] == [len(one) for one in expected]
    for left, mine in zip(expected, own, strict=True):
        for right, theirs in zip(expected, own, strict=True):
            assert len(left & right) == len(mine & theirs)


@given(texts, texts)
@settings(deadline=None)
def test_the_border_is_what_comparing_all_with_all_says(left: list[str], right: list[str]) -> None:
    alike = {
        (at, to): jaccard(pieces(one), pieces(other))
        for at, one in enumerate(left)
        for to, other in enumerate(right)
    }
    border = measure_border(left, right)
    assert border.similarity == round(max(alike.values(), default=0.0), 4)
    assert border.crossing == tuple(sorted(pair for pair, one in alike.items() if one >= NEAR))
    long = [own for one in left if len(next(iter(own := runs(one, 8)), ())) == 8]
    shares = [len(own & runs(other, 8)) / len(own) for own in long for other in right]
    assert border.containment == round(max(shares, default=0.0), 4)
    assert highest_of_each(left, right) == [
        max((alike[at, to] for to in range(len(right))), default=0.0) for at in range(len(left))
    ]


@given(texts, st.integers(0, 2**20))
@settings(deadline=None)
def test_texts_inside_others_are_tied_as_comparing_all_with_all_ties_them(
    some: list[str], seed: int
) -> None:
    rng = random.Random(seed)
    some = [*some, *(f"{rng.choice('xyz')} {text} {rng.choice('xyz')}" for text in some)]
    known = [runs(text, 5) for text in some]
    expected = [
        (at, to)
        for at, own in enumerate(known)
        for to, other in enumerate(known)
        if at != to and len(own) >= 4 and len(own & other) >= CONTAINED * len(own)
    ]
    every = np.arange(len(some))
    read = RunFile.of(runs_of(some, RUN_WORDS))
    found = contained_pairs(read, [Parts(read, every, every)], Union(len(some)))
    assert set(found) <= set(expected)
    nameless: list[tuple[()]] = [()] * len(some)
    assert sorted(cluster(nameless, found)) == sorted(cluster(nameless, expected))


def test_runs_on_disk_are_the_same_after_their_memory_was_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_file, "_MOST_MAPPED", 0)
    said = [f"{number} a b c d" for number in range(40)]
    kept = RunFile.of(runs_of(said, 2))
    places = np.array([3, 39, 3, 0])
    wanted = [run_hashes([said[place]], 2).values.tolist() for place in places]
    for _ in range(2):
        found = kept.runs(places)
        parts = np.split(found.values, found.starts[1:-1])
        assert [part.tolist() for part in parts] == wanted


def test_too_much_work_is_said_and_not_done() -> None:
    text = " ".join(f"w{n}" for n in range(30))
    assert measure_border([text] * 5, [text] * 5).similarity == 1.0
    index = run_index.RunIndex([(0, run_hashes([text] * 5, 5))], most_work=100)
    with pytest.raises(run_index.TooMuch):
        list(index.meet(run_hashes([text] * 5, 5)))


@given(st.lists(st.text(max_size=20), max_size=12), st.integers(0, 3))
@settings(deadline=None)
def test_a_shelf_gives_back_what_was_put_there(put: list[str], kept: int) -> None:
    shelf = Shelf()
    for text in put:
        shelf.add(text)
    assert list(shelf) == put
    places = list(range(len(put)))[::-1]
    assert list(Some(shelf, places)) == put[::-1]
    cuts = [(place, kept) for place in places]
    assert list(Beginnings(shelf, cuts)) == [beginning(put[place], kept) for place in places]
    shelf.add("\ud800 later")
    assert shelf[len(put)] == "\ud800 later"


@pytest.mark.parametrize("seed", range(6))
def test_rows_of_a_few_shared_sentences_are_tied_as_comparing_all_ties_them(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(run_hashes_module, "LOT_TEXTS", 7)
    monkeypatch.setattr(containment, "_IN_VAIN", seed % 2)
    monkeypatch.setattr(rarest, "_AT_ONCE", 50)
    monkeypatch.setattr(run_index, "_AT_ONCE", 30)
    stock = [" ".join(f"{a}{n}" for n in range(rng.randint(8, 20))) for a in "abcdefgh"]
    some = [" ".join(rng.choices(stock, k=rng.choice((2, 3, 4, 7)))) for _ in range(70)]
    some += [f"{text} x{n} y{n}" for n, text in enumerate(rng.sample(some, 10))]
    known = [runs(text, 5) for text in some]
    before = [(rng.randrange(80), rng.randrange(80)) for _ in range(8)]
    expected = before + [
        (at, to)
        for at, own in enumerate(known)
        for to, other in enumerate(known)
        if at != to and len(own & other) >= CONTAINED * len(own)
    ]
    tied = Union(80)
    for left, right in before:
        tied.tie(left, right)
    every = np.arange(80)
    read = RunFile.of(runs_of(some, RUN_WORDS))
    found = contained_pairs(read, [Parts(read, every, every)], tied)
    nameless: list[tuple[()]] = [()] * 80
    assert set(found) <= set(expected)
    assert sorted(cluster(nameless, before + found)) == sorted(cluster(nameless, expected))
