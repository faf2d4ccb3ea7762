"""The tokens on the screen are those on the disk, and a reading can be left at any moment."""

import os
import sys
import time
from pathlib import Path

import pytest

from core.training import mask_reading
from core.training.mask_view import Microscope, TokenView
from core.training.token_cache import cache_folder, open_cache
from core.training.token_key import row_hashes
from core.workspace import Workspace, create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.fake_tokens import NOTES, add_notes
from tests.support.hostile import HOSTILE
from tests.support.screen_text import rows_of_wrong_width
from tui.widgets.token_page import TokenPage

OPEN = [("3", "No run yet"), ("t", "notes.toml"), ("enter", "row 1")]
WAITS = """
import os, sys, time
open(sys.argv[1] + "/child.pid", "w").write(str(os.getpid()))
print('{"phase": "reading tokens", "done": 3, "total": 10}', flush=True)
time.sleep(600)
"""
FAILS = """
print('{"error": {"error": "RecipeError", "what": "No such [model].", "why": "b", "remedy": "c"}}')
"""
CRASHES = "raise RuntimeError('the [/]reason')"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = create_workspace(tmp_path / "w", name="w")
    add_notes(made)
    return made


def without_tokens(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    for folder in workspace.token_cache.iterdir():
        folder.rename(folder.with_name("away-" + folder.name))
    monkeypatch.setattr(mask_reading, "COMMAND", (sys.executable, "-c", code))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"


async def test_rows_are_reached_by_key_number_and_finding(workspace: Workspace) -> None:
    async with opened(workspace) as (app, pilot):
        await walk(pilot, [*OPEN, ("n", "Train row 2"), ("p", "Train row 1")])
        await walk(pilot, [("p", "Train row 1"), ("o", "Validation row 1"), ("o", "Train row 1")])
        await walk(pilot, [("f", "Train row 3"), ("f", "Train row 4"), ("f", "Train row 3")])
        await walk(pilot, [("#", "number of the row"), ("5", "5"), ("enter", "Train row 5")])
        await walk(pilot, [("#", "number of the row"), ("9", "9"), ("enter", "no train row 9")])
        await walk(pilot, [("v", "tuningfork masks notes.toml --row 5"), ("escape", "Train row 5")])
        await pilot.press("y")
        assert app.clipboard == "<user>Danke schön 🙂<end><assistant>Gern geschehen 漢字<end>"


async def test_every_kind_of_token_has_a_glyph_of_its_own_even_in_ascii(
    workspace: Workspace,
) -> None:
    async with opened(workspace, level="ascii", no_color=True) as (_app, pilot):
        await walk(pilot, OPEN)
        text = await shows(pilot, ".@<user>.Where. is")
        assert '*{*"*topic' in text
        await walk(pilot, [("#", "number of the row"), ("5", "5"), ("enter", "Train row 5")])
        assert "@<end>ooo" in await shows(pilot, "ooo")
        text = await shows(pilot, "x cut") and await _after(pilot, "f", "Train row 3")
        assert "* sorry* tox hearx that" in text


async def _after(pilot: object, key: str, brings: str) -> str:
    await walk(pilot, [(key, brings)])  # type: ignore[arg-type]
    return await shows(pilot, brings)  # type: ignore[arg-type]


async def test_tokens_made_before_need_no_child(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mask_reading, "COMMAND", ("/nowhere/python",))
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, OPEN)


async def test_leaving_ends_the_reading(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_tokens(workspace, monkeypatch, WAITS)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*OPEN[:2], ("enter", "reading tokens 3/10")])
        pid = int((workspace.root / "child.pid").read_text())
        assert is_alive(pid)
        await walk(pilot, [("n", "3/10"), ("m", "3/10"), ("escape", "Whose tokens")])
        deadline = time.monotonic() + 30
        while is_alive(pid):
            assert time.monotonic() < deadline
            await pilot.pause(0.02)


@pytest.mark.parametrize(
    ("code", "words"), [(FAILS, "No such [model]."), (CRASHES, "RuntimeError: the [/]reason")]
)
async def test_a_reading_that_fails_says_why(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    without_tokens(workspace, monkeypatch, code)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*OPEN[:2], ("enter", words), ("n", words), ("escape", "Whose tokens")])


async def test_a_row_of_many_tokens_is_drawn_line_by_line(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tuple(TokenView(n, n, "masked", False, f" word{n}") for n in range(50_000))
    drawn: list[int] = []
    line = TokenPage._line
    monkeypatch.setattr(
        TokenPage, "_line", lambda page, a, b: drawn.append(b - a) or line(page, a, b)
    )
    async with opened(workspace) as (app, pilot):
        await walk(pilot, OPEN)
        page = app.screen.query_one(TokenPage)
        drawn.clear()
        page.show(many, raw=False)
        await walk(pilot, [("G", "word49999")])
        assert len(drawn) <= 4 * page.size.height
        page.show(many, raw=True)
        await shows(pilot, "more below")
        await walk(pilot, [("g", "0 · masked")])


@pytest.mark.parametrize("size", [(80, 24), (50, 12), (20, 4), (200, 60)], ids=str)
async def test_hostile_words_are_shown_and_never_obeyed(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    workspace = create_workspace(tmp_path / "w", name="w")
    add_notes(workspace, [word for word in HOSTILE if word.strip()])
    async with opened(workspace, size=size) as (app, pilot):
        for key in ("3", "t"):
            await pilot.press(key)
            await pilot.pause(0.1)
        for key in ("enter", *"nnnn" * 10, "m", "G", *"pp", "v"):
            app.simulate_key(key)
            await pilot.pause(0.01)
            assert rows_of_wrong_width(app) == []


def test_padding_is_that_of_the_first_epoch(workspace: Workspace) -> None:
    from core.training.recipe import read_recipe

    recipe = read_recipe(workspace.root / "notes.toml")
    cache = open_cache(cache_folder(workspace, recipe, row_hashes(workspace, NOTES)))
    assert cache is not None
    scope = Microscope(cache, recipe)
    views = [scope.view(place) for place in range(len(scope.entries))]
    kept = [view for view in views if view.entry.fate == "kept" and view.entry.part == "train"]
    # Short rows are padded to row 1; the long one is computed by itself.
    assert [view.entry.kept + view.padded for view in kept] == [33, 33, 80, 33]
    assert all(view.tokens[-1].kind == "padded" for view in kept if view.padded)
    assert [view.entry.row for view in views if view.entry.problem] == [4]
