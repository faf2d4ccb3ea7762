from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen

from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import fill
from tui.app import TuningforkApp

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
