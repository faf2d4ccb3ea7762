"""The loops in C give what numpy gives, on any bytes; where they were not built this says so."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from xxhash import xxh64_intdigest

from core.data import line_ends, repeats
from core.data.block import Block
from core.data.detect import gates, odd_words
from core.data.kernel.library import Kernel, loaded
from core.data.near import candidates, shingles, signatures
from core.data.scan import kept, keys_of_block, phrases, plain_rows, words_of_block
from core.data.scan.near_rows import signatures_of
from core.data.scan.phrases import Phrase
from core.data.scan.read_block import read_block

pytestmark = pytest.mark.skipif(
    loaded() is None, reason="the loops in C were not built: there was no compiler at installation"
)
_USERS = (
    candidates, gates, kept, keys_of_block, line_ends, odd_words, phrases, plain_rows, repeats,
    shingles, signatures, words_of_block,
)  # fmt: skip

_PHRASES = (Phrase((b"a",), b"az"), Phrase((b"a", b"a")), Phrase((b"0",)))

texts = st.text(
    st.sampled_from('aZ \t\n"\\/{}[],.:_-0123456789@=~\x00\x01\x1f\x7f\x85\xa0éß你\u2003\u3000😀'),
    max_size=40,
)
roles = st.sampled_from(["system", "developer", "user", "assistant", "tool", "oracle"])


@st.composite
def chats(draw: st.DrawFn) -> bytes:
    """Return a line that is a plain chat, or nearly."""
    turns = draw(st.lists(st.tuples(roles, texts), max_size=4))
    weights = st.sampled_from([{}, {}, {}, {"weight": 0}, {"weight": 1}])
    chat: dict[str, object] = {
        "messages": [{"role": role, "content": said, **draw(weights)} for role, said in turns]
    }
    if draw(st.integers(0, 5)) == 0:
        chat["metadata"] = {"source": draw(texts)}
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :  ")]))
    return json.dumps(chat, ensure_ascii=draw(st.booleans()), separators=separators).encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a line with some bytes changed, taken out or put in."""
    line = bytearray(draw(chats()))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(line) - 1))
        line[at : at + draw(st.integers(0, 1))] = draw(
            st.sampled_from(
                [b"", b"\\", b'"', b"\xff", b"\xed\xa0\x80", b"\\ud83d", b"\0", b" ", b"}"]
            )
            | st.binary(max_size=2)
        )
    return bytes(line).replace(b"\n", b"")


@contextmanager
def numpy_alone() -> Iterator[None]:
    with ExitStack() as stack:
        for module in _USERS:
            stack.enter_context(patch.object(module, "loaded", lambda: None))
        yield


def _kernel() -> Kernel:
    kernel = loaded()
    assert kernel is not None
    return kernel


def _facts(block: Block) -> list[object]:
    """Return all that is known of a block, in values that compare."""
    words = block.compared
    made = keys_of_block.columns_of(block)
    columns = [getattr(made, field.name) for field in fields(made)]
    signs = block.signs
    facts = [
        block.text, block.orders, block.weights, sorted(block.examples), block.faults,
        block.lines, words.text, words.turns_with(_PHRASES), words.turns_holding(b"aa"),
        signs.has_controls,
        signs.of(b"@"), *columns,
        block.numbers, block.checks, block.firsts, block.roles, block.trains, block.starts,
        block.ends, words.ends, words.spaces, *words.hashes, signatures_of(block), signs.digits,
        signs.odd(), signs.runs,
    ]  # fmt: skip
    return [one.tolist() if isinstance(one, np.ndarray) else one for one in facts]


@given(st.lists(damaged(), max_size=5))
@example([b'{"messages":[{"role":"user","content":"\\u00e9 \\ud83d\\ude00 \\n\\u0000 \\/"},'
          b'{"role":"assistant","content":"' + b"wonder" * 20 + b' x"}]}'])  # fmt: skip
@example([b'{"messages":[{"role":"user","content":"\\u3000\\u2003"},'
          b'{"role":"assistant","content":"yes"}]}'])  # fmt: skip
