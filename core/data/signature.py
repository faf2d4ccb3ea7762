"""A fingerprint of what a row says: near rows have near fingerprints, and nobody reads a word.

One permutation, 64 bins: every run of five words is hashed under the salt, the top bits choose
its bin, the smallest hash of a bin is kept. An empty bin takes what another holds, in an order of
its own, so that two texts of a few runs do not look alike only because of one they share.
"""

import hashlib
from functools import lru_cache

from core.data.runs import runs

SIGNATURE = "minhash-64x32-of-5-words:1"
"""Name of this way of making them; others cannot be compared with them."""
BYTES = 256
_BINS = 64
_WORDS = 5
_BANDS = 16
_BAND = BYTES // _BANDS
_PERSON = b"tf:sign:1"


def signature(text: str, salt: bytes) -> bytes:
    """Return the fingerprint of a text: 64 numbers of 4 bytes; zeros where nothing is said."""
    least: dict[int, bytes] = {}
    for run in runs(text, _WORDS):
        content = " ".join(run).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(content, digest_size=5, key=salt, person=_PERSON).digest()
        place, value = digest[0] & (_BINS - 1), digest[1:]
        if value < least.get(place, b"\xff" * 5):
            least[place] = value
    if not least:
        return bytes(BYTES)
    return b"".join(
        least.get(place) or next(least[other] for other in _order(place) if other in least)
        for place in range(_BINS)
    )


@lru_cache(maxsize=_BINS)
def _order(place: int) -> tuple[int, ...]:
    """Return the bins in the order in which an empty one looks for what it takes."""
    return tuple(
        sorted(
            range(_BINS),
            key=lambda other: hashlib.blake2b(bytes((place, other)), digest_size=8).digest(),
        )
    )


def agreement(left: bytes, right: bytes) -> float:
    """Return the share of equal numbers, which estimates the Jaccard similarity."""
    pairs = zip(memoryview(left).cast("I"), memoryview(right).cast("I"), strict=True)
    return sum(one == other for one, other in pairs) / _BINS


def bands(made: bytes) -> list[tuple[int, bytes]]:
    """Return the parts of a fingerprint of which near rows share at least one."""
    return [(at, made[at : at + _BAND]) for at in range(0, BYTES, _BAND)]
