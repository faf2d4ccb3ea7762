"""BLEU and chrF to published precision with their signature; ROUGE by its definition."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.scoring.automatic.overlap import bleu, chrf, rouge, rouge_l

ANSWERS = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
FIRST = ["The dog bit the man.", "It was not unexpected.", "The man bit him first."]
SECOND = ["The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."]
REFERENCES = list(zip(FIRST, SECOND, strict=True))


@pytest.mark.parametrize(
    ("tokenize", "score"), [("13a", 48.530827), ("none", 49.191956), ("intl", 43.916235)]
)
def test_bleu_is_the_published_one(tokenize, score: float) -> None:  # type: ignore[no-untyped-def]
    found = bleu(ANSWERS, REFERENCES, tokenize=tokenize)
    assert found.value == pytest.approx(score, abs=1e-6)
    assert f"tok:{tokenize}" in found.signature
    assert "nrefs:2" in found.signature
    assert "version:" in found.signature
    assert found.interval.low <= found.value <= found.interval.high


@pytest.mark.parametrize(
    ("order", "score"),
    [(1, 77.65), (2, 60.50), (3, 53.93), (4, 48.53), (5, 46.14), (6, 43.28)],
)
def test_bleu_of_other_orders(order: int, score: float) -> None:
    assert bleu(ANSWERS, REFERENCES, order=order).value == pytest.approx(score, abs=5.1e-3)


def test_chrf_is_the_published_one() -> None:
    found = chrf(ANSWERS, REFERENCES)
    assert found.value == pytest.approx(59.7275, abs=5.1e-5)
    assert "nc:6" in found.signature


def test_short_answers_have_no_bleu_unless_asked() -> None:
    assert bleu(["yes sir"], [["yes sir"]]).value == 0.0
    assert bleu(["yes sir"], [["yes sir"]], effective_order=True).value == pytest.approx(100)
    assert chrf(["a b c"], [["abc"]]).value == pytest.approx(100)
    assert chrf(["a b c"], [["abc"]], eps_smoothing=True).value == pytest.approx(50, abs=0.01)


def test_references_the_wrong_way_round_are_refused_where_they_can_be_seen() -> None:
    with pytest.raises(DataError, match="3 answers and 2 references"):
        bleu(ANSWERS, [FIRST, SECOND])
    with pytest.raises(DataError, match="has no reference"):
        chrf(ANSWERS, [["a"], [], ["b"]])


def test_items_may_have_different_numbers_of_references() -> None:
    assert 0 < bleu(ANSWERS, [FIRST[:1], REFERENCES[1], REFERENCES[2]]).value <= 100


def test_rouge_counts_shared_runs() -> None:
    assert rouge(["the cat sat"], ["The cat, the mat!"]).value == pytest.approx(4 / 7)
    assert rouge(["the cat sat"], ["The cat, the mat!"], n=2).value == pytest.approx(2 / 5)
    assert rouge_l(["the cat sat"], ["the dog and cat sat down"]).value == pytest.approx(6 / 9)
    assert rouge_l([""], [""]).value == 1
    assert rouge(["a"], ["a"], n=2).value == 1


def by_hand(one: list[str], other: list[str]) -> int:
    for size in range(len(one), 0, -1):
        for places in combinations(range(len(one)), size):
            rest = iter(other)
            if all(one[at] in rest for at in places):
                return size
    return 0


short = st.lists(st.sampled_from("abc"), min_size=1, max_size=7)


@given(short, short)
def test_the_longest_common_subsequence_is_the_longest(one: list[str], other: list[str]) -> None:
    found = rouge_l([" ".join(one)], [" ".join(other)]).value
    assert found == pytest.approx(2 * by_hand(one, other) / (len(one) + len(other)))
