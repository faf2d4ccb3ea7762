"""Reviewing by keyboard alone: what a reviewer sees, and what each key leaves on the disk."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from textual import events
from textual.pilot import Pilot

from core.release.gateway.log_store import LogStore
from core.release.release_plan import ReleasePlan
from core.release.releases import ReleaseFolder, write_release
from core.release.review.item import ReviewItem, Said, Turn
from core.release.review.overview import read_queue
from core.release.review.session import ReviewSession
from core.workspace import create_workspace
from tests.support.app_pilot import DEADLINE_S, opened, shows, walk
from tests.support.filled_workspace import NOW
from tests.support.hostile import HOSTILE
from tests.support.release_log import entry
from tests.support.reviewing import add_reviews, hold_plan
from tests.support.screen_text import rows_of_wrong_width
from tui.review_app import ReviewApp
from tui.review_lines import prompt_lines
from tui.widgets.bars import StatusBar

AT = NOW.timestamp()


@asynccontextmanager
async def reviewing(
    root: Path, plan: ReleasePlan, *, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ReviewSession, Pilot[None]]]:
    folder = ReleaseFolder(root / plan.name)
    with ReviewSession(folder, plan, "ada", clock=lambda: AT) as session:
        app = ReviewApp(session)
        with patch.object(StatusBar, "MOMENT_S", DEADLINE_S):
            async with app.run_test(size=size) as pilot:
                await shows(pilot, "reviewer ada")
                yield session, pilot


def left(root: Path, count: int, **values: Any) -> ReleasePlan:
    plan = hold_plan(**values)
    add_reviews(ReleaseFolder(root / plan.name), plan, count)
    return plan


def statuses(root: Path) -> list[str]:
    return [one.status for one in read_queue(root / "trial" / "log.db", AT)]


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_queue_is_decided_by_keyboard_alone(tmp_path: Path, size: tuple[int, int]) -> None:
    plan = left(tmp_path, 4, review={"undo_seconds": 10})
    async with reviewing(tmp_path, plan, size=size) as (_, pilot):
        text = await shows(pilot, "user: parcel 0")
        assert "asked 4 min ago" in text
        assert "client waits" in text
        await walk(pilot, [("enter", "needs a score"), ("5", "enter gives this answer out")])
        await walk(pilot, [("enter", "It goes out in 10 s; u takes it back")])
        await walk(pilot, [("1", "enter refuses it"), ("enter", "user: parcel 2")])
        await walk(pilot, [("x", "Why is this answer unsafe?")])
        await pilot.press(*"a secret", "enter")
        await walk(pilot, [("1", "unsafe"), ("enter", "user: parcel 3")])
        await walk(pilot, [("e", "What should the answer be?")])
        await pilot.press(*", gone", "enter", *"today", "ctrl+s")
        await walk(pilot, [("3", "enter gives your text out"), ("d", "the answer")])
        await walk(pilot, [("d", "your text"), ("enter", "Nothing waits for you")])
        assert not rows_of_wrong_width(pilot.app)
    assert statuses(tmp_path) == ["approved", "refused", "refused", "corrected"]


async def test_a_decision_is_taken_back_and_what_was_said_before_it(tmp_path: Path) -> None:
    plan = left(tmp_path, 2)
    async with reviewing(tmp_path, plan) as (_, pilot):
        await walk(pilot, [("5", "saved: 5"), ("enter", "user: parcel 1")])
        assert statuses(tmp_path) == ["approved", "waiting"]
        await walk(pilot, [("u", "Taken back: decision"), ("u", "Taken back: score")])
        assert statuses(tmp_path) == ["waiting", "waiting"]
        await walk(pilot, [("u", "Nothing to take back")])


async def test_comments_and_skips_are_kept_and_an_empty_text_never_goes_out(
    tmp_path: Path,
) -> None:
    plan = left(tmp_path, 2)
    async with reviewing(tmp_path, plan) as (session, pilot):
        await walk(pilot, [("c", "What is there to say")])
        await pilot.press(*"short", "enter")
        await shows(pilot, "commented")
        await walk(pilot, [("e", "What should the answer be?")])
        await pilot.press("ctrl+u", "f2")
        await shows(pilot, "to let nothing go out, press 1")
        await walk(pilot, [("e", "What should"), ("escape", "no score yet")])
        await walk(pilot, [("s", "Why should somebody else")])
        await pilot.press(*"greek", "enter")
        await shows(pilot, "user: parcel 1")
        assert session.item is not None
        assert session.item.id.endswith("1")


async def test_new_answers_are_announced_and_taken_only_with_a_key(tmp_path: Path) -> None:
    plan = left(tmp_path, 0)
    async with reviewing(tmp_path, plan) as (session, pilot):
        await shows(pilot, "Nothing waits for you")
        add_reviews(ReleaseFolder(tmp_path / plan.name), plan, 1)
        await shows(pilot, "enter takes the oldest")
        assert session.item is None
        await walk(pilot, [("enter", "user: parcel 0"), ("?", "on a review"), ("q", "parcel 0")])


async def test_no_arm_is_on_any_screen_and_hostile_text_stays_text(tmp_path: Path) -> None:
    plan = hold_plan()
    folder = ReleaseFolder(tmp_path / plan.name)
    folder.path.mkdir()
    store = LogStore(folder.log, plan.log)
    values = {"dealt": "new-arm", "arm": "new-arm", "answer": "\n".join(HOSTILE)}
    store.write([entry(1, at=AT - 60, words="hi", review="held", **values)], [])
    store.close()
    async with reviewing(tmp_path, plan) as (_, pilot):
        for keys in ("o", "m", "G", "e"):
            await pilot.press(keys)
            text = await shows(pilot, "answer")
            assert "new-arm" not in text
            assert "\x1b" not in text
            assert not rows_of_wrong_width(pilot.app)
        await pilot.press("escape")
        await walk(pilot, [("5", "saved: 5"), ("enter", "Nothing waits")])
    assert set(statuses(tmp_path)) == {"approved"}


async def test_release_and_home_say_what_waits_and_a_key_leads_there(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    plan = hold_plan()
    folder = write_release(workspace, plan)
    add_reviews(folder, plan, 3, arm="old", dealt="new")
    async with opened(workspace) as (_, pilot):
        await shows(pilot, "3 answers wait for a reviewer, the oldest 3 min")
        await walk(pilot, [("5", "every answer before it goes out; 3 waiting, the oldest 3 min")])
        await walk(pilot, [("r", "user: parcel 0"), ("1", "enter refuses"), ("enter", "parcel 1")])
        await walk(pilot, [("5", "enter gives"), ("enter", "parcel 2"), ("q", "reviewers gave")])
        text = await shows(pilot, "old 3.0 of 5 in 2")
        assert "1 waiting, the oldest 1 min" in text


async def test_keys_that_come_in_a_heap_are_obeyed_in_their_order(tmp_path: Path) -> None:
    plan = left(tmp_path, 1)
    async with reviewing(tmp_path, plan) as (session, pilot):
        await walk(pilot, [("e", "What should")])
        for key in ["backspace"] * 2 + list("abcd") + ["left", "left", "delete", "X"]:
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        pilot.app.post_message(events.Key("ctrl+s", None))
        await shows(pilot, "corrected")
        assert session.item is not None
        assert session.item.said.correction == "parcelabXd"


def test_a_folded_prompt_says_that_it_is_and_begins_with_the_newest_turn() -> None:
    turns = (Turn(role="system", text="rules\n" * 9), Turn(role="user", text="word " * 60))
    item = ReviewItem(id="i", at=0, held=True, prompt=turns, answer="", said=Said())
    lines, rows = prompt_lines(item, opened=False, width=50)
    assert lines[0].plain == "(o opens the prompt: about 17 rows, 1 turn before)"
    assert (lines[1].plain[:11], rows) == ("user: word ", 4)
    assert prompt_lines(item, opened=True, width=50)[1] == 17


async def test_a_disk_that_takes_nothing_is_told_and_nothing_is_called_saved(
    tmp_path: Path,
) -> None:
    plan = left(tmp_path, 2)
    blocker = sqlite3.connect(tmp_path / "trial" / "log.db", isolation_level=None)
    async with reviewing(tmp_path, plan) as (session, pilot):
        await walk(pilot, [("5", "saved: 5")])
        session._store._db.execute("PRAGMA busy_timeout = 1")
        blocker.execute("BEGIN IMMEDIATE")
        await walk(pilot, [("enter", "Not saved")])
        blocker.execute("ROLLBACK")
        assert statuses(tmp_path) == ["waiting", "waiting"]
        await walk(pilot, [("enter", "user: parcel 1")])
        assert statuses(tmp_path) == ["approved", "waiting"]
    blocker.close()
