"""What counts as a word and as a shingle."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.near.words import _MARKS, jaccard, prepared, shingle_set


def alike(left: str, right: str) -> float:
    return jaccard(shingle_set(prepared(left)), shingle_set(prepared(right)))


@given(st.text())
def test_prepared_text_is_the_compatible_caseless_text(text: str) -> None:
    whole = _MARKS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    assert prepared(text).lower() == whole.encode(errors="replace")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Reset my PASSWORD, please now!", "reset my password please\n\nnow"),
        ("Ｒeset it", "reset it"),
        ("cafe\u0301 noir", "CAFÉ noir"),
        ("it’s “quoted” — here", 'it\'s "quoted" here'),
        ("**bold** and `code`", "bold and code"),
        ("用户，你好。世界真大", "用户 你好世界 真大"),
    ],
)
def test_same_words_in_another_dress_are_equal(left: str, right: str) -> None:
    assert alike(left, right) == 1.0


@pytest.mark.parametrize(
    ("left", "right"), [("2 + 3", "2 - 3"), ("x * y", "x / y"), ("yes", "no"), ("a b", "b a")]
)
def test_signs_that_change_the_meaning_stay(left: str, right: str) -> None:
    assert alike(left, right) == 0.0


def test_a_shingle_crosses_no_turn_and_a_short_turn_is_one() -> None:
    assert shingle_set(b"one two three\0a b c d e f") == {
        b"one two three",
        b"a b c d e",
        b"b c d e f",
    }


@pytest.mark.parametrize("nothing", ["", " ", "?!", "\0\0"])
def test_a_text_without_words_is_like_no_other(nothing: str) -> None:
    assert not shingle_set(prepared(nothing))
    assert alike(nothing, nothing) == 0.0


@pytest.mark.parametrize(
    "text",
    ["今天天气很好我们一起去公园散步吧", "วันนี้อากาศดีมากเราไปเดินเล่นกัน", "今日はとても良い天気ですね"],
)
def test_text_without_spaces_is_compared_by_characters(text: str) -> None:
    longer = text * 3
    assert 0.4 < alike(longer, longer[:20] + "x" + longer[21:]) < 1.0
    assert alike("see: " + text, "see: " + text + "!") == 1.0


@pytest.mark.parametrize(("n", "expected"), [(20, 11 / 21), (31, 22 / 32), (40, 31 / 41)])
def test_jaccard_of_one_changed_inner_word_is_the_published_one(n: int, expected: float) -> None:
    words = [f"w{i}" for i in range(n)]
    changed = [*words[: n // 2], "other", *words[n // 2 + 1 :]]
    assert alike(" ".join(words), " ".join(changed)) == expected


def test_jaccard_of_a_changed_last_word_is_the_published_one() -> None:
    words = [f"w{i}" for i in range(20)]
    assert alike(" ".join(words), " ".join([*words[:-1], "other"])) == 15 / 17
