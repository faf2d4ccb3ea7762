"""Compares later files with a holdout whose text is not at hand, by signatures alone.

A signature is keyed like every hash in a lock: without the salt nobody can test a guess against it.
The share of equal places estimates the similarity with the error of 64 throws of a coin; the exact
value cannot be had without the text. From half the places on a row is near. By the binomial that
catches .9997 of rows at .7 and .96 at .6; it takes .55 of rows at .5 for near, .07 at .4 and .0006
at .3. Rows of a few words have fewer places of their own, so their estimate is rougher in both
directions.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.data.near.candidates import nearest
from core.data.near.many import signatures_of
from core.data.near.signatures import BINS, Signatures

SIGNATURE_BYTES = BINS * 4
NEAR_PLACES = BINS // 2
"""Equal places from which a row counts as near a holdout row."""


class NearHit(NamedTuple):
    """A row that is near a row of the holdout."""

    row: int
    """Its place among the texts."""
    holdout: int
    """The place of the most alike holdout row among the signatures."""
    estimate: float
    """Share of equal places, which estimates the similarity."""


def signature_bytes(signature: Signatures) -> bytes:
    """Return the signature of one row as the lock keeps it, the same on every machine."""
    return signature.astype("<u4").tobytes()


def read_signatures(kept: Sequence[bytes]) -> Signatures:
    """Return the signatures of holdout rows from what their lock keeps."""
    if any(len(one) != SIGNATURE_BYTES for one in kept):
        raise ValueError(f"a signature has {SIGNATURE_BYTES} bytes")
    values = np.frombuffer(b"".join(kept), "<u4").astype(np.uint32)
    return values.reshape(len(kept), BINS)


def near_lock(
    holdout: Signatures, texts: Sequence[str], *, key: bytes, least: int = NEAR_PLACES
) -> list[NearHit]:
    """Return each text that is near a holdout row, with the most alike one; in order of texts."""
    found = nearest(holdout, signatures_of(texts, len(texts), key=key))
    return [
        NearHit(row, int(found.row[row]), int(found.equal[row]) / BINS)
        for row in np.flatnonzero(found.equal >= least).tolist()
    ]
