"""Words and turns of a block: equal hashes where they are equal, and signatures that agree."""

import json
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.keys import normalise
from core.data.marks import marks_of
from core.data.near.shingles import TurnHashes
from core.data.near.words import TABLE
from core.data.scan.near_rows import signatures_of
from core.data.scan.read_block import read_block
from core.data.scan.word_hashes import signatures_of_texts, turn_hashes

sizes = st.sampled_from([1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 72, 200])
words = st.one_of(
    st.builds(lambda size, last: "a" * (size - 1) + last, sizes, st.sampled_from("ab7é")),
    st.builds(lambda size, first: first + "a" * (size - 1), sizes, st.sampled_from("ab7é")),
    st.sampled_from(["don't", "(x)", "--", "?", "", "2+2", "straße", "naïve"]),
)
turns = st.lists(words, max_size=12).map(" ".join)


def _hashes(text: bytes) -> TurnHashes:
    return turn_hashes(text, marks_of(text))


@settings(deadline=None)
@given(st.lists(turns, min_size=1, max_size=5))
def test_words_and_turns_have_equal_hashes_where_they_are_equal(said: list[str]) -> None:
    text = b"".join([turn.encode() + b"\0" for turn in said])
    found = _hashes(text)
    split = [re.findall(rb"[^ \0]+", turn.encode().translate(TABLE)) for turn in said]
    own = [word for turn in split for word in turn]
    assert found.firsts.tolist() == np.cumsum([0, *map(len, split)]).tolist()
    for word, begin in zip(own, found.began.tolist(), strict=True):
        assert text[begin : begin + len(word)] == word
    assert len(set(zip(own, found.words.tolist(), strict=True))) == len(set(own))
    assert len(set(found.words.tolist())) == len(set(own))
    assert len(set(zip(said, found.turns.tolist(), strict=True))) == len(set(said))
    assert len(set(found.turns.tolist())) == len(set(said))


def test_a_word_has_one_hash_wherever_it_stands() -> None:
    alone = _hashes(b"wonderfully\0").words
    for before in range(20):
        found = _hashes(b"x" * before + b" wonderfully, indeed\0").words
        assert found[-2] == alone[0]


foreign = st.sampled_from(["", " café", " 你好", " ไทย", " \u00ab quoted \u00bb"])


@settings(deadline=None)
@given(st.lists(st.tuples(turns, foreign), min_size=1, max_size=4))
def test_a_row_is_signed_as_its_text_is(said: list[tuple[str, str]]) -> None:
    rows = [("Why? " + turn, "Because " + turn + more) for turn, more in said]
    lines = [
        json.dumps(
            {
                "messages": [
                    {"role": "user", "content": asked},
                    {"role": "assistant", "content": answer},
                ]
            }
        ).encode()
        for asked, answer in rows
    ]
    signed = signatures_of(read_block(b"\n".join(lines)))
    texts = [f"{asked}\0{answer}" for asked, answer in rows]
    np.testing.assert_array_equal(signed, signatures_of_texts(texts))
    normalised = [f"{normalise(asked)}\0{normalise(answer)}" for asked, answer in rows]
    plain = [place for place, text in enumerate(texts) if text.isascii()]
    np.testing.assert_array_equal(signed[plain], signatures_of_texts(normalised)[plain])
