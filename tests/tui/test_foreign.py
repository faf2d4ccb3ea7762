"""The run of another program on a screen and as lines."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core.foreign.find import open_viewer
from core.text_safety import visible
from tests.support.app_pilot import shows, walk
from tests.support.command import tuningfork
from tests.support.foreign_runs import WALL, at, event, log_line, logged, point, record, scalar
from tests.support.foreign_runs import write_state as write
from tests.support.hostile import HOSTILE
from tests.support.screen_text import rows_of_wrong_width
from tui.app import Settings
from tui.foreign_app import ForeignApp

EVENTS = "events.out.tfevents.1700000000.host.1.0"


@asynccontextmanager
async def watched(
    path: Path, *, seconds: float = 100.0, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ForeignApp, Pilot[None]]]:
    """Yield the app on a path, at a moment some seconds after the first point."""

    def clock() -> datetime:
        return at(seconds)

    settings = Settings(clock=clock, look_every=0.05)
    app = ForeignApp(path, open_viewer(path, clock=clock), settings)
    async with app.run_test(size=size) as pilot:
        yield app, pilot


def write_events(path: Path, steps: int = 60) -> Path:
    path.mkdir(exist_ok=True)
    content = b"".join(point(n, train__loss=1 + 3 / n, rewards=0.5) for n in range(1, steps + 1))
    (path / EVENTS).write_bytes(content)
    return path


async def test_a_live_run_is_drawn_as_one_of_ours(tmp_path: Path) -> None:
    async with watched(write_events(tmp_path / "theirs"), seconds=72.0) as (app, pilot):
        text = await shows(pilot, "seems to run")
        assert "theirs" in text
        assert "newest event 10 s ago" in text
        await shows(pilot, "step 60  loss 1.05")
        assert rows_of_wrong_width(app) == []
        with (tmp_path / "theirs" / EVENTS).open("ab") as file:
            file.write(point(61, train__loss=0.5) + point(62, train__loss=0.25))
        await shows(pilot, "step 62  loss 0.25")


async def test_a_quiet_run_says_for_how_long(tmp_path: Path) -> None:
    async with watched(write_events(tmp_path / "theirs"), seconds=60 + 240) as (_, pilot):
        text = await shows(pilot, "no new point")
        assert "newest event 4 min ago" in text
        assert "lost" not in text


async def test_nobody_can_ask_it_to_stop_and_there_are_no_stages(tmp_path: Path) -> None:
    async with watched(write_events(tmp_path / "theirs")) as (app, pilot):
        text = await shows(pilot, "step 60")
        assert "stop" not in text
        await walk(
            pilot,
            [("S", "watch only"), ("C", "watch only"), ("R", "watch only"), ("P", "watch only")],
        )
        await walk(pilot, [("2", "Stages belong"), ("v", "rewards  0.5 at step 60")])
        await walk(pilot, [("escape", "step 60"), ("y", "Copied")])
        await pilot.press("q")
        await pilot.pause()
        assert app.return_code == 0


async def test_hostile_files_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    folder = tmp_path / "\x1b[2J[bad]"
    folder.mkdir()
    words = [word.encode(errors="replace") for word in HOSTILE if word]
    content = b"".join(record(event(1, [scalar(word, 1.0)])) for word in words)
    (folder / EVENTS).write_bytes(content + b"\0" * 99 + b"\xff" * 50 + point(2, loss=1.0))
    async with watched(folder) as (app, pilot):
        text = await shows(pilot, "damaged")
        assert "\x1b" not in text
        await walk(pilot, [("v", "tuningfork watch")])
        assert app.is_running


def test_a_finished_run_is_told_as_lines(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    end = {"step": 100, "train_runtime": 9.0, "epoch": 2.0}
    middle = {"step": 50, "eval_loss": 0.75, "rewards/margins": 0.25}
    write(folder / "checkpoint-100", [logged(50), middle, logged(100), end])
    done = tuningfork("watch", "out", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "state: finished"
    assert "evaluation: step 50, loss 0.75, the best so far" in lines
    assert "finished: The trainer says it is done." in lines
    assert lines[-1] == "further: rewards/margins 0.25 at step 50"


def test_a_quiet_run_ends_the_lines_and_says_so(tmp_path: Path) -> None:
    path = write_events(tmp_path / "out") / EVENTS
    os.utime(path, (WALL + 60, WALL + 60))
    done = tuningfork("watch", path, cwd=tmp_path)
    assert done.code == 0
    assert done.out.startswith("state: no new point for ")
    found = tuningfork("watch", path, "--json", cwd=tmp_path).json
    assert (found["state"], found["step"], found["kind"]) == ("no new point", 60, "foreign")
    assert found["train_loss"] == pytest.approx(1.05)


def test_every_kind_of_file_is_known(tmp_path: Path) -> None:
    (tmp_path / "trainer_log.jsonl").write_text(log_line(10, total=40) + log_line(40, total=40))
    old = (WALL, WALL)
    os.utime(tmp_path / "trainer_log.jsonl", old)
    found = tuningfork("watch", ".", "--json", cwd=tmp_path).json
    assert (found["step"], found["total_steps"]) == (40, 40)


@pytest.mark.parametrize("word", ["./nowhere", "~/nowhere/at/all", "a/b", "\x1b[2J/x"])
def test_a_path_that_leads_nowhere_is_refused_in_three_lines(tmp_path: Path, word: str) -> None:
    done = tuningfork("watch", word, cwd=tmp_path)
    assert done.code == 2
    assert len(done.err.splitlines()) == 3
    assert visible(done.err, lines=True) == done.err


def test_an_id_of_a_run_is_still_an_id(tmp_path: Path) -> None:
    tuningfork("init", ".", cwd=tmp_path)
    done = tuningfork("watch", "20260101-000000-none-0000", cwd=tmp_path)
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        "There is no job 20260101-000000-none-0000.",
    )
