"""Computes the columns of a block; equal keys mean equal words, as `core.data.keys` has words."""

import hashlib
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh64_intdigest

from core.data.block import ROLES, Block
from core.data.kernel.columns import RowKeys
from core.data.kernel.library import loaded
from core.data.keys import canonical_form
from core.data.provenance import licence_of
from core.data.rows import Example
from core.data.scan.columns import Columns, Keys
from core.data.scan.word_hashes import hashes_of
from core.data.scan.words_of_block import Words

LABEL_WORDS: Final = 3
"""Answers of at most so many words are labels."""
_LONGEST_LABEL: Final = 200
_PLAIN: Final = {"role", "content", "weight"}
_ABSENT: Final = b"\2"
_PLACE: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xFF51AFD7ED558CCD)
_ALL: Final = (1 << 64) - 1


def columns_of(block: Block) -> Columns:
    """Return the columns of a block."""
    words = block.compared
    framing = block.framing
    turns = np.diff(block.firsts)
    answers = np.flatnonzero(block.trains & ~framing)
    sizes = np.diff(words.ends, prepend=-1) - 1
    bounds = np.append(block.starts, len(block.text))[block.firsts]
    return Columns(
        number=block.numbers,
        raw=block.checks,
        content=_contents(block),
        kind=_kinds(block),
        size=np.diff(bounds) - turns,
        turns=turns.astype(np.int32),
        licensed=_licensed(block),
        target_short=_labels(words, answers, sizes[answers]),
        **_keys(block, words)._asdict(),
    )


def _keys(block: Block, words: Words) -> RowKeys:
    """Return the keys of the words of rows and trained answers."""
    if (kernel := loaded()) is not None:
        trains = np.ascontiguousarray(block.trains)
        turns, named = words.hashes.turns, _keys_of_roles()
        return kernel.keys(turns, words.ends, block.roles, trains, block.firsts, named)
    firsts, framing = block.firsts, block.framing
    said = _keys_of_turns(block, words)
    before = _sums(_chained(said, firsts, ~framing))
    frames = _sums(_chained(said, firsts, framing))
    owners = np.repeat(np.arange(len(firsts) - 1), np.diff(firsts))
    answers = np.flatnonzero(block.trains & ~framing)
    sizes = (np.diff(words.ends, prepend=-1) - 1).astype(np.uint64)
    return RowKeys(
        spoken=_mixed(before[firsts[1:]] - before[firsts[:-1]]),
        frame=_mixed(frames[firsts[1:]] - frames[firsts[:-1]]),
        target_row=owners[answers],
        target_input=_mixed(before[answers] - before[firsts[owners[answers]]]),
        target_answer=_mixed(words.hashes.turns[answers] + sizes[answers]),
    )


def _keys_of_turns(block: Block, words: Words) -> Keys:
    """Return a key of role and words for each turn."""
    sizes = np.diff(words.ends, prepend=-1).astype(np.uint64)
    keys: Keys = _mixed(words.hashes.turns + sizes * _PLACE) + _keys_of_roles()[block.roles]
    return keys


@cache
def _keys_of_roles() -> Keys:
    """Return a key for each role."""
    digests = (hashlib.blake2b(role.encode(), digest_size=8).digest() for role in ROLES)
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _chained(said: Keys, firsts: NDArray[np.int64], which: NDArray[np.bool_]) -> Keys:
    """Return keys of turns at their place among those of their kind in the row; 0 for others."""
    count = np.concatenate(([0], np.cumsum(which)))
    place = count[:-1] - np.repeat(count[firsts[:-1]], np.diff(firsts))
    return np.where(which, _mixed(said + (place + 1).astype(np.uint64) * _PLACE), np.uint64(0))


def _sums(keys: Keys) -> Keys:
    """Return the sums of all keys before each, and of all."""
    sums = np.zeros(len(keys) + 1, np.uint64)
    np.add.accumulate(keys, out=sums[1:])
    return sums


