"""How many tokens rows have at a service, without its tokenizer: a range, and said as one."""

from collections.abc import Sequence

from core.data.rows import Example
from core.data.tokens import TURN_TOKENS
from core.hosted.billing import Tokens

_MOST_BYTES = 6.0
_LEAST_BYTES = 2.5
"""Bytes of a token of natural text, from the densest to the sparsest that is to be expected."""


def tokens_of(examples: Sequence[Example]) -> Tokens:
    """Return the least and the most tokens that one pass over these rows is to be expected."""
    turns = [turn for one in examples for turn in (*one.messages, *one.rejected)]
    size = sum(len(turn.text.encode("utf-8", "surrogatepass")) for turn in turns)
    return Tokens(
        low=int(size / _MOST_BYTES) + len(turns),
        high=int(size / _LEAST_BYTES) + TURN_TOKENS * len(turns),
    )
