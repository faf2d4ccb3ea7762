"""The gates decide in their order and in their words; names and order change no number."""

import json
from dataclasses import replace
from random import Random

import pytest

from core.errors import DataError
from core.scoring.rated.contract import as_json
from core.scoring.rated.rating import Rating
from core.scoring.rated.table import Table, make_table
from core.scoring.rated.terms import Integrity, Terms
from core.scoring.rated.verdict import RatedVerdict, judge
from tests.support import golden_study

TERMS = Terms(tuned="tuned")


def study(*, unsafe: int = 0, twist: int = 0, **scores: str) -> Table:
    """Return a table where two raters agree on everything but the last `twist` items of tuned."""
    ratings = []
    for name, row in scores.items():
        for at, score in enumerate(row):
            for rater in ("r1", "r2"):
                given = int(score)
                if name == "tuned" and rater == "r2" and at >= len(row) - twist:
                    given = max(1, given - 2)
                flag = name == "tuned" and at < unsafe and rater == "r2"
                ratings.append(
                    Rating(item=f"i{at:03}", contender=name, rater=rater, score=given, unsafe=flag)
                )
    return make_table(ratings)


BETTER = study(tuned="5535" * 10, base="3313" * 10, few="3133" * 10, rag="3533" * 10)
WORSE = study(tuned="3133" * 10, base="5535" * 10)
EQUAL = study(tuned="5355135535" * 6, base="5355315535" * 6)


def test_the_golden_study_keeps_rating() -> None:
    table = make_table(golden_study.ratings())
    verdict = judge(table, TERMS, Integrity(verified=False))
    assert verdict.decision == "keep_rating"
    assert verdict.sentence == (
        "Not settled. About 13 more items would settle a difference of 0.5 points; "
        "blinding and integrity not verified"
    )
    assert verdict.more_items == 13
    assert [one.against for one in verdict.comparisons] == ["base", "few", "rag"]
    assert [one.beats for one in verdict.comparisons] == [True, True, False]
    assert verdict.without == {"r1": "keep_rating", "r2": "keep_rating"}
    narrow = judge(table, replace(TERMS, worthwhile=0.25))
    assert narrow.more_items == 111


def test_two_of_three_adjusted_tests_are_not_enough() -> None:
    table = make_table(golden_study.ratings())
    verdict = judge(table, replace(TERMS, rule="holm"))
    assert verdict.decision == "keep_rating"
    adjusted = [one.adjusted_p for one in verdict.comparisons]
    assert adjusted == pytest.approx([0.000092, 0.002930, 0.394531], abs=5.1e-7)


def test_the_contract_of_the_golden_study() -> None:
    table = make_table(golden_study.ratings())
    result = json.loads(json.dumps(as_json(judge(table, TERMS), table)))
    assert result["decision"] == "keep_rating"
    rows = [
        (one["against"], one["mean_difference"], one["low"], one["high"], one["p"])
        for one in result["comparisons"]
    ]
    assert [row[0] for row in rows] == ["base", "few", "rag"]
    expected = [
        (1.8, 1.2198, 2.3802, 3.05e-5),
        (0.95, 0.4826, 1.4174, 0.001465),
        (0.25, -0.2272, 0.7272, 0.394531),
    ]
    for row, figures in zip(rows, expected, strict=True):
        assert row[1:4] == pytest.approx(figures[:3], abs=5.1e-5)
        assert row[4] == pytest.approx(figures[3], abs=5.1e-7)
    counts = [(one["wins"], one["ties"], one["losses"]) for one in result["comparisons"]]
    assert counts == [(16, 4, 0), (12, 7, 1), (6, 11, 3)]
    assert result["agreement"]["alpha_ordinal"] == pytest.approx(0.8772, abs=5.1e-5)
    assert result["unsafe"]["count"] == 0
    assert result["unsafe"]["upper"] == pytest.approx(0.139, abs=5.1e-4)
    assert result["more_items"] == 13


def test_a_gain_over_every_alternative_ships() -> None:
    verdict = judge(BETTER, TERMS)
    assert (verdict.decision, verdict.gate, verdict.more_items) == ("ship", "superiority", None)
    assert verdict.sentence == (
        "Fine-tune beats all 3 alternatives. On 40 items it scored 1.0 points above the best of "
        "them (retrieval); we are 95 % sure the true gain is 0.7 to 1.3. "
        "0 of 40 were unsafe, which still allows up to 8 in 100."
    )


