"""Setting a run up from the keyboard: choosing, editing, being told, launching."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import JobError
from core.workspace import RunFolder, Workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import add_run, fill
from tui.screens.launch import LaunchScreen

LIST = [("3", "Training runs"), ("T", "the rows of")]
TO_FIELDS = [*LIST, ("j", "the rows of"), ("enter", "rows of tickets")]


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Catch what would be launched; the run that is opened is one that lies there."""
    recipes: list[Any] = []

    def start(workspace: Workspace, recipe: Any, **_: Any) -> RunFolder:
        recipes.append(recipe)
        return add_run(workspace, recipe.name, number=10 + len(recipes))

    monkeypatch.setattr("core.training.start.start_run", start)
    return recipes


async def test_a_run_is_set_up_and_launched(tmp_path: Path, launched: list[Any]) -> None:
    async with opened(fill(tmp_path / "w")) as (_app, pilot):
        await walk(pilot, [*TO_FIELDS, ("T", "goes on when you leave"), ("y", "step 120")])
    (recipe,) = launched
    assert (recipe.name, recipe.data.split, recipe.lora.rank) == ("tickets", "tickets", 8)


async def test_no_leaves_everything_as_it_is(tmp_path: Path, launched: list[Any]) -> None:
    async with opened(fill(tmp_path / "w")) as (_app, pilot):
        await walk(pilot, [*TO_FIELDS, ("T", "goes on when you leave"), ("n", "updates")])
    assert launched == []


async def test_the_same_run_at_three_rates(tmp_path: Path, launched: list[Any]) -> None:
    async with opened(fill(tmp_path / "w")) as (_app, pilot):
        await walk(
            pilot, [*TO_FIELDS, ("+", "launches also at"), ("T", "3 runs"), ("y", "step 120")]
        )
    assert [recipe.optim.lr for recipe in launched] == [2e-4, 6e-5, 6e-4]


async def test_a_value_is_judged_while_it_is_typed(tmp_path: Path, launched: list[Any]) -> None:
    async with opened(fill(tmp_path / "w")) as (app, pilot):
        await walk(pilot, TO_FIELDS)
        assert isinstance(app.screen, LaunchScreen)
        app.screen.query_one("#fields").point_at("lora.rank")  # type: ignore[attr-defined]
        await walk(pilot, [("e", "enter takes it")])
        await pilot.press("backspace", "0")
        await shows(pilot, "lora.rank is 0")
        await pilot.press("enter")
        await shows(pilot, "lora.rank is 0")
        await pilot.press("backspace", "T", "v", "+")
        await shows(pilot, "lora.rank is 'Tv+'")
        await pilot.press("backspace", "backspace", "backspace", "5")
        await walk(pilot, [("enter", "yours")])
        await walk(pilot, [("T", "goes on when you leave"), ("y", "step 120")])
    assert launched[0].lora.rank == 5


async def test_esc_while_typing_keeps_the_value_and_the_screen(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w")) as (app, pilot):
        await walk(pilot, TO_FIELDS)
        await walk(pilot, [("e", "enter takes it")])
        await pilot.press("x", "escape")
        await shows(pilot, lambda text: "enter takes it" not in text and "updates" in text)
        assert isinstance(app.screen, LaunchScreen)
        assert not app.screen.query_one("#edit").has_focus
        await walk(pilot, [("escape", "the rows of"), ("escape", "Training runs")])


async def test_the_exact_recipe_and_command_are_one_key_away(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        text = await shows_after(pilot, "v")
    assert "tuningfork train recipe.toml -w" in text
    assert 'split = "tickets"' in text


async def shows_after(pilot: Any, key: str) -> str:
    await walk(pilot, TO_FIELDS)
    await pilot.press(key)
    return await shows(pilot, "with this recipe")


async def test_a_launch_that_fails_is_told_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise JobError(what="No worker.", why="It is a test.", remedy="None.")

    monkeypatch.setattr("core.training.start.start_run", refuse)
    async with opened(fill(tmp_path / "w")) as (_app, pilot):
        await walk(pilot, [*TO_FIELDS, ("T", "goes on when you leave"), ("y", "No worker.")])
        await shows(pilot, "model.base")


async def test_a_broken_recipe_is_explained_on_its_screen(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "w")
    (workspace.root / "broken.toml").write_text('name = "a"\ncolour = 1\n[data]\nsplit = "x"\n')
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("T", "broken.toml"), ("j", "broken.toml"), ("j", "broken.toml")])
        await walk(pilot, [("enter", "colour is not a field")])
