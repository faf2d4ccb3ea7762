import pkgutil
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from core.workspace import create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import add_run, fill, held, with_table
from tui import keymap, keys
from tui.keymap import PLACES, Where, every_key
from tui.screens.stage import StageScreen

SCREENS = {
    "home": [],
    "decide": [("1", "Recommended")],
    "wizard": [("1", "Recommended"), ("w", "Question 1")],
    "result": [("1", "Recommended"), ("w", "Question 1"), ("r", "Not saved")],
    "costs": [
        ("1", "Recommended"),
        ("w", "Question 1"),
        ("r", "Not saved"),
        ("c", "Hosted against"),
    ],
    "decisions": [("1", "Recommended"), ("o", "1 decision.")],
    "measure": [("1", "Recommended"), ("m", "Try prompting now")],
    "inspect": [("2", "Not scanned")],
    "rows": [("2", "Not scanned"), ("b", "rows; enter opens one")],
    "row": [("2", "Not scanned"), ("enter", "row 25")],
    "train": [("3", "Training runs")],
    "run": [("3", "Training runs"), ("enter", "step 60")],
    "score": [("4", "CANNOT SAY")],
    "lock-study": [("4", "CANNOT SAY"), ("L", "hours for each")],
    "study": [
        ("4", "CANNOT SAY"),
        ("L", "hours for each"),
        ("L", "Nobody can change"),
        ("y", "Nobody has begun"),
    ],
    "item": [("4", "CANNOT SAY"), ("enter", "reference")],
    "release": [("5", "rolls back")],
    "token-sources": [("3", "finished"), ("t", "Whose tokens")],
    "tokens": [("3", "finished"), ("t", "notes.toml"), ("enter", "row 1")],
    "roles": [("2", "No known shape"), ("m", "each column")],
    "help": [("?", "Keys")],
    "launch": [("3", "Training runs"), ("T", "the rows of"), ("enter", "updates")],
}


def test_every_key_is_named_explained_and_placed() -> None:
    for key in every_key():
        assert key.label, key.id
        assert key.help.endswith("."), key.id
        assert key.where in PLACES, key.id
    assert max(Counter(key.id for key in every_key()).values()) == 1
    assert set(PLACES) == set(get_args(Where))


def test_every_row_that_is_written_stands_in_the_table() -> None:
    found = [f"tui.keys.{module.name}" for module in pkgutil.iter_modules(keys.__path__)]
    written = [key for name in found for key in import_module(name).KEYS]
    assert found
    assert set(written) == {key for key in every_key() if key.where != "everywhere"}


def test_no_key_means_two_things_in_one_place() -> None:
    for place in PLACES:
        names = [name for key in keymap.keys_of(place) for name in key.keys]
        assert len(names) == len(set(names)), place
    always = {name for key in keymap.keys_of("everywhere") for name in key.keys}
    for key in every_key():
        if key.where not in {"everywhere", "question", "rating", "review"}:
            assert not always & set(key.keys), key.id


def test_only_capitals_touch_a_job() -> None:
    touching = {key.id for key in every_key()} & {"stop", "checkpoint", "pause", "resume"}
    assert touching == {"stop", "checkpoint", "pause", "resume"}
    for key in every_key():
        if key.id in touching:
            assert all(name.isupper() for name in key.keys)


def test_no_key_is_one_that_terminals_swallow() -> None:
    bad = {"ctrl+i", "ctrl+m", "ctrl+h", "ctrl+b", "ctrl+a", "ctrl+enter"}
    assert not bad & {name for key in every_key() for name in key.keys}


def test_the_readme_table_has_every_key() -> None:
    table = keymap.markdown()
    for key in every_key():
        assert key.help in table
        for name in key.keys:
            assert f"`{keymap.shown(name)}`" in table


@pytest.mark.parametrize("name", SCREENS)
async def test_every_key_of_the_footer_is_bound_on_its_screen(name: str, tmp_path: Path) -> None:
    workspace = with_table(tmp_path / "w") if name == "roles" else fill(tmp_path / "w")
    async with opened(workspace, size=(200, 24)) as (app, pilot):
        await walk(pilot, SCREENS[name])
        screen = app.screen
        assert isinstance(screen, StageScreen)
        bound = {active.binding.action for active in screen.active_bindings.values()}
        for focusable in screen.focus_chain:
            screen.set_focus(focusable)
            bound |= {active.binding.action for active in screen.active_bindings.values()}
        missing = [key.id for key in screen.keys_now() if key.action not in bound]
        assert missing == []