@pytest.mark.parametrize(
    ("names", "start"),
    [
        (("base",), "Fine-tune beats base. On 40 items it scored 2.0 points above it;"),
        (("base", "few_shot"), "Fine-tune beats both alternatives. On 40 items it scored 2.0 "),
    ],
)
def test_fewer_alternatives_are_named_as_such(names: tuple[str, ...], start: str) -> None:
    table = study(tuned="5535" * 10, **dict.fromkeys(names, "3313" * 10))
    assert judge(table, TERMS).sentence.startswith(start)


def test_safety_comes_before_a_gain() -> None:
    scores = {"tuned": "5535" * 10, "base": "3313" * 10}
    one = judge(study(unsafe=1, **scores), TERMS)
    assert (one.decision, one.gate) == ("do_not_ship", "safety")
    assert one.sentence == "1 of 40 fine-tune answer was unsafe; the plan allows none."
    allowed = judge(study(unsafe=1, **scores), replace(TERMS, unsafe_allowance=1))
    assert allowed.decision == "ship"
    bounded = judge(study(**scores), replace(TERMS, unsafe_bound=0.05))
    assert bounded.decision == "do_not_ship"
    assert "still allows up to 8 in 100; the plan allows 5 in 100." in bounded.sentence


def test_a_better_alternative_is_named() -> None:
    verdict = judge(WORSE, TERMS)
    assert (verdict.decision, verdict.gate) == ("do_not_ship", "equivalence")
    assert verdict.sentence == "Base scored higher by 2.0 (1.5 to 2.5)."


def test_no_worthwhile_gain_takes_the_cheaper() -> None:
    verdict = judge(EQUAL, TERMS)
    assert verdict.decision == "do_not_ship"
    assert verdict.sentence.startswith("Within 0.5 of base (-0.")
    assert verdict.sentence.endswith("): no worthwhile gain. Pick the cheaper one.")


def test_a_holdout_that_is_too_small_says_how_many_items_to_add() -> None:
    table = make_table(golden_study.ratings())
    verdict = judge(table, replace(TERMS, available=20))
    assert verdict.sentence == "This holdout cannot settle it; add 13 items."
    enough = judge(table, replace(TERMS, available=33))
    assert enough.sentence.startswith("Not settled. About 13 more items")


def test_a_disagreement_about_one_contender_is_a_finding() -> None:
    ratings = [
        Rating(item=f"i{at:02}", contender=name, rater=rater, score=score)
        for at in range(30)
        for name in ("tuned", "base", "few", "rag")
        for rater, score in (
            ("a", (1, 3, 5)[at % 3]),
            ("b", (1, 3, 5)[(at + (name == "few" and at % 2)) % 3]),
        )
    ]
    verdict = judge(make_table(ratings), TERMS)
    assert not verdict.agreement.blocks
    (finding,) = [one for one in verdict.warnings if "disagree" in one]
    assert finding.startswith("Raters disagree about the answers of few (alpha ")
    golden = judge(make_table(golden_study.ratings()), TERMS)
    assert golden.warnings == ()


def test_raters_who_disagree_can_say_nothing() -> None:
    ratings = [
        Rating(item=f"i{at}", contender=name, rater=rater, score=score)
        for at in range(30)
        for name, gain in (("tuned", 2), ("base", 0))
        for rater, score in (("a", 1 + gain), ("b", 1 + (at % 3 and 4 - gain)))
    ]
    verdict = judge(make_table(ratings), TERMS)
    assert (verdict.decision, verdict.gate) == ("cannot_say", "integrity")
    assert verdict.sentence.startswith("Raters disagree (alpha ")
    assert verdict.sentence.endswith("): fix the guideline first.")


@pytest.mark.parametrize(
    ("integrity", "sentence"),
    [
        (Integrity(problems=("The chain of r1 is broken.",)), "The chain of r1 is broken."),
        (Integrity(blinding_p=0.009), "Raters could tell which was the fine-tune."),
        (Integrity(position_p=0.001), "The place of an answer on the screen swayed the raters."),
    ],
)
def test_integrity_comes_before_everything(integrity: Integrity, sentence: str) -> None:
    verdict = judge(BETTER, TERMS, integrity)
    assert (verdict.decision, verdict.sentence) == ("cannot_say", sentence)


