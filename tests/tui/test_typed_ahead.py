"""A key that was typed ahead leads on at once; the home screen is filled when somebody sees it."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from textual import events

from core.workspace import create_workspace
from tests.support.app_pilot import shows
from tui import app as app_module
from tui.app import Settings, TuningforkApp, run_app
from tui.job_rows import JobRows
from tui.screens.home import HomeScreen


class TypedAhead(TuningforkApp):
    """An app whose terminal brings a key before anything is composed."""

    def on_load(self) -> None:
        """Type."""
        self.post_message(events.Key("2", "2"))


async def test_whom_a_key_leads_elsewhere_waits_for_nothing_of_the_home_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_at: list[str] = []
    read = HomeScreen._read

    def look(screen: HomeScreen) -> object:
        seen_at.append(app.current_mode)
        return read(screen)

    monkeypatch.setattr(HomeScreen, "_read", look)
    app = TypedAhead(create_workspace(tmp_path / "w"), Settings(look_every=0.05))
    async with app.run_test() as pilot:
        await shows(pilot, "No dataset yet.")
        assert not seen_at
        await pilot.press("0")
        await shows(pilot, "Next")
    assert set(seen_at) == {"home"}


def test_the_jobs_that_go_on_are_named_also_to_whom_home_never_showed_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    jobs = (SimpleNamespace(live=True), SimpleNamespace(live=False))
    monkeypatch.setattr(JobRows, "read", lambda *_: jobs)
    monkeypatch.setattr(TuningforkApp, "run", lambda _: None)
    monkeypatch.setattr(TuningforkApp, "return_code", 0)
    monkeypatch.setattr(app_module, "say", said.append)
    assert run_app(create_workspace(tmp_path / "w")) == 0
    assert said == ["1 job goes on; `tuningfork` shows it again."]
