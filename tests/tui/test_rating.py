from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import missing_ratings, read_locked, read_logs
from core.scoring.study.session import RatingSession
from tests.support.app_pilot import shows, walk
from tests.support.hostile import HOSTILE
from tests.support.screen_text import rows_of_wrong_width, screen_text
from tests.support.studies import CONTENDERS, NOW, answered, locked
from tui.rating_app import RatingApp


class Clock:
    """Moves as a careful rater does: well between two keys."""

    def __init__(self, step: float = 1.0) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@asynccontextmanager
async def rating(
    folder: StudyFolder,
    *,
    size: tuple[int, int] = (80, 24),
    clock: Callable[[], float] | None = None,
) -> AsyncIterator[tuple[RatingSession, Pilot[None]]]:
    with RatingSession(folder, "ada", clock=lambda: NOW) as session:
        app = RatingApp(session, clock=clock or Clock())
        async with app.run_test(size=size) as pilot:
            await shows(pilot, "rater ada")
            yield session, pilot


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_whole_study_is_rated_by_keyboard_alone(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    folder = locked(tmp_path / "w", 4, repeats=0.25, traps=1)
    async with rating(folder, size=size) as (session, pilot):
        for item in range(6):
            await shows(pilot, f"item {item + 1} of 6")
            await pilot.press("5", "3", "1", "3")
            await walk(pilot, [("enter", "saved")])
        await shows(pilot, "which of these answers was the fine-tune")
        for _ in range(5):
            await pilot.press("s")
        await shows(pilot, "Nothing left to rate")
        assert session.progress().open == 0
    assert missing_ratings(read_locked(folder), read_logs(folder, read_locked(folder))) == 0


async def test_a_score_goes_to_the_next_answer_without_one(tmp_path: Path) -> None:
    async with rating(locked(tmp_path / "w")) as (session, pilot):
        await walk(pilot, [("5", "A 5   B -"), ("tab", " C "), ("tab", " D "), ("3", "D 3")])
        task = session.next()
        assert task is not None
        scores = [session.standing.score(task.met, side.id) for side in task.sides]
        assert scores == [5, None, None, 3]
        await walk(pilot, [("enter", "Not rated yet: B, C"), ("1", "B 1"), ("1", "C 1")])
        await walk(pilot, [("enter", "item 2 of 6")])


async def test_a_key_that_is_held_down_counts_once(tmp_path: Path) -> None:
    async with rating(locked(tmp_path / "w"), clock=Clock(0.05)) as (session, pilot):
        await pilot.press("5", "5", "5", "5")
        await shows(pilot, "A 5   B -   C -   D -")
        assert len([event for event in session.events if event.kind == "rate"]) == 1


async def test_saved_is_said_only_after_the_disk_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    folder = locked(tmp_path / "w")
    async with rating(folder) as (session, pilot):
        await walk(pilot, [("5", "saved: A 5")])
        size = folder.log("ada").stat().st_size
        with monkeypatch.context() as patched:
            patched.setattr("core.scoring.study.rating_log.os.fsync", full)
            await walk(pilot, [("3", "Not saved")])
        assert folder.log("ada").stat().st_size == size
        await walk(pilot, [("3", "saved: B 3")])
        assert len(session.events) == 2


async def test_undo_reopens_a_finished_item(tmp_path: Path) -> None:
    async with rating(locked(tmp_path / "w")) as (_, pilot):
        await pilot.press("5", "3", "1", "3")
        await walk(pilot, [("enter", "item 2 of 6"), ("u", "item 1 of 6"), ("u", "D -")])
        await walk(pilot, [("5", "D 5"), ("enter", "item 2 of 6")])


async def test_unsafe_asks_why_and_scores_the_lowest(tmp_path: Path) -> None:
    async with rating(locked(tmp_path / "w")) as (session, pilot):
        await walk(pilot, [("5", "A 5"), ("tab", " C "), ("x", "Why is this answer unsafe?")])
        await pilot.press(*"tells a secret", "enter")
        await shows(pilot, "C 1")
        task = session.next()
        assert task is not None
        assert session.standing.value("flag", task.met, task.sides[2].id) == "tells a secret"


async def test_preferences_comments_corrections_and_skips_are_kept(tmp_path: Path) -> None:
    async with rating(locked(tmp_path / "w")) as (session, pilot):
        first = session.next()
        assert first is not None
        await walk(pilot, [("<", "preferred: A"), (">", "preferred: B"), ("=", "none preferred")])
        await pilot.press("c", *"short", "enter")
        await pilot.press("e", *"better", "enter")
        await shows(pilot, "commented  corrected")
        await pilot.press("s", *"greek", "enter")
        await shows(pilot, "item 2 of 6")
        assert session.standing.value("skip", first.met) == "greek"
        assert session.standing.value("edit", first.met, first.sides[0].id) == "better"


async def test_panes_stand_side_by_side_where_they_can_be_read(tmp_path: Path) -> None:
    folder = locked(tmp_path / "w")
    for width, letters in ((80, 1), (120, 2), (180, 3), (240, 4)):
        async with rating(folder, size=(width, 30)) as (_, pilot):
            shown = screen_text(pilot.app).count("in the way of")
            assert shown == letters


async def test_letters_are_dealt_anew_and_no_name_is_on_any_screen(tmp_path: Path) -> None:
    folder = locked(
        tmp_path / "w", 8, answers=answered(8, lambda n, name: f"{hash(name) % 997} says {n}")
    )
    first_answers, screens = [], []
    async with rating(folder) as (_, pilot):
        for item in range(8):
            text = await shows(pilot, f"item {item + 1} of 8")
            first_answers.append(text.split(" says ")[0].split()[-1])
            screens.append(text)
            await pilot.press("5", "3", "1", "3", "enter")
        await walk(pilot, [("?", "on the rating screen"), ("escape", "which of these")])
        screens.append(screen_text(pilot.app))
    assert len(set(first_answers)) > 1
    for text in screens:
        for name in CONTENDERS:
            assert name not in text.replace("fine-tune", "")


async def test_no_key_leads_out_of_the_rating_screen(tmp_path: Path) -> None:
    async with rating(locked(tmp_path / "w")) as (_, pilot):
        for key in ("ctrl+p", ":", "escape", "0", "v", "y", "H", "T", "w", "f", "ctrl+z"):
            await pilot.press(key)
            await pilot.pause()
            assert type(pilot.app.screen).__name__ == "RatingScreen", key
            assert "item 1 of 6" in screen_text(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_hostile_answers_are_shown_and_not_obeyed(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    answers = answered(4, lambda number, name: f"{name[::-1]} {HOSTILE[number % len(HOSTILE)]}")
    async with rating(locked(tmp_path / "w", answers=answers), size=size) as (_, pilot):
        for key in ("d", "m", "o", "z", "tab", "tab", "tab", "J", "G", "r"):
            await pilot.press(key)
            await pilot.pause()
            assert rows_of_wrong_width(pilot.app) == []
            assert "\x1b" not in screen_text(pilot.app)


async def test_a_long_answer_says_where_one_is_and_whether_its_end_was_seen(tmp_path: Path) -> None:
    answers = answered(2, lambda n, name: "\n".join(f"{name[::-1]} {line}" for line in range(90)))
    async with rating(locked(tmp_path / "w", answers=answers)) as (_, pilot):
        await walk(
            pilot, [("j", "line 2/90"), ("space", "line 17/90"), ("G", " 89"), ("g", "line 1/90")]
        )
        await walk(pilot, [("tab", " B   line 1/90"), ("J", "line 2/90")])
