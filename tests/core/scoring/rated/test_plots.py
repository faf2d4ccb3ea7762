"""The drawings show where each interval lies, and nothing that a terminal obeys."""

import pytest

from core.scoring.rated.plots import distribution_lines, forest_lines
from core.scoring.rated.rating import Rating
from core.scoring.rated.table import make_table
from core.scoring.rated.terms import Terms
from core.scoring.rated.verdict import judge
from tests.support import golden_study


def test_a_forest_of_the_golden_study() -> None:
    verdict = judge(make_table(golden_study.ratings()), Terms(tuned="tuned"))
    axis, base, few, rag = forest_lines(verdict.comparisons)
    zero = axis.index("0", 20)
    assert base.index("-") > zero
    assert few.index("o") < base.index("o")
    assert rag.index("-") < zero == rag.index("|") < rag.index("o")
    assert max(map(len, (axis, base, few, rag))) < 80


def test_scores_of_each_contender_are_counted() -> None:
    head, base, *_, tuned = distribution_lines(make_table(golden_study.ratings()))
    assert head.split() == ["1", "3", "5"]
    assert [word for word in base.split() if word.isdigit()] == ["14", "21", "5"]
    assert [word for word in tuned.split() if word.isdigit()] == ["2", "9", "29"]


@pytest.mark.parametrize("rubric", [(1, 3, 5), (1, 2, 3, 4, 5)])
def test_the_counts_of_every_rubric_fit_a_page_of_80(rubric: tuple[int, ...]) -> None:
    ratings = [
        Rating(item=f"i{number}", contender=name, rater="r", score=rubric[number % len(rubric)])
        for number in range(3000)
        for name in ("tuned", "a name that is far too long")
    ]
    lines = list(distribution_lines(make_table(ratings)))
    assert max(map(len, lines)) <= 76
    assert lines[-1].split()[-1] == str(3000 // len(rubric))


def test_names_obey_nothing() -> None:
    table = make_table([Rating(item="i", contender="\x1b[2Jx", rater="r", score=5)])
    assert "\x1b" not in "".join(distribution_lines(table))