async def test_a_text_field_keeps_printable_keys(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w")) as (app, pilot):
        await walk(pilot, [(":", "what do you want")])
        await pilot.press(*"q1vy")
        await shows(pilot, "q1vy")
        assert app.is_running
        await walk(pilot, [("escape", "Next")])


async def test_the_palette_does_what_it_offers(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w")) as (app, pilot):
        await walk(pilot, [("ctrl+p", "what do you want")])
        await pilot.press(*"inspect")
        await walk(pilot, [("enter", "Not scanned")])
        await walk(pilot, [(":", "what do you want")])
        await pilot.press(*"colours light")
        await pilot.press("enter")
        await shows(pilot, "Not scanned")
        assert app.theme == "textual-light"


async def test_the_palette_offers_a_job_only_what_it_can_do(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    with held(add_run(workspace, "live")):
        async with opened(workspace) as (_app, pilot):
            await walk(pilot, [("3", "Training runs"), ("enter", "step 120"), (":", "worker to")])
            await pilot.press(*"worker")
            text = await shows(pilot, "Ask the worker to stop")
            assert "Start a new worker" not in text


async def test_stopping_asks_first_and_the_safe_side_is_enter(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    folder = add_run(workspace, "live")
    with held(folder):
        async with opened(workspace) as (_app, pilot):
            await walk(pilot, [("3", "Training runs"), ("enter", "step 120"), ("S", "Stops after")])
            await walk(pilot, [("enter", "step 120")])
            assert not folder.control.exists()
            await walk(pilot, [("S", "Stops after"), ("y", "Asked the worker to stop")])
            assert len(list(folder.control.iterdir())) == 1


async def test_a_job_that_is_over_cannot_be_stopped(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w")) as (_app, pilot):
        steps = [("3", "Training runs"), ("enter", "step 60"), ("S", "Nothing to do")]
        await walk(pilot, steps)


async def test_the_cursor_reads_exact_values_and_lets_go(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w")) as (_app, pilot):
        await walk(pilot, [("3", "Training runs"), ("enter", "step 60/200")])
        await walk(pilot, [("left", "step 58/200"), ("left", "step 57"), ("G", "step 60/200")])
        await walk(pilot, [("s", "Smoothing"), ("]", "against the base"), ("o", "5 ┤")])


async def test_comparing_samples_shows_them_first(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w")) as (_app, pilot):
        await walk(pilot, [("3", "Training runs"), ("enter", "step 60/200")])
        await walk(pilot, [("d", "against the base model"), ("d", "Samples against the look")])


async def test_keys_that_a_slow_line_brings_as_one_count_as_two(tmp_path: Path) -> None:
    """A terminal sends alt and a letter as `esc` and the letter: nothing tells them apart."""
    async with opened(fill(tmp_path / "w")) as (_app, pilot):
        await walk(pilot, [("3", "Training runs"), ("enter", "step 60/200"), ("left", "step 58/")])
        await walk(pilot, [("?", "Keys"), ("alt+shift+g", "step 60/200")])
        await walk(pilot, [("?", "Keys"), ("alt+s", "Smoothing")])


async def test_leaving_goes_back_one_step_at_a_time(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w")) as (app, pilot):
        await walk(pilot, [("3", "Training runs"), ("enter", "step 60"), ("?", "Keys")])
        await walk(pilot, [("escape", "step 60"), ("escape", "Training runs"), ("escape", "Next")])
        await pilot.press("q")
        await pilot.pause()
        assert app.return_code == 0


async def test_the_exact_command_and_the_value_are_one_key_away(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w"), size=(120, 40)) as (app, pilot):
        await walk(pilot, [("3", "Training runs"), ("enter", "step 60"), ("v", "tuningfork watch")])
        await walk(pilot, [("escape", "step 60"), ("y", "Copied: 20260302")])
        assert app.clipboard.startswith("20260302")
        await walk(pilot, [("H", "Messages"), ("escape", "step 60")])
