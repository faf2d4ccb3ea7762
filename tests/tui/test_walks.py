"""Random keys on every kind of workspace: no exception, no row of a wrong width, no lost focus."""

import os
import random
import unicodedata

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.errors import JobError
from core.workspace import Workspace
from tests.support.app_pilot import opened
from tests.support.filled_workspace import add_run, fill, held
from tests.support.hostile import HOSTILE
from tests.support.screen_text import rows_of_wrong_width, screen_rows
from tui.keymap import event_name, every_key

ALL = sorted({event_name(name) for key in every_key() for name in key.keys} - {"q"})
SHOWN = [word for word in HOSTILE if word.strip()]
SIZES = ((80, 24), (50, 12), (120, 36), (200, 60), (20, 4))
WALKS = int(os.environ.get("WALKS", "40"))


def check(app: object) -> None:
    rows = screen_rows(app)  # type: ignore[arg-type]
    assert rows_of_wrong_width(app) == []  # type: ignore[arg-type]
    kinds = {unicodedata.category(character) for row in rows for character in row}
    assert not kinds & {"Cc", "Cf", "Cs"}


@pytest.fixture(autouse=True)
def nothing_is_launched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk can reach the launch of a training, which would outlive the test."""

    def refuse(*_: object, **__: object) -> None:
        raise JobError(what="No launch here.", why="This is a test.", remedy="Walk on.")

    monkeypatch.setattr("core.training.start.launch", refuse)
    monkeypatch.setattr("core.scoring.start.launch", refuse)


async def walk(workspace: Workspace, size: tuple[int, int], keys: list[str]) -> None:
    async with opened(workspace, size=size) as (app, pilot):
        for number, key in enumerate(keys):
            app.simulate_key(key)
            await pilot.pause()
            if not app.is_running:  # the palette can close the viewer; a fault leaves another code
                assert app.return_code == 0
                return
            if number % 10 == 0:
                check(app)
        check(app)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = fill(tmp_path_factory.mktemp("walks") / "w", SHOWN, name="[/foo]\x1b]52;c;aGk=\x07")
    add_run(made, "\x1b[2Jlive", number=3, words=SHOWN)
    return made


@pytest.mark.parametrize("seed", range(3))
async def test_three_hundred_keys_find_nothing(workspace: Workspace, seed: int) -> None:
    """Every key is pressed once, and most of them often."""
    chance = random.Random(seed)
    keys = ALL + chance.choices(ALL, k=300 - len(ALL))
    chance.shuffle(keys)
    with held(workspace.run("20260302-140003-run-0003")):
        await walk(workspace, SIZES[seed], keys)


@pytest.mark.parametrize("seed", range(2))
async def test_random_keys_among_the_questions_find_nothing(
    workspace: Workspace, seed: int
) -> None:
    import random

    own = [*"1wonpreseijkabcdefg0579,XxE", "enter", "space", "escape", "backspace", "tab"]
    await walk(workspace, SIZES[seed], ["1", "w", *random.Random(seed).choices(own, k=200)])


@pytest.mark.slow
@settings(
    max_examples=WALKS,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from(SIZES), st.lists(st.sampled_from(ALL), min_size=100, max_size=500))
def test_many_walks_find_nothing(
    tmp_path_factory: pytest.TempPathFactory, size: tuple[int, int], keys: list[str]
) -> None:
    import asyncio

    root = tmp_path_factory.getbasetemp() / "many"
    made = fill(root, SHOWN) if not root.exists() else Workspace(root=root, name="many")
    asyncio.run(walk(made, size, keys))


@pytest.mark.parametrize("size", SIZES[:4], ids=str)
@pytest.mark.parametrize("stage", list("012345"))
async def test_hostile_words_keep_every_row_as_wide_as_the_screen(
    workspace: Workspace, size: tuple[int, int], stage: str
) -> None:
    async with opened(workspace, size=size) as (app, pilot):
        await pilot.press(stage)
        for key in ("tab", "enter", "v", "G", "escape", "?"):
            await pilot.pause(0.06)
            check(app)
            await pilot.press(key)
        await pilot.pause(0.06)
        check(app)