def _mixed(keys: Keys) -> Keys:
    """Return keys in which every bit depends on all; 0 stays 0."""
    mixed: Keys = keys ^ (keys >> np.uint64(32))
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(29)
    mixed *= _PLACE
    return mixed ^ (mixed >> np.uint64(32))


def _labels(
    words: Words, answers: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which answers have so few words that they are labels."""
    few = words.spaces[answers] < LABEL_WORDS
    labels: NDArray[np.bool_] = few & (sizes < _LONGEST_LABEL)
    return labels


def _contents(block: Block) -> Keys:
    """Return hashes of forms that are equal for equal canonical JSON, and only then.

    These tell apart what has equal words.
    """
    borders = np.append(block.starts, len(block.text))[block.firsts].tolist()
    contents = _hashes_of_said(block)
    contents += np.fromiter(map(_head, block.orders), np.uint64, len(block.orders))
    for row in {*block.weights, *block.examples}:
        order, begin, end = block.orders[row], borders[row], borders[row + 1]
        if weights := _weights(block, row):
            words = _composed(block.text[begin : end - 1])
            contents[row] = xxh64_intdigest(words) + _head(order, weights) & _ALL
        else:
            contents[row] = xxh64_intdigest(b"\1" + canonical_form(block.examples[row]).encode())
    return contents


def _hashes_of_said(block: Block) -> Keys:
    """Return the hash of the words of each row, turn by turn, their Unicode composed."""
    borders = np.append(block.starts, len(block.text))[block.firsts]
    if block.is_ascii and (kernel := loaded()) is not None:
        return kernel.hashes(block.text, borders[:-1], borders[1:] - 1)
    text = memoryview(block.text)
    said = [text[begin : end - 1] for begin, end in pairwise(borders.tolist())]
    return hashes_of(said if block.is_ascii else map(_composed, map(bytes, said)), len(said))


def _composed(words: bytes) -> bytes:
    """Return words with their Unicode composed."""
    return words if words.isascii() else unicodedata.normalize("NFC", words.decode()).encode()


def _weights(block: Block, row: int) -> bytes:
    """Return how the weights of a row of nothing but words are written, else nothing."""
    example = block.examples.get(row)
    if example is None:
        return block.weights.get(row) or _ABSENT * len(block.orders[row])
    return _plain_weights(example)


@lru_cache(maxsize=1024)
def _head(roles: tuple[str, ...], weights: bytes = b"") -> int:
    """Return the hash of what stands before the words; most rows share theirs."""
    head = b"%b\0%b\0" % (weights or _ABSENT * len(roles), "\0".join(roles).encode())
    return xxh64_intdigest(head)


def _plain_weights(example: Example) -> bytes:
    """Return how the weights are written in a row of nothing but words, else nothing."""
    weights = bytearray()
    for message in example.messages:
        raw = message.raw
        weight = raw.get("weight", 2)
        plain = raw.keys() <= _PLAIN and isinstance(raw.get("content"), str)
        if not plain or type(weight) is not int or example.tools is not None:
            return b""
        weights.append(weight)
    return bytes(weights)


def _kinds(block: Block) -> NDArray[np.uint8]:
    """Return how the content of every row is written."""
    kinds = np.ones(len(block.numbers), dtype=np.uint8)
    for place, example in block.examples.items():
        contents = [message.raw.get("content") for message in example.messages]
        found = [
            2 if isinstance(content, list) else 1 for content in contents if content is not None
        ]
        ways = list(dict.fromkeys(found))
        kinds[place] = {(): 0, (1,): 1, (2,): 2, (1, 2): 3, (2, 1): 4}[tuple(ways)]
    return kinds


def _licensed(block: Block) -> NDArray[np.bool_]:
    """Return which rows say under which licence they stand."""
    licensed = np.zeros(len(block.numbers), dtype=np.bool_)
    for place, beside in block.beside.items():
        licensed[place] = licence_of(beside) is not None
    return licensed
