"""Whether a service takes a job is answered by what the key shows, as far as it is told."""

from datetime import date
from pathlib import Path

import pytest

from core.hosted.eligible import Account
from core.hosted.failures import BadKey
from core.hosted.openai_account import look
from core.hosted.plan import HostedPlan, Wish, make_plan
from core.hosted.provider import Access
from core.hosted.silence import Silence
from tests.hosted.conftest import Bench
from tests.hosted.fixed import KEY, MODEL, VARIABLE
from tests.support.app_pilot import opened, shows, walk

TODAY = date(2026, 11, 20)
USED = {"model": "ft:gpt-4o-mini-2024-07-18:acme::x", "num_model_requests": 3}
OTHER = {"model": "gpt-4o-mini-2024-07-18", "num_model_requests": 900}


def seen(bench: Bench) -> Account:
    access = Access(key=KEY, key_words="set", cover=Silence([KEY]), world=bench.world.world)
    return look(bench.spec(), access)


def planned(bench: Bench, account: Account | None) -> HostedPlan:
    wish = Wish(
        provider="openai",
        model=MODEL,
        split="tickets",
        base_url=bench.service.url,
        key=VARIABLE,
    )
    return make_plan(
        bench.workspace, wish, today=TODAY, environment={VARIABLE: KEY}, account=account
    )


def test_an_account_that_shows_nothing_stays_unknown_and_is_asked(bench: Bench) -> None:
    found = seen(bench)
    assert (found.has_tuned, found.used_lately, found.ends) == (None, None, None)
    assert found.seen[0] == "The key is taken."
    assert any("administrator's key only" in one for one in found.seen)
    plan = planned(bench, found)
    assert plan.eligibility.answer == "unknown"
    assert plan.eligibility.asked
    assert bench.service.billed == 0


def test_a_job_and_use_within_sixty_days_answer_without_a_question(bench: Bench) -> None:
    bench.run()
    bench.service.usage = [[OTHER], [OTHER, USED]]
    found = seen(bench)
    assert (found.has_tuned, found.used_lately) == (True, True)
    plan = planned(bench, found)
    assert plan.eligibility.answer == "yes"
    assert plan.eligibility.asked == ""
    assert bench.service.billed == 1


@pytest.mark.parametrize("pages", [[[OTHER]], [[{**USED, "num_model_requests": 0}], []]])
def test_an_organisation_that_uses_no_tuned_model_is_turned_away_beforehand(
    bench: Bench, pages: list[list[dict[str, object]]]
) -> None:
    bench.service.usage = pages
    found = seen(bench)
    assert found.used_lately is False
    assert planned(bench, found).eligibility.answer == "no"


def test_the_end_that_the_service_says_beats_the_file(bench: Bench) -> None:
    bench.service.models[MODEL] = "2026-12-01"
    found = seen(bench)
    assert found.ends == date(2026, 12, 1)
    assert f"{MODEL} ends on 2026-12-01, says the service." in found.seen
    plan = planned(bench, found)
    assert plan.spec.model_ends == date(2026, 12, 1)
    assert planned(bench, None).spec.model_ends == date(2027, 1, 14)


def test_a_model_that_the_key_may_not_use_is_said(bench: Bench) -> None:
    bench.service.models = {"other": None}
    assert f"{MODEL} is not among the models that the key may use." in seen(bench).seen


def test_a_key_that_is_not_taken_is_said_before_anything_is_sent(bench: Bench) -> None:
    bench.service.keys = {"another"}
    with pytest.raises(BadKey, match="does not take the key"):
        seen(bench)
    assert bench.service.uploads == 0


async def test_one_key_on_the_plan_asks_the_service_and_nothing_else_leaves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "none"))
    bench.service.models[MODEL] = "2026-12-01"
    async with opened(bench.workspace, size=(140, 50)) as (app, pilot):
        app.train_at("tickets", "openai", MODEL)
        await shows(pilot, "nothing against sending them")
        app.screen.query_one("#fields").point_at("base_url")  # type: ignore[attr-defined]
        await pilot.press("e", *bench.service.url)
        await walk(pilot, [("enter", "(this very machine)")])
        text = await shows(pilot, "a account")
        await walk(pilot, [("a", "The key is taken.")])
        text = await shows(pilot, "stops on 2026-12-01")
        assert "a account" not in text.splitlines()[-1]
        assert KEY not in text
    assert bench.service.uploads == bench.service.billed == 0
    written = b"".join(
        path.read_bytes() for path in bench.workspace.root.rglob("*") if path.is_file()
    )
    assert KEY.encode() not in written