@example([b'{"messages":[{"role":"assistant","content":"\\ud800"}]}'])
@example([b'{"messages":[{"role":"assistant","content":"\\udc00"}]}'])
@example([b'{"messages":[{"role":"assistant","content":"\xed\xa0\x80"}]}'])
@example([b'{"messages":[{"role":"assistant","content":"a"},{"role":"user","content":"b"}]}'])
def test_a_block_is_the_same_with_and_without_the_loops(lines: list[bytes]) -> None:
    text = b"\n".join(lines)
    found = _facts(read_block(text))
    with numpy_alone():
        assert _facts(read_block(text)) == found


@given(chats())
def test_plain_chats_are_taken_in_one_look(line: bytes) -> None:
    ends = np.array([len(line)])
    found = plain_rows.plain_rows(line, np.zeros(1, np.int64), ends)
    with numpy_alone():
        wanted = plain_rows.plain_rows(line, np.zeros(1, np.int64), ends)
    assert (found.said, found.roles.tolist()) == (wanted.said, wanted.roles.tolist())


def test_a_chat_of_many_turns_and_sizes_is_taken() -> None:
    said = ["q" + "é" * size + "x" * (size % 11) + "\n" for size in range(40)]
    turns = [{"role": role, "content": words} for words in said for role in ("user", "assistant")]
    line = json.dumps({"messages": turns}).encode()
    found = _kernel().plain_rows(line, np.array([0]), np.array([len(line)]), longest=len(line))
    assert found.said == "".join(f"{turn['content']}\0" for turn in turns).encode()
    assert found.firsts.tolist() == [0, 80]
    short = _kernel().plain_rows(line, np.array([0]), np.array([len(line)]), longest=99)
    assert len(short.lines) == 0


@given(st.lists(texts | st.text("aB", min_size=60, max_size=90), max_size=6))
@example(["a " * 30, "", " ", "x" * 64, "x" * 65, "Aa\t\n  b "])
@example([" ".join("x" * size + "yz" for size in range(80))])
def test_words_and_signs_are_the_same_on_any_text(turns: list[str]) -> None:
    text = "".join(turn.replace("\0", "\1") + "\0" for turn in turns).encode()
    empty = read_block(b"")
    block = type(empty)(**{**vars(empty), "text": text, "starts": np.zeros(len(turns))})
    found = words_of_block.words_of(block)
    signs = gates.Signs(text)
    with numpy_alone():
        plain, plain_signs = words_of_block.words_of(block), gates.Signs(text)
    assert found.text == plain.text
    for one, other in zip(found.hashes, plain.hashes, strict=True):
        assert one.tolist() == other.tolist()
    assert (found.ends.tolist(), found.spaces.tolist()) == (
        plain.ends.tolist(),
        plain.spaces.tolist(),
    )
    assert signs.digits.tolist() == plain_signs.digits.tolist()
    assert signs.odd().tolist() == plain_signs.odd().tolist()
    assert signs.runs.tolist() == plain_signs.runs.tolist()
    assert signs.has_controls == plain_signs.has_controls


@given(st.binary(max_size=200), st.data())
@example(bytes(range(200)), None)
def test_hashes_are_xxh64(text: bytes, data: st.DataObject | None) -> None:
    at = range(len(text) + 1)
    borders = (
        [(0, end) for end in at]
        if data is None
        else [sorted(data.draw(st.tuples(st.sampled_from(at), st.sampled_from(at))))]
    )
    begins, ends = (np.array(side, np.int64) for side in zip(*borders, strict=True))
    found = _kernel().hashes(text, begins, ends).tolist()
    assert found == [xxh64_intdigest(text[begin:end]) for begin, end in borders]


