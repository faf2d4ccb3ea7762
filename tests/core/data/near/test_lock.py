"""Rows near a holdout are found from its signatures alone."""

from math import comb

import numpy as np
import pytest

from core.data.near.candidates import nearest
from core.data.near.lock import (
    NEAR_PLACES,
    SIGNATURE_BYTES,
    NearHit,
    near_lock,
    read_signatures,
    signature_bytes,
)
from core.data.near.many import signatures_of
from core.data.near.signatures import BINS

KEY = b"0123456789abcdef"


def texts_of(count: int, *, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{n}" for n in rng.integers(0, 9000, 80)) for _ in range(count)]


def locked(texts: list[str], key: bytes = KEY) -> np.ndarray:
    kept = [signature_bytes(own) for own in signatures_of(texts, len(texts), key=key)]
    assert all(len(one) == SIGNATURE_BYTES for one in kept)
    return read_signatures(kept)


def test_only_rows_near_the_holdout_are_hits() -> None:
    holdout = texts_of(300, seed=1)
    words = holdout[123].split()
    edited = " ".join([*words[:40], "other", *words[41:]])
    later = [*texts_of(200, seed=2), edited, holdout[7], ""]
    assert [hit[:2] for hit in near_lock(locked(holdout), later, key=KEY)] == [(200, 123), (201, 7)]
    assert near_lock(locked(holdout), later, key=KEY)[1] == NearHit(201, 7, 1.0)


def test_a_hit_is_the_same_in_any_lot_of_texts() -> None:
    holdout = texts_of(50, seed=1)
    rows = [holdout[3], holdout[9] + " more", holdout[3]]
    together = near_lock(locked(holdout), rows, key=KEY)
    alone = [near_lock(locked(holdout), [row], key=KEY)[0][1:] for row in rows]
    assert [hit[1:] for hit in together] == alone


def test_a_bucket_of_equal_holdout_rows_names_the_first() -> None:
    holdout = ["said over and over in this one file"] * 500
    assert near_lock(locked(holdout), holdout[:2], key=KEY) == [
        NearHit(0, 0, 1.0),
        NearHit(1, 0, 1.0),
    ]


def test_the_most_alike_row_is_found_behind_others_of_its_buckets() -> None:
    rng = np.random.default_rng(8)
    own = rng.integers(0, 1 << 31, (1, 64), dtype=np.uint32)
    known = rng.integers(0, 1 << 31, (33, 64), dtype=np.uint32)
    for band in range(32):
        known[band, 2 * band : 2 * band + 2] = own[0, 2 * band : 2 * band + 2]
    known[32] = own[0]
    found = nearest(known, own)
    assert (found.row.tolist(), found.equal.tolist()) == ([32], [64])


def test_without_the_key_nothing_can_be_found() -> None:
    holdout = texts_of(20, seed=1)
    assert not near_lock(locked(holdout), holdout, key=b"another")


def test_an_empty_side_gives_no_hits() -> None:
    assert not near_lock(locked([]), ["some words"], key=KEY)
    assert not near_lock(locked(["some words"]), [], key=KEY)


def test_a_damaged_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="256 bytes"):
        read_signatures([b"short"])


@pytest.mark.parametrize(
    ("similarity", "chance"), [(0.3, 0.0006), (0.4, 0.067), (0.5, 0.55), (0.6, 0.96), (0.7, 0.9997)]
)
def test_the_chance_of_a_hit_is_as_said(similarity: float, chance: float) -> None:
    hits = [
        comb(BINS, equal) * similarity**equal * (1 - similarity) ** (BINS - equal)
        for equal in range(NEAR_PLACES, BINS + 1)
    ]
    assert sum(hits) == pytest.approx(chance, rel=0.05)
