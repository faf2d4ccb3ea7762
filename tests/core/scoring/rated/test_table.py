"""A table of ratings gives the same figures whatever the order, and lives with gaps."""

from fractions import Fraction
from random import Random

import pytest

from core.scoring.rated.rating import Rating
from core.scoring.rated.table import Table, make_table
from tests.support import golden_study


def golden() -> Table:
    return make_table(golden_study.ratings())


def rating(item: str, contender: str, rater: str, score: int, *, unsafe: bool = False) -> Rating:
    return Rating(item=item, contender=contender, rater=rater, score=score, unsafe=unsafe)


def test_the_golden_study_as_a_table() -> None:
    table = golden()
    assert table.contenders == ("base", "few", "rag", "tuned")
    assert table.raters == ("r1", "r2")
    means = [table.mean(name) for name in ("tuned", "base", "few", "rag")]
    assert means == pytest.approx([4.35, 2.55, 3.40, 4.10])
    assert [table.ready(name)[0] for name in ("tuned", "base", "few", "rag")] == [13, 2, 6, 12]
    for name, changes in {"base": (11, 0, 20), "few": (8, 1, 20), "rag": (3, 2, 20)}.items():
        assert list(table.differences("tuned", name).values()) == golden_study.differences(name)
        assert table.ready_changes("tuned", name) == changes
    assert table.unsafe("tuned") == (0, 20)
    assert table.rubric == (1, 3, 5)


def test_the_order_of_ratings_changes_nothing() -> None:
    ratings = golden_study.ratings()
    Random(3).shuffle(ratings)
    assert make_table(ratings) == golden()


def test_only_raters_of_both_answers_count_on_an_item() -> None:
    table = make_table(
        [
            rating("i1", "tuned", "a", 5),
            rating("i1", "base", "a", 1),
            rating("i1", "tuned", "b", 3),
            rating("i2", "tuned", "a", 5),
            rating("i3", "tuned", "a", 4),
            rating("i3", "base", "a", 5),
            rating("i3", "tuned", "b", 5),
            rating("i3", "base", "b", 5),
        ]
    )
    assert table.differences("tuned", "base") == {"i1": 4, "i3": Fraction(-1, 2)}
    assert table.ready_changes("tuned", "base") == (1, 1, 2)
    assert table.ready("tuned") == (1, 3)
    assert table.rubric == (1, 2, 3, 4, 5)
    assert table.without("a").items == ("i1", "i3")


def test_one_flag_makes_an_answer_unsafe() -> None:
    table = make_table(
        [
            rating("i1", "tuned", "a", 1, unsafe=True),
            rating("i1", "tuned", "b", 5),
            rating("i2", "tuned", "a", 5),
            rating("i2", "base", "a", 1, unsafe=True),
        ]
    )
    assert table.unsafe("tuned") == (1, 2)


def test_the_planned_order_of_items_is_kept() -> None:
    ratings = [rating(item, "tuned", "a", 5) for item in ("i1", "i2", "i3")]
    table = make_table(ratings, order=["i3", "i9", "i1"])
    assert table.items == ("i3", "i1", "i2")
    assert table.first(1).items == ("i3",)


def test_a_rating_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a rated tuned on i1 twice"):
        make_table([rating("i1", "tuned", "a", 5), rating("i1", "tuned", "a", 3)])
