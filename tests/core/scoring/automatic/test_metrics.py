"""Each automatic metric on answers small enough to count by hand, with its interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.scoring.automatic.labels import OTHER, label_figures
from core.scoring.automatic.measurement import by_slice, mean_of
from core.scoring.automatic.rules import length_rule, pattern_rule
from core.scoring.automatic.slices import by_label, by_length, by_script
from core.scoring.automatic.structured import field_accuracy, json_validity, shape_match
from core.scoring.automatic.texts import exact_match, normalised_match, token_f1
from core.scoring.statistics.shares import wilson


def test_exact_and_normalised_match() -> None:
    answers = [" Paris\n", "paris.", "ＰＡＲＩＳ!", "London"]
    references = ["Paris"] * 4
    assert exact_match(answers, references).values == (1, 0, 0, 0)
    found = normalised_match(answers, references)
    assert found.values == (1, 1, 1, 0)
    assert found.interval == wilson(3, 4)


def test_shared_words() -> None:
    found = token_f1(["the red car", "", "a b"], ["The car", "", "c"])
    assert found.values == pytest.approx((0.8, 1, 0))
    assert found.interval.low == 0 <= found.value <= found.interval.high <= 1


def test_labels_by_hand() -> None:
    references = ["cat", "cat", "cat", "dog", "dog", "bird"]
    answers = ["Cat.", "dog", "cat", "dog", "a long story", "dog"]
    found = label_figures(answers, references)
    assert found.accuracy.value == 0.5
    assert found.by_label["cat"] == pytest.approx((1.0, 2 / 3, 0.8, 3))
    assert found.by_label["dog"] == pytest.approx((1 / 3, 1 / 2, 0.4, 2))
    assert found.by_label["bird"].f1 == 0
    assert found.macro_f1.value == pytest.approx((0.8 + 0.4 + 0) / 3)
    assert found.confusion[("dog", OTHER)] == 1
    assert found.confusion[("bird", "dog")] == 1
    assert sum(found.confusion.values()) == 6
    assert found.macro_f1.interval.low <= found.macro_f1.value <= found.macro_f1.interval.high


def test_no_labels_at_all() -> None:
    found = label_figures([], [])
    assert (found.macro_f1.value, found.accuracy.items) == (0, 0)


def test_json_answers() -> None:
    reference = '{"name": "x", "size": 3, "tags": ["a"], "inner": {"ok": true}}'
    answers = [
        '{"tags": ["b", "c"], "inner": {"ok": false}, "size": 4.5, "name": " x "}',
        '{"name": "x", "size": "3", "tags": ["a"], "inner": {"ok": true}}',
        '{"name": "x", "size": 3, "tags": ["a"], "inner": {"ok": 1}}',
        "no json",
        "[" * 100_000,
    ]
    references = [reference] * 5
    assert json_validity(answers).values == (1, 1, 1, 0, 0)
    assert shape_match(answers, references).values == (1, 0, 0, 0, 0)
    fields = field_accuracy(answers, references)
    assert {name: one.values for name, one in fields.items()} == {
        "name": (1, 1, 1, 0, 0),
        "size": (0, 0, 1, 0, 0),
        "tags": (0, 1, 1, 0, 0),
        "inner.ok": (0, 1, 0, 0, 0),
    }
    assert shape_match(["no json"], ["no json"]).value == 0


def test_rules() -> None:
    answers = ["Order 12 is done.", "I cannot help.", ""]
    assert pattern_rule(answers, r"\d+").values == (1, 0, 0)
    assert pattern_rule(answers, "cannot", forbidden=True).values == (1, 0, 1)
    assert length_rule(answers, at_least=1, at_most=14).values == (0, 1, 0)
    assert length_rule(answers, at_least=1).values == (1, 1, 0)
    with pytest.raises(DataError, match=r"The pattern \(\[ is no regular expression"):
        pattern_rule(answers, "([")


def test_slices_cut_a_metric_and_its_interval() -> None:
    found = mean_of("exact match", [1, 0, 1, 1])
    cut = by_slice(found, by_label(["a", "b", "a ", "b"]))
    assert {name: (one.value, one.items) for name, one in cut.items()} == {
        "a": (1, 2),
        "b": (0.5, 2),
    }
    assert cut["b"].interval == wilson(1, 2)
    assert by_slice(mean_of("none", []), []) == {}
    with pytest.raises(ValueError, match="zip"):
        by_slice(found, ["a"])


def test_slices_by_length_and_script() -> None:
    assert (
        by_length(["a" * n for n in (1, 2, 3, 4, 5, 6)])
        == ["short"] * 2 + ["middle"] * 2 + ["long"] * 2
    )
    assert by_length([]) == []
    assert by_script(["hello", "привет мир"]) == ["latin", "cyrillic"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_every_mean_lies_in_its_interval(values: list[float]) -> None:
    found = mean_of("anything", values)
    low, high = found.interval
    assert 0 <= low <= found.value + 1e-12
    assert found.value - 1e-12 <= high <= 1
