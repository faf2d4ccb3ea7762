import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from core.text_safety import clip, visible

ANYTHING = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=[]))


def test_control_bytes_become_pictures() -> None:
    assert visible("\x1b]52;c;aGk=\x07") == "␛]52;c;aGk=␇"
    assert visible("a\x00b\x7fc\x9bd") == "a␀b␡c<U+009B>d"


def test_direction_marks_and_zero_width_characters_are_named() -> None:
    assert visible("a\u202eb\u200bc\u2066") == "a<U+202E>b<U+200B>c<U+2066>"


def test_lone_surrogates_can_be_encoded_afterwards() -> None:
    assert visible("\ud800").encode() == b"<U+D800>"


def test_markup_is_left_for_the_carrier_to_keep_literal() -> None:
    assert visible("[/INST] [@click=app.quit]x[/]") == "[/INST] [@click=app.quit]x[/]"


def test_tall_stacks_of_marks_are_cut_down() -> None:
    shown = visible("a" + "\u0301" * 5)
    assert shown == "a\u0301\u0301" + "<U+0301>" * 3


def test_a_mark_without_a_letter_is_named() -> None:
    assert visible("\u0301a") == "<U+0301>a"


def test_flags_and_skin_tones_take_the_same_cells_everywhere() -> None:
    assert visible("\U0001f1e9\U0001f1ea") == "ＤＥ"
    assert visible("\U0001f44d\U0001f3fd") == "\U0001f44d<U+1F3FD>"


def test_lines_are_kept_only_when_asked_for() -> None:
    assert visible("a\r\nb\tc") == "a␍␊b␉c"
    assert visible("a\r\nb\tc", lines=True) == "a\nb    c"


@given(ANYTHING)
def test_nothing_that_a_terminal_obeys_survives(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    shown.encode()


@given(ANYTHING)
def test_visible_text_is_already_visible(text: str) -> None:
    once = visible(text)
    assert visible(once) == once


@given(ANYTHING, st.integers(0, 40))
def test_a_clip_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert clipped == text or not clipped or clipped.endswith("…")
