"""The figures of a judge against people, from choices counted by hand."""

import pytest

from core.scoring.judge.calibration import FEWEST, calibrate, uncalibrated
from core.scoring.judge.kept import Judgement, JudgeRecord
from core.scoring.rated.rating import Rating
from core.scoring.rated.table import Table, make_table

ITEMS = [f"i{number:02d}" for number in range(24)]


def people(wins: int, losses: int) -> Table:
    """Return a table in which the tuned model wins on the first items, and loses on the next."""
    scores = [(5, 1)] * wins + [(1, 5)] * losses
    scores += [(3, 3)] * (len(ITEMS) - len(scores))
    return make_table(
        Rating(item=item, contender=name, rater="ada", score=score)
        for item, pair in zip(ITEMS, scores, strict=True)
        for name, score in zip(("tuned", "base"), pair, strict=True)
    )


def record(*choices: tuple[str | None, str | None], long: int = 20) -> JudgeRecord:
    return JudgeRecord(
        study="s",
        plan="p",
        run="r",
        model="m",
        origin="http://127.0.0.1",
        rubric=1,
        at="",
        asked=len(choices),
        judgements=tuple(
            Judgement(
                item=item,
                against="base",
                forth=forth,  # type: ignore[arg-type]
                back=back,  # type: ignore[arg-type]
                tuned_length=long,
                other_length=10,
            )
            for item, (forth, back) in zip(ITEMS, choices, strict=False)
        ),
    )


WIN, LOSS, TIE, FLIP = ("first", "second"), ("second", "first"), ("tie", "tie"), ("first", "first")


def test_a_judge_that_chooses_as_people_do_agrees_whole() -> None:
    found = calibrate(record(*[WIN] * 12, *[LOSS] * 8, *[TIE] * 4), people(12, 8), "tuned")
    assert (found.agreement.ordinal.value, found.kappa.value) == (1.0, 1.0)
    assert found.outcomes == {"base": (12, 4, 8)}
    assert (found.flips, found.items, found.pairs) == (0, 24, 24)
    assert found.word == "it judges much as people do"
    assert (found.place.hits, found.place.n) == (20, 40)


def test_a_choice_that_the_order_flips_is_a_tie_and_counted() -> None:
    found = calibrate(record(*[WIN] * 12, *[FLIP] * 12), people(12, 12), "tuned")
    assert found.flips == 12
    assert found.outcomes == {"base": (12, 12, 0)}
    assert (found.place.hits, found.place.n) == (36, 48)
    # Of 24 pairs 12 agree; the judge wins and ties by halves, people win and lose by halves.
    assert found.kappa.value == pytest.approx((0.5 - 0.25) / (1 - 0.25))
    assert "flipped 12 of 24" in "".join(found.section().notes)


def test_a_tie_in_one_order_only_is_flipped_too() -> None:
    found = calibrate(record(*[WIN] * 23, ("tie", "second")), people(24, 0), "tuned")
    assert found.flips == 1
    assert found.outcomes == {"base": (23, 1, 0)}


def test_a_judge_that_follows_length_is_found_out() -> None:
    found = calibrate(record(*[WIN] * 24), people(12, 12), "tuned")
    assert found.length is not None
    assert found.people_length is not None
    assert (found.length.longer, found.length.decisive) == (24, 24)
    assert (found.people_length.longer, found.people_length.decisive) == (12, 24)
    assert found.word == "it does not judge as people do; do not go by it"


def test_an_agreement_on_nearly_one_outcome_is_called_that() -> None:
    found = calibrate(record(*[WIN] * 23, LOSS), people(24, 0), "tuned")
    assert found.agreement.ordinal.value is not None
    assert found.agreement.ordinal.value < 0.1
    assert found.word == "nearly every pair got one outcome, so alpha tells little"


def test_what_cannot_be_read_is_left_out_and_counted() -> None:
    found = calibrate(record(*[WIN] * 22, (None, "first"), ("tie", None)), people(24, 0), "tuned")
    assert (found.pairs, found.unreadable) == (22, 2)


def test_too_few_are_not_shown() -> None:
    few = record(*[WIN] * (FEWEST - 1))
    assert f"both compared answers to {FEWEST - 1} items only" in uncalibrated(
        few, people(24, 0), "tuned"
    )
    assert uncalibrated(record(*[WIN] * FEWEST), people(24, 0), "tuned") == ""
