"""Computes the columns of a block; equal keys mean equal words, as `core.data.keys` has words."""

import hashlib
import unicodedata
from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np

from core.data.block import SYSTEM_ROLES, Block
from core.data.keys import canonical_form, normalise
from core.data.provenance import licence_of
from core.data.rows import Example
from core.data.scan.columns import Columns, Keys

LABEL_WORDS: Final = 3
"""Answers of at most so many words are labels."""
_KEY_BYTES: Final = 8
_NOTHING: Final = bytes(_KEY_BYTES)
_ASCII_SPACES: Final = b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
_LOWERED: Final = bytes(
    0x20 if byte in _ASCII_SPACES else byte for byte in bytes(range(256)).lower()
)
_PLAIN: Final = {"role", "content", "weight"}
_ABSENT: Final = b"\2"


def columns_of(block: Block) -> Columns:
    """Return the columns of a block."""
    texts = _normalised(block)
    frames: list[bytes] = []
    ends: list[bytes] = []
    owners: list[int] = []
    inputs: list[bytes] = []
    answers: list[int] = []
    short: list[bool] = []
    roles, trains, firsts = block.roles, block.trains, block.firsts
    blake2b = hashlib.blake2b
    for row in range(len(block.numbers)):
        frame = spoken = _NOTHING
        for place in range(firsts[row], firsts[row + 1]):
            text, role = texts[place], roles[place]
            if role in SYSTEM_ROLES:
                frame = _framed(frame, role, text)
                continue
            if trains[place]:
                owners.append(row)
                inputs.append(spoken)
                answers.append(len(text) << 32 | crc32(text))
                short.append(text.count(b" ", 0, 200) < LABEL_WORDS and len(text) < 200)
            # Salt and person cost nothing, where joining the bytes would copy them.
            spoken = blake2b(
                text, digest_size=_KEY_BYTES, salt=spoken, person=role.encode()
            ).digest()
        frames.append(frame)
        ends.append(spoken)
    firsts_of = np.array(firsts, dtype=np.int64)
    bounds = np.array([*block.starts, len(block.text)], dtype=np.int64)[firsts_of]
    turns = np.diff(firsts_of)
    return Columns(
        number=np.array(block.numbers, dtype=np.int64),
        raw=_checked(block.raws),
        content=_checked([_content(block, row) for row in range(len(block.numbers))]),
        spoken=_array(ends),
        frame=_array(frames),
        kind=_kinds(block),
        size=np.diff(bounds) - turns,
        turns=turns.astype(np.int32),
        licensed=_licensed(block),
        target_row=np.array(owners, dtype=np.int64),
        target_input=_array(inputs),
        target_answer=np.array(answers, dtype=np.uint64),
        target_short=np.array(short, dtype=np.bool_),
    )


def _normalised(block: Block) -> list[bytes]:
    """Return the words of every turn; `normalise` for whole blocks, where they are ASCII."""
    text = block.text
    if not block.is_ascii:
        turns = text.split(b"\0")
        text = b"\0".join(
            turn if turn.isascii() else normalise(turn.decode()).encode() for turn in turns
        )
    text = text.translate(_LOWERED)
    while b"  " in text:
        text = text.replace(b"    ", b" ").replace(b"  ", b" ")
    return text.replace(b" \0", b"\0").replace(b"\0 ", b"\0").lstrip(b" ").split(b"\0")


@lru_cache(maxsize=1024)
def _framed(before: bytes, role: str, text: bytes) -> bytes:
    """Return the key of system turns up to this one; most rows share theirs."""
    return hashlib.blake2b(text, digest_size=_KEY_BYTES, salt=before, person=role.encode()).digest()


def _content(block: Block, row: int) -> bytes:
    """Return bytes that are equal for equal canonical JSON, and only then."""
    turns = block.turns(row)
    example = block.examples.get(row)
    if example is None:
        weights = block.weights.get(row) or _ABSENT * len(turns)
    else:
        weights = _plain_weights(example)
        if not weights:
            return b"\1" + canonical_form(example).encode()
    words = block.text[block.starts[turns.start] : block.ends[turns.stop - 1]]
    if not words.isascii():
        words = unicodedata.normalize("NFC", words.decode()).encode()
    return _head(weights, tuple(block.roles[turns.start : turns.stop])) + words


@lru_cache(maxsize=1024)
def _head(weights: bytes, roles: tuple[str, ...]) -> bytes:
    """Return what stands before the words; most rows share theirs."""
    return b"%b\0%b\0" % (weights, "\0".join(roles).encode())


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


def _kinds(block: Block) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
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


def _licensed(block: Block) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which rows say under which licence they stand."""
    licensed = np.zeros(len(block.numbers), dtype=np.bool_)
    for place, beside in block.beside.items():
        licensed[place] = licence_of(beside) is not None
    return licensed


def _array(keys: list[bytes]) -> Keys:
    """Return keys as numbers."""
    return np.frombuffer(b"".join(keys), dtype="<u8").astype(np.uint64)


def _checked(forms: list[bytes]) -> Keys:
    """Return length and check sum of these forms, which tell apart what has equal words."""
    return np.array([len(form) << 32 | crc32(form) for form in forms], dtype=np.uint64)
