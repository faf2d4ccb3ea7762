"""The marks of a text are all its bytes that are no ASCII letters, and are classed one by one."""

import re

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from core.data import marks
from core.data.detect import gates
from core.data.keys import normalise
from core.data.near.words import GAP, TABLE
from core.data.scan.phrases import Phrase
from core.data.scan.read_block import read_block
from core.data.scan.words_of_block import Words, words_of

said = st.text("aZ@`{[ \t\n\x0b\x1c\x1f\x7f\x01-_09~\\é你", max_size=30)


@given(st.binary(max_size=80))
@example(bytes(range(256)))
def test_every_byte_that_is_no_letter_is_marked(text: bytes) -> None:
    found = marks.marks_of(text)
    places = [hit.start() for hit in re.finditer(rb"(?s)[^A-Za-z]", text)]
    assert found.places.tolist() == places
    assert found.codes.tolist() == [text[place] for place in places]
    separating = [place for place in places if TABLE[text[place]] <= GAP]
    assert found.places_of(marks.SEPARATES).tolist() == separating
    assert found.ends().tolist() == [place for place in places if text[place] == 0]


@given(st.lists(st.sampled_from(["a" * 19, "B", "7", "_", " ", "\n", ".", "é", "\0"]), max_size=9))
@example([" ", "a" * 19, "B", " ", "a" * 19, "7"])
def test_long_runs_are_all_stretches_of_token_characters(parts: list[str]) -> None:
    text = "".join(parts).encode()
    wanted = [
        hit.span()
        for hit in re.finditer(rb"[0-9A-Za-z_~\r\n\\-]{20,}", text)
        if re.search(rb"[0-9A-Z]", hit[0])
    ]
    assert [*gates.long_runs(text, gates.Signs(text))] == wanted


def _words(turns: list[str]) -> Words:
    text = b"".join(b"%b\0" % turn.encode() for turn in turns)
    block = read_block(b"")
    return words_of(type(block)(**{**vars(block), "text": text, "starts": np.zeros(len(turns))}))


@given(st.lists(said, max_size=5))
@example(["zz", "", "azZz z"])
def test_words_are_compared_without_case_and_with_single_spaces(turns: list[str]) -> None:
    found = _words(turns)
    wanted = b"".join(b"%b\0" % normalise(turn).encode() for turn in turns)
    assert found.text == wanted
    assert found.ends.tolist() == [at for at, code in enumerate(wanted) if code == 0]
    assert found.turns_holding(b"zz") == sorted(
        number
        for number, turn in enumerate(wanted.split(b"\0"))
        for _ in re.finditer(rb"(?=zz)", turn)
    )
    assert found.spaces.tolist() == [turn.count(b" ") for turn in wanted.split(b"\0")[:-1]]


def test_words_in_armour_are_looked_for_behind_five_dashes() -> None:
    for dashes, places in ((5, [11]), (4, [])):
        text = b"-" * dashes + b"BEGIN KEY" + b"-" * dashes + b" -- KEY\0"
        found = gates.armour(text, gates.Signs(text), b"KEY")
        assert [*found][:1] == places


phrases = st.lists(
    st.sampled_from(["by", "Open", "openAi", "an", "ai", ",", "c", "2019"]), max_size=8
)


@given(st.lists(phrases.map(" ".join), max_size=4))
def test_phrases_are_found_where_their_words_follow_each_other(turns: list[str]) -> None:
    wanted = {
        Phrase((b"by",), b"opena"): rb"\bby[ ,]+opena",
        Phrase((b"an", b"ai")): rb"\ban[ ,]+ai\b",
        Phrase((b"c",)): rb"\bc\b",
    }
    found = _words(turns)
    for phrase, pattern in wanted.items():
        holding = {n for n, turn in enumerate(turns) if re.search(pattern, turn.lower().encode())}
        assert holding <= set(found.turns_with((phrase,)))
    of_all = found.turns_with(tuple(wanted))
    assert of_all == sorted({n for phrase in wanted for n in found.turns_with((phrase,))})