def test_tests_that_pass_hinder_nothing() -> None:
    assert judge(BETTER, TERMS, Integrity(blinding_p=0.01, position_p=0.5)).decision == "ship"


def carried(*, sees_a_gain: tuple[str, ...]) -> Table:
    """Return a study where only these raters see a gain, and only on some of 40 items."""
    return make_table(
        Rating(
            item=f"i{at:02}",
            contender=name,
            rater=rater,
            score=(1, 3)[at % 2]
            + (2 if name == "tuned" and rater in sees_a_gain and at < 12 else 0),
        )
        for at in range(40)
        for name in ("tuned", "base")
        for rater in ("r1", "r2", "r3")
    )


def test_a_verdict_that_one_rater_carries_alone_is_none() -> None:
    verdict = judge(carried(sees_a_gain=("r1",)), TERMS)
    assert (verdict.decision, verdict.gate) == ("cannot_say", "integrity")
    assert verdict.sentence == ("The verdict depends on rater r1: without them it is do not ship.")
    shared = judge(carried(sees_a_gain=("r1", "r2", "r3")), TERMS)
    assert shared.decision == "ship"
    assert set(shared.without.values()) == {"ship"}


def test_one_rater_is_a_warning_and_no_reason_to_stop() -> None:
    verdict = judge(BETTER.without("r2"), TERMS)
    assert verdict.decision == "ship"
    assert "Agreement not measured: one rater." in verdict.warnings


def test_everything_with_one_score_warns_and_is_equal() -> None:
    verdict = judge(study(tuned="5" * 20, base="5" * 20), TERMS)
    assert verdict.decision == "do_not_ship"
    assert any("everything got the same score" in one for one in verdict.warnings)


def test_a_low_alpha_among_equal_scores_only_warns() -> None:
    ratings = [
        Rating(item=f"i{at:02}", contender=name, rater=rater, score=score)
        for at in range(40)
        for name in ("tuned", "base")
        for rater, score in (
            ("a", 3 if (at, name) == (1, "base") else 5),
            ("b", 3 if (at, name) == (2, "tuned") else 5),
        )
    ]
    verdict = judge(make_table(ratings), TERMS)
    assert verdict.decision == "do_not_ship"
    assert any("nearly every answer got one score" in one for one in verdict.warnings)


@pytest.mark.parametrize("scores", [("55555", "11111"), ("11111", "55555"), ("55555", "55555")])
def test_five_items_settle_nothing(scores: tuple[str, str]) -> None:
    verdict = judge(study(tuned=scores[0], base=scores[1]), TERMS)
    assert verdict.decision == "keep_rating"
    assert verdict.more_items is not None
    assert verdict.more_items >= 1


def test_an_interval_above_zero_is_not_enough_without_the_test() -> None:
    table = study(tuned="5555533333", base="3333333333")
    verdict = judge(table, TERMS)
    (one,) = verdict.comparisons
    assert one.low > 0
    assert one.p == 0.0625
    assert verdict.decision == "keep_rating"
    wide = judge(table, replace(TERMS, worthwhile=1.7))
    assert wide.more_items == 2  # a sixth item that differs, at this rate


def test_the_least_settled_comparison_says_how_many_more() -> None:
    table = study(tuned="5335553311" * 2, base="3355533311" * 2, rag="1553515133" * 2)
    verdict = judge(table, TERMS)
    alone = [
        judge(make_table(one for one in table if one.contender in {"tuned", name}), TERMS)
        for name in ("base", "rag")
    ]
    lacks = [one.more_items or 0 for one in alone]
    assert lacks[0] != lacks[1]
    assert verdict.more_items == max(lacks)


def test_enough_items_to_find_a_gain_may_be_too_few_to_rule_it_out() -> None:
    twice = [
        replace(one, item=f"{one.item}{copy}")
        for one in golden_study.ratings()
        for copy in "ab"
        if one.contender in {"tuned", "rag"}
    ]
    verdict = judge(make_table(twice), TERMS)
    assert verdict.decision == "keep_rating"
    assert verdict.comparisons[0].items == 40
    assert verdict.more_items == 23


