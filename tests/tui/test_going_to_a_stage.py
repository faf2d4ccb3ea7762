from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen

from core.workspace import create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import fill
from tui.app import Settings, TuningforkApp
from tui.widgets.bars import TopBar

DEEP = [("3", "Training runs"), ("enter", "step 60"), ("?", "on a run")]


async def test_what_lies_on_the_way_is_not_painted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[str] = []
    display = App._display

    def record(app: TuningforkApp, screen: Screen[Any], renderable: Any) -> None:
        if screen.is_current and not app._batch_count and renderable is not None:
            painted.append(type(screen).__name__)
        display(app, screen, renderable)

    async with opened(fill(tmp_path)) as (_, pilot):
        await walk(pilot, DEEP)
        monkeypatch.setattr(App, "_display", record)
        await pilot.press("0")
        await shows(pilot, "Next")
    assert set(painted) == {"HomeScreen"}


async def test_a_change_of_stages_waits_for_no_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[str | None] = []
    set_timer = TuningforkApp.set_timer

    def record(app: TuningforkApp, *arguments: Any, **options: Any) -> Any:
        named.append(options.get("name"))
        return set_timer(app, *arguments, **options)

    monkeypatch.setattr(TuningforkApp, "set_timer", record)
    async with opened(fill(tmp_path)) as (_, pilot):
        await walk(pilot, [("3", "Training runs"), ("2", "Not scanned"), ("3", "Training runs")])
    assert "delay_update" not in named


def wears_its_theme(app: TuningforkApp) -> bool:
    bar = app.screen.query_one(TopBar)
    return bar.styles.background == Color.parse(app.theme_variables["panel"])


async def test_a_stage_is_opened_without_reading_every_style_sheet_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Stylesheet] = []
    reparse = Stylesheet.reparse

    def record(sheet: Stylesheet) -> None:
        read.append(sheet)
        reparse(sheet)

    async with opened(create_workspace(tmp_path / "w")) as (app, pilot):
        monkeypatch.setattr(Stylesheet, "reparse", record)
        await walk(pilot, [("2", "No dataset yet."), ("3", "Training"), ("0", "Next")])
        await walk(pilot, [("2", "No dataset yet.")])
        assert wears_its_theme(app)
    assert not read


async def test_a_stage_that_was_open_wears_the_theme_that_was_chosen_since(tmp_path: Path) -> None:
    async with opened(create_workspace(tmp_path / "w")) as (app, pilot):
        await walk(pilot, [("2", "No dataset yet."), ("0", "Next")])
        before = app.theme_variables["panel"]
        app.show_look("textual-light")
        await shows(pilot, lambda _: app.theme_variables["panel"] != before)
        assert wears_its_theme(app)
        for key, brings in (("2", "No dataset yet."), ("3", "Training"), ("0", "Next")):
            await walk(pilot, [(key, brings)])
            assert wears_its_theme(app)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark"])
async def test_the_app_begins_in_its_theme(tmp_path: Path, theme: str) -> None:
    app = TuningforkApp(create_workspace(tmp_path / "w"), Settings(theme=theme))
    async with app.run_test() as pilot:
        await walk(pilot, [("2", "No dataset yet.")])
        assert app.theme == theme
        assert wears_its_theme(app)
