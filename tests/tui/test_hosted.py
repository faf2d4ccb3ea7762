"""A run at a service from the keyboard: who takes it, what leaves, and nothing before a yes."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.hosted.counting import Counter
from core.hosted.draft import HostedDraft
from core.hosted.plan import HostedPlan, Wish
from core.workspace import RunFolder, Workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import add_run
from tests.support.hosted_split import split_of
from tests.support.small_encoding import NAME as SMALL
from tests.support.small_encoding import install_encoding
from tui.screens.hosted import HostedScreen

KEY = "sk-proj-A1b2C3d4E5f6G7h8-wxyz"
TO_SERVICES = [("3", "Training runs"), ("T", "the rows of"), ("p", "Who trains the rows")]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[HostedPlan, Any]]:
    """Catch what would be started; the run that is opened is one that lies there."""
    plans: list[tuple[HostedPlan, Any]] = []

    def start(workspace: Workspace, plan: HostedPlan, **how: Any) -> RunFolder:
        plans.append((plan, how["typed"]))
        return add_run(workspace, "hosted", number=10 + len(plans))

    monkeypatch.setattr("core.hosted.plan.start_hosted", start)
    return plans


async def test_services_say_who_takes_the_rows_and_until_when(tmp_path: Path) -> None:
    async with opened(split_of(tmp_path)) as (_app, pilot):
        await walk(pilot, TO_SERVICES)
        text = await shows(pilot, "Cohere")
        assert "2027-01-05   2027-01-14   $3.00 to $25.00" in text
        await walk(pilot, [("j", "A model trained today stops on 2027-01-14")])
        await walk(pilot, [("j", "Together takes new customers"), ("j", "Fireworks takes")])
        await walk(pilot, [("j", "does not say whether it takes new customers")])


async def test_enter_on_this_machine_sets_up_the_same_rows_here(tmp_path: Path) -> None:
    async with opened(split_of(tmp_path), size=(120, 40)) as (_app, pilot):
        await walk(pilot, [*TO_SERVICES, ("enter", "New run on the rows of tickets")])
        await walk(pilot, [("p", "Who trains the rows")])


async def test_a_run_is_shown_asked_for_once_and_started(
    tmp_path: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with opened(split_of(tmp_path), size=(120, 40)) as (_app, pilot):
        await walk(pilot, TO_SERVICES)
        await shows(pilot, "Cohere")
        await walk(pilot, [("j", "stops on 2027-01-14")])
        await walk(pilot, [("enter", "nothing against sending them")])
        text = await shows(pilot, "New run on the rows of tickets at OpenAI")
        assert "i row" not in text.splitlines()[-1]
        text = await shows(pilot, "The holdout stays here")
        assert KEY not in text
        await walk(pilot, [("T", "Sends 34 rows"), ("n", "The holdout stays here")])
        assert started == []
        await walk(pilot, [("T", "https://api.openai.com and trains"), ("y", "step 120")])
    ((plan, typed),) = started
    assert (plan.spec.model, plan.spec.split, typed) == ("gpt-4.1-2025-04-14", "tickets", None)


async def test_enter_is_no(
    tmp_path: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with opened(split_of(tmp_path), size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        await shows(pilot, "nothing against sending them")
        await walk(pilot, [("T", "Sends 34 rows"), ("enter", "The holdout stays here")])
    assert started == []


async def test_a_typed_key_is_dots_on_the_screen_and_goes_along(
    tmp_path: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with opened(split_of(tmp_path), size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        await shows(pilot, "There is no key for OpenAI")
        await walk(pilot, [("T", "for this run only; it is written nowhere")])
        await pilot.press(*KEY)
        text = await shows(pilot, "•••")
        assert KEY[:6] not in text
        await walk(pilot, [("enter", "Sends 34 rows"), ("y", "step 120")])
    ((_, typed),) = started
    assert (typed.value, typed.source) == (KEY, "typed")


async def test_what_blocks_is_named_and_its_row_is_one_key_away(
    tmp_path: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    workspace = split_of(tmp_path, secret="write to ana.lopez@example-shop.com")
    async with opened(workspace, size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        await shows(pilot, "against it; nothing would be sent")
        await shows(pilot, "i row")
        await walk(pilot, [("T", "Not started: email in")])
        assert isinstance(app.screen, HostedScreen)
        await walk(pilot, [("i", "ana.lopez@example-shop.com")])
        await walk(pilot, [("escape", "New run on the rows")])
    assert started == []


async def test_a_field_is_judged_while_it_is_typed(tmp_path: Path) -> None:
    async with opened(split_of(tmp_path), size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        await shows(pilot, "for 3 epochs")
        app.screen.query_one("#fields").point_at("epochs")  # type: ignore[attr-defined]
        await walk(pilot, [("e", "Passes over the rows")])
        await walk(pilot, [("0", "Write 1 to 100, or auto."), ("enter", "Write 1 to 100")])
        await pilot.press("backspace", *"auto")
        await walk(pilot, [("enter", "1 to 4 epochs (chosen by the service")])


async def test_past_the_last_day_the_way_out_is_one_key(
    tmp_path: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(HostedScreen, "_today", date(2027, 1, 6))
    async with opened(split_of(tmp_path), size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        await shows(pilot, "Nobody can start a job any more")
        await walk(pilot, [("T", "Not started"), ("p", "Who trains the rows")])
        await walk(pilot, [("enter", "New run on the rows of tickets")])
    assert started == []


async def test_the_same_command_is_one_key_away(tmp_path: Path) -> None:
    async with opened(split_of(tmp_path), size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06", used=True)
        await shows(pilot, "nothing against sending them")
        await walk(pilot, [("v", "tuningfork tune tickets --provider openai --model")])
        await shows(pilot, "--recent-use yes")


async def test_tokens_are_counted_beside_the_screen_and_make_the_cost_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(install_encoding(tmp_path / "plugins")))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "none"))
    small = Counter("tiktoken", SMALL, "gpt-4o-2024-08-06")
    monkeypatch.setattr("core.hosted.plan.counter_of", lambda *_, **__: small)
    workspace = split_of(tmp_path)
    async with opened(workspace, size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        text = await shows(pilot, f"tokens in one pass, counted with {SMALL}; ")
        assert " to $" not in text
        await shows(pilot, "T asks once more")
        await walk(pilot, [("c", "Every row is counted already")])


async def test_a_range_says_what_would_count_and_c_asks_before_it_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with opened(split_of(tmp_path), size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        text = await shows(pilot, "The encoding o200k_base is not on this machine")
        assert "tokens in one pass, from the bytes" in text
        await walk(pilot, [("c", "o200k_base. No row is sent")])
        await walk(pilot, [("n", "is not on this machine"), ("c", "No row is sent for that")])
        await walk(pilot, [("y", "The encoding o200k_base cannot be had")])


async def test_a_price_is_entered_with_its_source_and_taken_back(tmp_path: Path) -> None:
    async with opened(split_of(tmp_path), size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        await shows(pilot, "for 3 epochs (2026-04-07")
        app.screen.query_one("#fields").point_at("price")  # type: ignore[attr-defined]
        await walk(pilot, [("e", "Prices of training at OpenAI")])
        text = await shows(pilot, "catalogue")
        assert "x take back" not in text.splitlines()[-1]
        await walk(pilot, [("e", "AMOUNT [CURRENCY] [DAY] SOURCE")])
        await pilot.press(*(["backspace"] * 80), *"12.50")
        await walk(pilot, [("enter", "names no source")])
        await pilot.press(*" our contract")
        await walk(pilot, [("enter", "yours"), ("escape", "our contract)")])
        app.screen.query_one("#fields").point_at("price")  # type: ignore[attr-defined]
        await walk(pilot, [("e", "x take back"), ("x", "catalogue")])
        await walk(pilot, [("escape", "for 3 epochs (2026-04-07")])


async def test_services_lead_to_the_prices_of_the_one_under_the_cursor(tmp_path: Path) -> None:
    async with opened(split_of(tmp_path)) as (_app, pilot):
        await walk(pilot, [*TO_SERVICES, ("j", "A model trained today stops on 2027-01-14")])
        await walk(pilot, [("e", "Prices of training at OpenAI")])
        await shows(pilot, "gpt-4.1-2025-04-14")
        await walk(pilot, [("e", "AMOUNT [CURRENCY] [DAY] SOURCE")])
        await pilot.press(*"7 EUR a talk")
        await walk(pilot, [("enter", "yours"), ("escape", "7.00 EUR")])


async def test_what_cannot_be_sent_offers_no_start_and_a_missing_key_comes_before_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HostedScreen, "_today", date(2026, 11, 20))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    workspace = split_of(tmp_path, secret="write to ana.lopez@example-shop.com")
    async with opened(workspace, size=(120, 50)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        text = await shows(pilot, "There is no key for OpenAI")
        assert "within the last 60 days?" not in text
        keys = text.splitlines()[-1]
        assert "T train" not in keys
        assert "u used lately" not in keys


async def test_the_answer_on_lately_used_models_is_given_on_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HostedScreen, "_today", date(2026, 11, 20))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with opened(split_of(tmp_path), size=(120, 50)) as (app, pilot):
        app.train_at("tickets", "openai", "gpt-4o-2024-08-06")
        text = await shows(pilot, "within the last 60 days?")
        assert "T train" in text.splitlines()[-1]
        await walk(pilot, [("u", lambda text: "within the last 60 days?" not in text)])
        await walk(pilot, [("u", "▲ closed"), ("T", "Not started")])


async def test_vertex_asks_for_what_decides_who_pays_and_where_rows_go(tmp_path: Path) -> None:
    async with opened(split_of(tmp_path), size=(120, 40)) as (app, pilot):
        app.train_at("tickets", "vertex", "gemini-3.5-flash")
        await shows(pilot, "needs the project to be named")
        wish = Wish(provider="vertex", model="gemini-3.5-flash", split="tickets")
        names = [line.name for line in HostedDraft(wish=wish).lines()]
        await pilot.press(*["j"] * names.index("project"))
        await shows(pilot, "Which project pays")
        for value, then in (("acme", "needs the region"), ("europe-west4", "needs the bucket")):
            await pilot.press("enter", *value, "enter")
            await shows(pilot, f"{then} to be named")
            await pilot.press("j")
        await pilot.press("enter", *"gs://acme-rows", "enter")
        text = await shows(pilot, "the rows themselves into gs://acme-rows")
        assert "https://europe-west4-aiplatform.googleapis.com" in text
        await shows(pilot, "Google's own sign-in of this machine")
