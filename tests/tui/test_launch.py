"""Setting a run up from the keyboard: choosing, editing, being told, launching."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import JobError
from core.jobs import asked_child
from core.training import mask_reading
from core.workspace import RunFolder, Workspace
from tests.support.app_pilot import MACHINE, opened, shows, walk
from tests.support.filled_workspace import add_run, fill
from tests.support.path_job import chat
from tui.screens.launch import LaunchScreen

LIST = [("3", "Training runs"), ("T", "the rows of")]
TO_FIELDS = [*LIST, ("j", "the rows of"), ("enter", "up to 25 updates")]


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Catch what would be launched; the run that is opened is one that lies there."""
    recipes: list[Any] = []

    def start(workspace: Workspace, recipe: Any, *_: Any, **__: Any) -> RunFolder:
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
        await shows(pilot, "up to 25 updates")


async def test_a_broken_recipe_is_explained_on_its_screen(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "w")
    (workspace.root / "broken.toml").write_text('name = "a"\ncolour = 1\n[data]\nsplit = "x"\n')
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("T", "broken.toml"), ("j", "broken.toml"), ("j", "broken.toml")])
        await walk(pilot, [("enter", "colour is not a field")])


NOTES_FIELDS = [*LIST, ("enter", "1 row trains nothing")]
ENDLESS = """
import time
print('{"phase": "reading tokens", "done": 3, "total": 10}', flush=True)
time.sleep(600)
"""


async def change(pilot: Any, field: str, value: str) -> None:
    pilot.app.screen.query_one("#fields").point_at(field)
    await walk(pilot, [("e", "enter takes it")])
    pilot.app.screen.query_one("#edit").value = value
    await pilot.press("enter")


async def test_what_it_takes_is_said_before_anybody_launches_and_follows_changes(
    tmp_path: Path,
) -> None:
    async with opened(fill(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        await walk(pilot, TO_FIELDS)
        text = await shows(pilot, "every row trains something")
        assert "25 updates of about 76 tokens" in text
        assert "of 12.0 GB free on cpu" in text
        assert "158K of 3.61M weights move" in text
        assert "disk 7.2 MB of 50.0 GB free" in text
        await change(pilot, "batch.update_rows", "2")
        await shows(pilot, "45 updates of about 42 tokens")
        await change(pilot, "lora.rank", "16")
        await shows(pilot, "315K of 3.61M weights move")


async def test_a_set_that_is_mixed_in_is_counted_before_anybody_launches(
    tmp_path: Path, launched: list[Any]
) -> None:
    workspace = fill(tmp_path / "w")
    lines = [chat(f"an old question {n}", f"its answer {n}") for n in range(100)]
    (workspace.root / "old.jsonl").write_text("\n".join(lines))
    async with opened(workspace, size=(120, 40)) as (_app, pilot):
        await walk(pilot, TO_FIELDS)
        await change(pilot, "data.mix", "old.jsonl=0.5")
        await shows(pilot, "old.jsonl: ")
        text = await shows(pilot, "of 100 rows, 50.0% of all")
        assert "mixed" in text


async def test_a_training_that_cannot_fit_is_refused_with_the_smallest_change(
    tmp_path: Path, launched: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = fill(tmp_path / "w")
    monkeypatch.setattr(
        "tests.support.app_pilot.MACHINE", replace(MACHINE, memory_available=560 << 20)
    )
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, TO_FIELDS)
        text = await shows(pilot, "This training needs about")
        assert "of 560.0 MB free on cpu" in text
        assert "Choose a smaller base model." in text
        await walk(pilot, [("T", "▲ Not launched")])
        assert "goes on when you leave" not in text
    assert launched == []


async def test_rows_that_cannot_be_trained_stop_the_launch_by_number(
    tmp_path: Path, launched: list[Any]
) -> None:
    async with opened(fill(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*NOTES_FIELDS, ("a", "train rows 4")])
        text = await shows(pilot, "no answer carries loss")
        assert "data.drop_rows = [4, ...]" in text
        await walk(pilot, [("escape", "1 row trains nothing"), ("T", "▲ Not launched")])
    assert launched == []


async def test_the_rows_can_be_seen_token_by_token(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*TO_FIELDS, ("t", "Train row 1"), ("escape", "New run on the rows")])


async def test_tokens_are_counted_in_a_child_that_ends_with_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = fill(tmp_path / "w")
    for left in workspace.token_cache.iterdir():
        left.rename(left.with_name("elsewhere-" + left.name))
    monkeypatch.setattr(mask_reading, "COMMAND", (sys.executable, "-c", ENDLESS))
    children: list[Any] = []
    began = asked_child.subprocess.Popen

    def popen(*args: Any, **kwargs: Any) -> Any:
        children.append(began(*args, **kwargs))
        return children[-1]

    monkeypatch.setattr(asked_child.subprocess, "Popen", popen)
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, TO_FIELDS)
        text = await shows(pilot, "reading tokens 3/10")
        assert "at most" in text, "until they are counted, bytes bound the tokens"
        await walk(pilot, [("escape", "the rows of")])
        await shows(pilot, lambda _: children[0].poll() is not None)


async def test_a_model_that_is_not_there_takes_back_what_was_said_and_is_not_launched(
    tmp_path: Path, launched: list[Any]
) -> None:
    async with opened(fill(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*TO_FIELDS])
        await change(pilot, "model.base", "/nowhere")
        await shows(pilot, lambda text: "holds no model" in text and "weights move" not in text)
        await walk(pilot, [("T", "▲ Not launched")])
        await change(pilot, "model.base", "embedded")
        await shows(
            pilot, lambda text: "every row trains something" in text and "holds no" not in text
        )
        await walk(pilot, [("T", "goes on when you leave")])
    assert launched == []
