"""Where two answers part, and which of the reasons it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.release.parity.compare import Again, Answered, Cause, common, part
from core.release.parity.result import Parity, item

EDGE = {0, 1}
PROMPT = (5, 6, 7)


def said(*ids: int, stopped: bool = True, prompt: tuple[int, ...] = PROMPT) -> Answered:
    return Answered(ids=ids, stopped=stopped, prompt=prompt, prompt_tokens=len(prompt))


def causes(wanted: Answered, got: Answered, **again: object) -> tuple[tuple[Cause, ...], bool]:
    ways = {name: (lambda value=value: value) for name, value in again.items()}
    found = part(wanted, got, Again(**ways), EDGE)  # type: ignore[arg-type]
    assert found is not None
    return found.causes, found.confirmed


def test_the_same_answer_does_not_part() -> None:
    assert part(said(1, 2), said(1, 2), Again(), EDGE) is None


@pytest.mark.parametrize(
    ("prompt", "cause"),
    [
        ((1, *PROMPT), "bos_eos"),
        ((0, 1, *PROMPT, 1), "bos_eos"),
        ((5, 6), "template"),
        ((5, 1, 6, 7), "template"),
    ],
)
def test_another_prompt_is_named_and_confirmed(prompt: tuple[int, ...], cause: Cause) -> None:
    got = said(9, prompt=prompt)
    assert causes(said(3), got, right_prompt=said(3)) == ((cause,), True)
    assert causes(said(3), got) == ((cause,), False)


def test_what_is_left_once_the_prompt_is_right_is_a_second_reason() -> None:
    got = said(9, prompt=(5,))
    found = causes(said(3, 4), got, right_prompt=said(3), right_stop=said(3, 4))
    assert found == (("template", "stop_words"), True)


def test_another_prompt_is_named_though_the_answer_is_the_same() -> None:
    found = part(said(3), said(3, prompt=(5, 6)), Again(), EDGE)
    assert found is not None
    assert (found.at, found.causes, found.confirmed) == (None, ("template",), True)
    counted = Answered(ids=(3,), stopped=True, prompt_tokens=len(PROMPT) + 4)
    assert part(said(3), counted, Again(), EDGE) is None, "servers count in their own ways"
    parity = Parity(
        items=(item("a", said(3), said(3, prompt=(5, 6)), found),), through="x", stored=None
    )
    assert (parity.identical, parity.causes, parity.passed) == (1, {"template": 1}, False)


def test_other_stop_words_are_named_though_no_answer_shows_them() -> None:
    alike = (item("a", said(3), said(3), None),)
    parity = Parity(items=alike, through="x", stored=None, other_stops=True)
    assert (parity.identical, parity.causes, parity.passed) == (1, {"stop_words": 0}, False)
    assert "other stop words" in parity.sentence


@pytest.mark.parametrize(
    ("more", "cause"), [(1, "bos_eos"), (-1, "bos_eos"), (4, "template"), (0, "weights")]
)
def test_a_server_that_only_counts_is_understood(more: int, cause: Cause) -> None:
    got = Answered(ids=(9, 9), stopped=True, prompt_tokens=len(PROMPT) + more)
    assert causes(said(3, 3), got)[0] == (cause,)


def test_an_answer_that_goes_on_or_ends_early_has_other_stop_words() -> None:
    assert causes(said(3), said(3, 4, 5), right_stop=said(3)) == (("stop_words",), True)
    assert causes(said(3, 4), said(3), right_stop=said(3, 4)) == (("stop_words",), True)
    assert causes(said(3, 4), said(3)) == (("stop_words",), False)


def test_an_answer_that_a_limit_cut_is_named() -> None:
    assert causes(said(3, 4, 5), said(3, 4, stopped=False)) == (("length_limit",), True)
    assert causes(said(3, 4, stopped=False), said(3, stopped=False))[0] == ("length_limit",)


def test_rounding_is_the_reason_only_where_the_rounded_model_says_the_same() -> None:
    assert causes(said(3, 4), said(3, 5), rounded=True) == (("precision",), True)
    assert causes(said(3, 4), said(3, 5), rounded=False, margin=0.001) == (("weights",), False)
    assert causes(said(3, 4), said(3, 5), margin=0.001) == (("precision",), False)
    assert causes(said(3, 4), said(3, 5), margin=3.0) == (("weights",), False)


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_what_is_common_is_the_longest_start_of_both(one: list[int], other: list[int]) -> None:
    at = common(one, other)
    assert one[:at] == other[:at]
    assert at in {len(one), len(other)} or one[at] != other[at]


def proof(*pairs: tuple[Answered, Answered], rounded: bool = False) -> Parity:
    again = Again(rounded=lambda: rounded)
    items = tuple(item("k", a, b, part(a, b, again, EDGE)) for a, b in pairs)
    return Parity(items=items, through="loaded in process", stored=None)


def test_a_proof_passes_only_on_equal_answers_or_a_little_rounding() -> None:
    good = [(said(1, 2), said(1, 2))] * 9
    assert proof(*good).passed
    assert proof(*good).sentence == (
        "Proven: 9 of 9 answers are the same to the last token (loaded in process)."
    )
    differing = (said(1, 2), said(1, 3))
    assert proof(*good, differing, rounded=True).passed
    assert not proof(*good, differing).passed
    assert not proof(*good[:8], differing, rounded=True).passed, "under nine in ten"
    assert not proof().passed
    found = proof(*good, differing)
    assert found.sentence.startswith("NOT the scored model: 9 of 10 answers are the same")
    assert found.agreement == 19 / 20
    assert found.as_json()["differing"][0]["parted"]["causes"] == ("weights",)
