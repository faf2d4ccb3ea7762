"""The days of a service's end decide who may still start; the words name days and reasons."""

from datetime import date

import pytest

from core.catalog.hosted_models import hosted_model, models_of
from core.catalog.tuning_offers import Service, services
from core.hosted.eligible import Account, judge
from core.hosted.offering import Facts

TODAY = date(2026, 11, 20)


def service(name: str) -> Service:
    return next(one for one in services() if one.name == name)


def asked(
    today: date, *, has_tuned: bool | None = None, recent: bool | None = None, model: str = ""
) -> tuple[str, str]:
    found = judge(
        service("OpenAI"),
        Facts(today=today, model=model, recent_inference=recent),
        Account(has_tuned=has_tuned),
        hosted_model("OpenAI", model) if model else None,
    )
    return found.answer, " ".join(found.reasons)


@pytest.mark.parametrize(
    ("today", "answer", "says"),
    [
        (date(2026, 11, 20), "unknown", "47 days left to start a job, the last 2027-01-05."),
        (date(2027, 1, 5), "unknown", "1 day left to start a job, the last 2027-01-05."),
        (date(2027, 1, 6), "no", "Nobody can start a job any more. (since 2027-01-06)"),
        (date(2027, 1, 14), "no", "What was tuned there ended on 2027-01-14."),
        (date(2027, 1, 15), "no", "What was tuned there ended on 2027-01-14."),
    ],
)
def test_the_wind_down_day_by_day(today: date, answer: str, says: str) -> None:
    found, words = asked(today)
    assert found == answer
    assert says in words


def test_a_model_trained_today_is_said_to_stop_and_when() -> None:
    assert "A model trained today stops on 2027-01-14, in 55 days." in asked(TODAY)[1]
    assert "stops on 2027-01-14, in 9 days." in asked(date(2027, 1, 5))[1]
    assert "stops on 2027-01-14, in 8 days." in asked(date(2027, 1, 6))[1]


def test_who_never_tuned_and_who_used_nothing_is_told_before_any_form() -> None:
    never, words = asked(TODAY, has_tuned=False)
    assert (never, "never tuned there" in words) == ("no", True)
    idle, words = asked(TODAY, has_tuned=True, recent=False)
    assert (idle, "used no tuned model within 60 days" in words) == ("no", True)


def test_who_tuned_and_used_may_but_only_the_start_tells() -> None:
    answer, words = asked(TODAY, has_tuned=True, recent=True)
    assert answer == "yes"
    assert "only the start of the job itself tells" in words
    assert asked(date(2027, 1, 6), has_tuned=True, recent=True)[0] == "no"


def test_before_the_end_began_nothing_was_asked() -> None:
    assert asked(date(2026, 5, 6))[0] == "yes"


def test_one_question_is_asked_while_it_can_help() -> None:
    def question(today: date, recent: bool | None = None) -> str:
        facts = Facts(today=today, recent_inference=recent)
        return judge(service("OpenAI"), facts, Account()).asked

    assert "within the last 60 days?" in question(TODAY)
    assert question(TODAY, recent=True) == ""
    assert question(date(2026, 6, 1)) == ""
    assert question(date(2027, 1, 6)) == ""


def test_a_model_that_ended_is_refused_with_its_day() -> None:
    answer, words = asked(TODAY, has_tuned=True, recent=True, model="gpt-4.1-nano-2025-04-14")
    assert answer == "no"
    assert "gpt-4.1-nano-2025-04-14 ended on 2026-10-23" in words


def test_services_that_go_on_say_so_with_their_day() -> None:
    for name in ("Together", "Fireworks"):
        found = judge(service(name), Facts(today=TODAY), Account())
        assert found.answer == "yes"
        assert "takes new customers (of 20" in found.reasons[0]
    assert judge(service("Cohere"), Facts(today=TODAY), Account()).answer == "no"
    assert judge(service("Google Vertex AI"), Facts(today=TODAY), Account()).answer == "unknown"


def test_a_model_is_found_by_its_short_name_unless_two_share_it() -> None:
    found = hosted_model("OpenAI", "gpt-4.1")
    assert found is not None
    assert found.id == "gpt-4.1-2025-04-14"
    assert hosted_model("OpenAI", "gpt-4.1-2025-04-15") is None
    assert hosted_model("Together", "gpt-4.1") is None
    assert all(one.service == "Together" for one in models_of("Together"))
