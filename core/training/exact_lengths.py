"""The exact lengths of the rows of a split, from the tokens that a trainer would be given."""

from collections.abc import Iterable

import numpy as np

from core.data.lengths import Lengths, counted
from core.training.ledger import Entry
from core.training.token_cache import TRAINED, TokenCache


def exact_lengths(cache: TokenCache) -> Lengths:
    """Return the tokens of every sequence before any cut, and where they carry loss."""
    entries = [entry for entry in cache.entries if _is_long(entry)]
    trained_at = np.zeros(max(_tokens(entries), default=0), dtype=np.int64)
    for entry in entries:
        marks = np.frombuffer(cache.marks(entry), dtype=np.uint8)
        trained_at[: entry.tokens] += marks & TRAINED
    return counted(np.array(list(_tokens(entries)), dtype=np.int64), trained_at)


def _is_long(entry: Entry) -> bool:
    """Return whether a sequence has tokens that a training could be given."""
    return entry.problem is None and entry.fate != "dropped" and entry.tokens > 0


def _tokens(entries: Iterable[Entry]) -> Iterable[int]:
    return (entry.tokens for entry in entries)
