"""Bounds the tokens of rows by their bytes, before any tokenizer has counted them.

A byte-level tokenizer makes at most one token of a byte, whatever the language. A tokenizer that
normalises first counts the bytes after that, so the bound does not hold for it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

TURN_TOKENS: Final = 8
"""What a chat template adds to a turn: marks of begin and end, the role, line ends."""
_BYTES_A_TOKEN: Final = 6
"""No common tokenizer packs natural text this densely, so fewer tokens are not to be expected."""


def most_tokens(sizes: NDArray[np.int64], turns: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many tokens rows of these sizes have at most."""
    return sizes + TURN_TOKENS * turns.astype(np.int64)


def least_tokens(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many tokens rows of these sizes have at least, by any likely count."""
    return -(-sizes // _BYTES_A_TOKEN)


def surely_more_than(sizes: NDArray[np.int64], context: int) -> NDArray[np.bool_]:
    """Return which rows are longer than the context by any likely count."""
    return sizes > context * _BYTES_A_TOKEN
