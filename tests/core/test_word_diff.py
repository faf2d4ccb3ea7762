from hypothesis import given
from hypothesis import strategies as st

from core.word_diff import word_diff


def test_a_changed_word_stands_beside_what_it_replaced() -> None:
    assert word_diff("the red fox ran.", "the blue fox ran.") == (
        ("same", "the "),
        ("removed", "red"),
        ("added", "blue"),
        ("same", " fox ran."),
    )


@given(st.text("ab .\n", max_size=40), st.text("ab .\n", max_size=40))
def test_both_texts_can_be_read_from_the_pieces(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(text for change, text in pieces if change != "removed") == after
    assert (
        "".join(text for change, text in pieces if change == "removed") == ""
    ) or before != after


def test_a_text_of_any_length_is_compared_at_its_beginning_only() -> None:
    pieces = word_diff("a " * 5_000, "a " * 5_000 + "b")
    assert pieces[0].change == "same"
    assert "".join(text for change, text in pieces if change != "removed").endswith("b")
