import pytest

from core.errors import UsageError
from core.scoring.study.draft import draft_study
from tests.support.studies import answered


def test_a_draft_takes_all_that_every_contender_answered() -> None:
    items = answered(9)
    items[0] = type(items[0])(id="x", prompt=(), reference=None, answers={"tuned": "a"})
    draft = draft_study(items, name="tickets")
    assert (draft.plan.items, draft.available, draft.answers) == (8, 8, 4.0)
    assert draft.plan.contenders == ("base", "few", "rag", "tuned")


def test_equal_answers_cost_nobody_time_twice() -> None:
    apart = draft_study(answered(90), name="tickets")
    same = draft_study(answered(90, lambda n, name: f"{n} {name == 'tuned'}"), name="tickets")
    hours = [next(one.expected()).split("about ")[1] for one in (apart, same)]
    assert hours == ["2.8 hours for each of 2 raters.", "1.4 hours for each of 2 raters."]


def test_a_change_makes_another_draft_and_empty_takes_the_default() -> None:
    draft = draft_study(answered(20), name="tickets")
    changed = draft.changed("raters", "ada, ben cyd").changed("raters_per_item", "3")
    assert (changed.plan.raters, changed.plan.raters_per_item) == (("ada", "ben", "cyd"), 3)
    assert draft.plan.raters == ()
    fewer = changed.changed("items", "12")
    assert fewer.plan.items == 12
    assert fewer.changed("items", "").plan.items == 20
    assert fewer.changed("raters", "").plan.raters == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("items", "21"),
        ("items", "1"),
        ("raters", "Ada"),
        ("raters", "ada"),
        ("raters_per_item", "many"),
        ("worthwhile", "0"),
        ("stopping", "sometimes"),
    ],
)
def test_what_no_plan_may_hold_is_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError):
        draft_study(answered(20), name="tickets").changed(name, text)


def test_answers_without_an_alternative_make_no_study() -> None:
    items = [
        type(one)(id=one.id, prompt=one.prompt, reference=None, answers={"tuned": "a"})
        for one in answered(5)
    ]
    with pytest.raises(UsageError, match="make no study"):
        draft_study(items, name="tickets")