@given(st.lists(st.integers(0, 7), max_size=60), st.booleans())
def test_what_stands_twice_is_found_with_and_without_the_loops(
    drawn: list[int], whole: bool
) -> None:
    keys = np.array(drawn, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    if not whole:
        keys = (keys >> np.uint64(32)).astype(np.uint32)
    twice = {at for at, key in enumerate(drawn) if drawn.count(key) > 1}
    assert twice <= set(repeats.repeated(keys).tolist()) <= set(range(len(drawn)))
    with numpy_alone():
        assert twice <= set(repeats.repeated(keys).tolist()) <= set(range(len(drawn)))


@pytest.mark.parametrize("rows", [0, 1, 2500])
def test_rows_are_paired_the_same_with_and_without_the_loops(rows: int) -> None:
    drawn = np.random.default_rng(5).integers(0, 1 << 32, (rows, 64), np.uint32)
    drawn[1::2, :40] = drawn[: rows // 2 * 2 : 2, :40]
    found = candidates.candidates(drawn)
    assert len(found) == rows // 2
    with patch.object(candidates, "_MOST_SKETCHED", 0):
        assert candidates.candidates(drawn).tolist() == found.tolist()
    with numpy_alone():
        assert candidates.candidates(drawn).tolist() == found.tolist()


@given(st.binary(max_size=200))
@example(b"\n" * 70 + b"aa" * 70)
def test_line_ends_and_pairs_are_all_found(text: bytes) -> None:
    assert line_ends.line_ends(text).tolist() == [at for at in range(len(text)) if text[at] == 10]
    pairs = [at for at in range(len(text)) if text[at : at + 2] == b"ba"]
    assert phrases.pairs_in(text, b"ba") == pairs
    with numpy_alone():
        assert phrases.pairs_in(text, b"ba") == pairs


def test_far_rows_of_a_large_array_are_read_the_same_with_and_without_the_loops() -> None:
    array = kept.KeptArray()
    rows = np.arange(1 << 20, dtype=np.uint32).reshape(-1, 4)
    array.add(rows)
    array.whole()
    places = np.array([5, 0, 5, len(rows) - 1])
    assert array.some(places).tolist() == rows[places].tolist()
    with numpy_alone():
        assert array.some(places).tolist() == rows[places].tolist()


@given(
    texts, st.lists(st.sampled_from(["pass", "1a!B", "é", " ", "/", "xyz7", "k", "\0"]), max_size=9)
)
@example("", ["a1"])
@example("", ["pass", " ", "a1b2c3", " "])
def test_odd_words_are_the_same_with_and_without_the_loops(more: str, parts: list[str]) -> None:
    text = ("".join(parts) + more).encode()
    found = odd_words.odd_words(gates.Signs(text))
    with numpy_alone():
        assert odd_words.odd_words(gates.Signs(text)) == found


@given(st.lists(st.sampled_from(["a", "az", "b", "a a", "0", ", ", "a\0", "aza"]), max_size=12))
@example(["a", "a", "az"])
@example(["a", "a", "0"])
@example(["b", "a"])
def test_phrases_are_the_same_with_and_without_the_loops(parts: list[str]) -> None:
    text = (" ".join(parts) + "\0").encode()
    empty = read_block(b"")
    block = type(empty)(**{**vars(empty), "text": text, "starts": np.zeros(text.count(b"\0"))})
    found = words_of_block.words_of(block).turns_with(_PHRASES)
    with numpy_alone():
        assert words_of_block.words_of(block).turns_with(_PHRASES) == found


@given(st.lists(texts, max_size=6), st.sampled_from([b"", b"salt"]))
@example(["", "a b c d e f", "\0", "a\0b c d e f g\0", "水火 x"], b"salt")
def test_texts_are_signed_the_same_with_and_without_the_loops(said: list[str], key: bytes) -> None:
    block = shingles.block_of_texts(said)
    found = signatures.signatures(*block, key=key).tolist()
    runs = shingles.shingles(*block, key=key)
    with numpy_alone():
        assert signatures.signatures(*block, key=key).tolist() == found
        for one, other in zip(runs, shingles.shingles(*block, key=key), strict=True):
            assert one.tolist() == other.tolist()
