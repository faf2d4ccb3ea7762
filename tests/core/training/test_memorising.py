"""Repeating a train row is remarkable only where answers do not repeat each other anyway."""

from core.training.masks import TokenRow
from core.training.memorising import RUN, Seen


def row(number: int, taught: list[int]) -> TokenRow:
    ids = (1, 2, *taught)
    return TokenRow(
        row=number, ids=ids, trained=(False, False, *[True] * len(taught)), strategy="whole"
    )


LONG = list(range(100, 100 + RUN + 5))


def test_a_long_stretch_of_a_train_row_is_found_with_its_row() -> None:
    seen = Seen([row(1, list(range(500, 560))), row(2, LONG)])
    assert seen.repeated([7, 8, *LONG[2:], 9], reference=[7]) == 2


def test_a_short_stretch_is_no_repetition() -> None:
    assert Seen([row(1, LONG)]).repeated(LONG[: RUN - 1], reference=[]) is None


def test_what_the_reference_says_as_well_is_no_repetition() -> None:
    assert Seen([row(1, LONG)]).repeated(LONG, reference=[3, *LONG]) is None


def test_a_prompt_that_is_not_trained_is_not_taught() -> None:
    masked = TokenRow(row=1, ids=tuple(LONG), trained=tuple([False] * len(LONG)), strategy="whole")
    assert Seen([masked]).repeated(LONG, reference=[]) is None


def test_answers_in_a_fixed_form_repeat_by_their_nature() -> None:
    seen = Seen([row(1, LONG)])
    assert seen.natural([[5, *LONG], [6, *LONG]])
    assert not seen.natural([[5], [6]])
    assert not seen.natural([])
