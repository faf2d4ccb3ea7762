"""Earlier advice against what was measured."""

from typing import Any

import pytest

from core.decide.expected_gain import read_gain
from core.decide.record import Decision
from core.decide.track_record import pair_up, record_line, score_decision
from core.errors import DecisionError


def _decision(choice: str, day: int = 1, **result: Any) -> Decision:
    return Decision(
        id=f"d{day}",
        created_at=f"2026-01-{day:02d}T00:00:00+00:00",
        name="n",
        answers={},
        result={"recommendation": choice, **result},
    )


def _verdict(**against: tuple[float, float, float]) -> dict[str, Any]:
    return {
        "comparisons": [
            {"against": name, "mean_difference": mean, "low": low, "high": high}
            for name, (mean, low, high) in against.items()
        ]
    }


@pytest.mark.parametrize(
    ("choice", "verdict", "outcome", "against", "gain"),
    [
        (
            "fine_tune",
            {"base": (0.5, 0.4, 0.6), "few_shot": (0.2, 0.1, 0.3)},
            "right",
            "few_shot",
            0.2,
        ),
        (
            "fine_tune",
            {"base": (0.5, 0.4, 0.6), "few_shot": (0.1, -0.1, 0.3)},
            "open",
            "few_shot",
            0.1,
        ),
        (
            "fine_tune",
            {"base": (0.5, 0.4, 0.6), "retrieval": (-0.3, -0.4, -0.2)},
            "wrong",
            "retrieval",
            -0.3,
        ),
        ("fine_tune_with_retrieval", {"base": (0.2, 0.1, 0.3)}, "right", "base", 0.2),
        ("few_shot", {"few_shot": (0.2, 0.1, 0.3)}, "wrong", "tuned", -0.2),
        ("few_shot", {"few_shot": (-0.2, -0.3, -0.1)}, "right", "tuned", 0.2),
        ("retrieval", {"retrieval": (0.0, -0.1, 0.1)}, "open", "tuned", 0.0),
        ("prompting", {"base": (0.3, 0.2, 0.4)}, "wrong", "tuned", -0.3),
    ],
)
def test_a_decision_is_scored_by_what_it_bet_on(
    choice: str,
    verdict: dict[str, tuple[float, float, float]],
    outcome: str,
    against: str,
    gain: float,
) -> None:
    scored = score_decision(_decision(choice), _verdict(**verdict))
    assert (scored.outcome, scored.against) == (outcome, against)
    assert scored.gain == pytest.approx(gain)
    assert scored.low is not None
    assert scored.high is not None
    assert scored.low <= gain <= scored.high


def test_what_was_not_measured_is_not_scored() -> None:
    for choice in ("retrieval", "decompose_prompt"):
        scored = score_decision(_decision(choice), _verdict(base=(0.5, 0.4, 0.6)))
        assert (scored.outcome, scored.gain) == ("open", None)
    assert score_decision(_decision("fine_tune"), {}).outcome == "open"


@pytest.mark.parametrize(
    ("expected", "held"), [([0.1, 0.2], True), ([0.4, 0.6], False), (None, None)]
)
def test_the_gain_that_was_expected_is_compared(
    expected: list[float] | None, held: bool | None
) -> None:
    decision = _decision("fine_tune", expected_gain=expected)
    scored = score_decision(decision, _verdict(base=(0.2, 0.1, 0.3)))
    assert scored.as_expected is held
    assert ("expected" in scored.sentence) == (expected is not None)
    assert ("not what was expected" in scored.sentence) == (held is False)
    assert scored.sentence.startswith("Right: tuned against base: +20 points (10 to 30)")


def test_a_verdict_is_scored_for_the_decision_that_stood_when_it_was_made() -> None:
    decisions = [_decision("few_shot", 1), _decision("fine_tune", 5)]
    better = _verdict(base=(0.5, 0.4, 0.6), few_shot=(0.3, 0.2, 0.4))
    made = [(f"2026-01-{day:02d}T12:00:00+00:00", better) for day in (3, 6)]
    scored = pair_up(decisions, [("2025-12-31T00:00:00+00:00", better), *made])
    assert [(one.decision, one.outcome) for one in scored] == [("d5", "right"), ("d1", "wrong")]
    assert record_line(scored) == "Advice so far: 1 right, 1 wrong, 0 not settled."
    assert record_line([]) == "No decision was measured yet."


def test_a_decision_that_was_measured_again_and_again_counts_once() -> None:
    better, worse = _verdict(base=(0.5, 0.4, 0.6)), _verdict(base=(-0.5, -0.6, -0.4))
    made = [(f"2026-01-0{day}T12:00:00+00:00", worse) for day in (2, 3)]
    scored = pair_up([_decision("fine_tune", 1)], [*made, ("2026-01-04T12:00:00+00:00", better)])
    assert [one.outcome for one in scored] == ["right", "wrong", "wrong"]
    assert record_line(scored) == "Advice so far: 1 right, 0 wrong, 0 not settled."


def test_an_interval_alone_does_not_settle_what_the_test_leaves_open() -> None:
    verdict = _verdict(base=(0.2, 0.01, 0.4))
    for p, outcome in ((0.04, "right"), (0.06, "open"), (None, "right")):
        verdict["comparisons"][0]["p"] = p
        assert score_decision(_decision("fine_tune"), verdict).outcome == outcome


@pytest.mark.parametrize(
    "comparisons",
    [
        None,
        3,
        [3],
        [{}],
        [{"against": "base"}],
        [{"against": "base", "mean_difference": None, "low": 0, "high": 1}],
        [{"against": "base", "mean_difference": float("nan"), "low": 0, "high": 1}],
    ],
)
def test_a_verdict_without_figures_settles_nothing(comparisons: Any) -> None:
    scored = score_decision(_decision("fine_tune"), {"comparisons": comparisons})
    assert (scored.outcome, scored.gain) == ("open", None)


def test_differences_between_marks_are_not_told_as_points() -> None:
    decision = _decision("fine_tune", expected_gain=[0.1, 0.2])
    scored = score_decision(decision, {**_verdict(base=(0.5, 0.25, 0.75)), "basis": "people"})
    assert scored.sentence == "Right: tuned against base: +0.50 marks (0.25 to 0.75)."


@pytest.mark.parametrize(
    ("words", "gain"),
    [
        ("5-15", (0.05, 0.15)),
        ("15 to 5", (0.05, 0.15)),
        ("10", (0.1, 0.1)),
        ("-5 to 5", (-0.05, 0.05)),
        ("-5--1", (-0.05, -0.01)),
        (" +3  8 ", (0.03, 0.08)),
        ("100", (1.0, 1.0)),
    ],
)
def test_a_gain_is_read_in_points(words: str, gain: tuple[float, float]) -> None:
    assert read_gain(words) == pytest.approx(gain)


@pytest.mark.parametrize("words", ["", "much", "101", "1-2-3", "5%", "0.1", "\x1b[2J"])
def test_what_is_no_gain_is_refused_with_how_to_write_it(words: str) -> None:
    with pytest.raises(DecisionError, match="is no gain") as refused:
        read_gain(words)
    assert "5-15" in refused.value.remedy
