"""The marks of a text are all its bytes that are no ASCII letters, and are classed one by one."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from core.data import marks
from core.data.detect import gates
from core.data.keys import normalise
from core.data.near.words import GAP, TABLE
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
    return words_of(type(block)(**{**vars(block), "text": text}))


@given(st.lists(said, max_size=5))
def test_words_are_compared_without_case_and_with_single_spaces(turns: list[str]) -> None:
    found = _words(turns)
    wanted = b"".join(b"%b\0" % normalise(turn).encode() for turn in turns)
    assert found.text == wanted
    assert found.ends.tolist() == [at for at, code in enumerate(wanted) if code == 0]
    assert found.spaces.tolist() == [at for at, code in enumerate(wanted) if code == 32]