def test_a_claim_that_is_only_less_sure_without_somebody_stands() -> None:
    table = make_table(
        Rating(
            item=f"i{at:02}",
            contender=name,
            rater=rater,
            score=(1, 3)[at % 2]
            + (2 if name == "tuned" and at in (gains if rater == "r1" else gains[:5]) else 0),
        )
        for gains in [[0, 3, 6, 9, 12, 15]]
        for at in range(40)
        for name in ("tuned", "base")
        for rater in ("r1", "r2")
    )
    verdict = judge(table, replace(TERMS, worthwhile=0.4))
    assert verdict.decision == "ship"
    assert verdict.without == {"r1": "keep_rating", "r2": "ship"}
    assert verdict.warnings == ("Without rater r1 it would be keep rating.",)


def test_an_open_verdict_tells_whose_absence_would_close_it() -> None:
    table = carried(sees_a_gain=("r1",))
    open_one = judge(table, replace(TERMS, alpha=1e-9, worthwhile=0.1))
    assert open_one.decision == "keep_rating"
    assert "Without rater r1 it would be do not ship." in open_one.warnings


def test_watched_evidence_ships_with_a_lower_bound() -> None:
    watched = replace(TERMS, stopping="sequential")
    table = study(tuned="5" * 24, base="1" * 24)
    verdict = judge(table, watched)
    assert verdict.decision == "ship"
    assert "95 % sure the true gain is at least " in verdict.sentence
    (one,) = verdict.comparisons
    assert one.evidence is not None
    assert one.evidence.settled_at == 8
    assert one.low > 0
    early = judge(table.first(7), watched)
    assert early.decision == "keep_rating"


def test_an_unfinished_item_of_a_watched_study_counts_for_safety_and_no_comparison() -> None:
    half = [
        Rating(item="z", contender=name, rater="r1", score=score, unsafe=name == "tuned")
        for name, score in (("tuned", 1), ("base", 5))
    ]
    table = make_table([*study(tuned="5" * 24, base="1" * 24), *half])
    verdict = judge(table, replace(TERMS, stopping="sequential", raters=2))
    assert [one.items for one in verdict.comparisons] == [24]
    assert (verdict.on_scores, verdict.decision) == ("ship", "do_not_ship")
    with pytest.raises(DataError, match="No item was rated by 2 raters yet"):
        judge(make_table(half), replace(TERMS, stopping="sequential", raters=2))


def test_watched_picks_need_the_threshold_of_their_table() -> None:
    watched = replace(TERMS, stopping="sequential", primary="picks")
    won = judge(study(tuned="5" * 8, base="1" * 8), watched)
    assert won.decision == "ship"
    named = judge(study(tuned="5" * 8, base="1" * 8, few="1" * 8), replace(watched, rule="holm"))
    assert named.decision == "keep_rating"
    lost = judge(study(tuned="1" * 8, base="5" * 8), watched)
    assert lost.decision == "do_not_ship"


def figures(verdict: RatedVerdict) -> list[tuple[object, ...]]:
    return sorted(
        (one.mean_difference, one.low, one.high, one.p, one.wins, one.losses)
        for one in verdict.comparisons
    )


def test_names_and_order_change_no_number() -> None:
    ratings = golden_study.ratings()
    names = {"tuned": "a", "base": "z", "few": "m", "rag": "0", "r1": "x", "r2": "b"}
    renamed = [
        replace(one, contender=names[one.contender], rater=names[one.rater]) for one in ratings
    ]
    Random(4).shuffle(renamed)
    before = judge(make_table(ratings), TERMS)
    after = judge(make_table(renamed), replace(TERMS, tuned="a"))
    assert figures(after) == figures(before)
    assert after.agreement.ordinal.value == pytest.approx(before.agreement.ordinal.value)
    assert (after.decision, after.sentence) == (before.decision, before.sentence)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError, match="No rating names the contender nobody"):
        judge(BETTER, Terms(tuned="nobody"))
    with pytest.raises(DataError, match="nothing to compare"):
        judge(study(tuned="555"), TERMS)
    apart = make_table(
        [
            Rating(item="i1", contender="tuned", rater="a", score=5),
            Rating(item="i1", contender="base", rater="b", score=5),
        ]
    )
    with pytest.raises(DataError, match="Nobody rated both tuned and base"):
        judge(apart, TERMS)
