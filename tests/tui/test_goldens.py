"""Every screen in its main states, as text that a reviewer reads; `make golden` rewrites."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core.workspace import Workspace, create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import FAILED, FINISHED, add_run, fill, held
from tests.support.screen_text import rows_of_wrong_width, screen_text

FOLDER = Path(__file__).parents[1] / "golden"
SMALL = (80, 24)
WIDE = ((120, 36), (200, 60))
Steps = list[tuple[str, str]]
"""Keys, and what each must bring."""


@contextmanager
def _empty(root: Path) -> Iterator[Workspace]:
    yield create_workspace(root, name="tickets")


@contextmanager
def _full(root: Path) -> Iterator[Workspace]:
    yield fill(root)


@contextmanager
def _running(root: Path) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    add_run(workspace, "first try", number=1, steps=200, end=FINISHED)
    with held(add_run(workspace, "second try", number=2)):
        yield workspace


@contextmanager
def _one(root: Path, state: str) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    end = {"failed": FAILED, "finished": FINISHED, "lost": None}[state]
    add_run(workspace, "first try", end=end)
    yield workspace


RUN = [("3", "Training runs"), ("enter", "step 120")]
LAUNCH = [("3", "Training runs"), ("T", "the rows of"), ("enter", "updates")]
STATES: dict[str, tuple[Callable[[Path], AbstractContextManager[Workspace]], Steps]] = {
    "home-empty": (_empty, [("0", "next")]),
    "decide-empty": (_empty, [("1", "No decision")]),
    "inspect-empty": (_empty, [("2", "No dataset")]),
    "train-empty": (_empty, [("3", "No run yet")]),
    "score-empty": (_empty, [("4", "No verdict")]),
    "release-empty": (_empty, [("5", "Nothing to release")]),
    "home-full": (_full, [("0", "finished")]),
    "decide-full": (_full, [("1", "Recommended")]),
    "inspect-full": (_full, [("2", "Not scanned")]),
    "train-full": (_full, [("3", "finished")]),
    "score-full": (_full, [("4", "CANNOT SAY")]),
    "release-full": (_full, [("5", "adapter on disk")]),
    "launch-from": (_full, [("3", "Training runs"), ("T", "the rows of")]),
    "launch": (_full, LAUNCH),
    "launch-edit": (_full, [*LAUNCH, ("e", "enter takes it")]),
    "launch-ask": (_full, [*LAUNCH, ("T", "goes on when you leave")]),
    "home-running": (_running, [("0", "second try")]),
    "run-running": (_running, RUN),
    "run-failed": (lambda root: _one(root, "failed"), RUN),
    "run-lost": (lambda root: _one(root, "lost"), RUN),
    "run-finished": (lambda root: _one(root, "finished"), RUN),
    "run-stop-asked": (_running, [*RUN, ("S", "Stops after")]),
    "item": (_full, [("4", "CANNOT SAY"), ("enter", "reference")]),
    "help": (_running, [*RUN, ("?", "Keys")]),
    "palette": (_running, [(":", "what do you want")]),
}


ALSO_WIDE = (
    "home-running",
    "decide-full",
    "inspect-full",
    "run-running",
    "run-failed",
    "item",
    "launch",
)
CASES = [
    *((name, SMALL) for name in STATES),
    *((name, size) for name in ALSO_WIDE for size in WIDE),
]


@pytest.mark.parametrize(
    ("name", "size"), CASES, ids=[f"{name}-{size[0]}x{size[1]}" for name, size in CASES]
)
async def test_the_screen_is_as_it_was_when_it_was_last_looked_at(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    make, steps = STATES[name]
    golden = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"
    with make(tmp_path / "w") as workspace:
        async with opened(workspace, size=size) as (app, pilot):
            await walk(pilot, steps)
            if os.environ.get("GOLDEN") == "write":
                golden.write_text(await _at_rest(pilot))
            assert golden.exists(), "`make golden` writes it"
            with suppress(AssertionError):
                await shows(pilot, golden.read_text().__eq__, deadline=10)
            assert screen_text(app) == golden.read_text()
            assert rows_of_wrong_width(app) == []


async def _at_rest(pilot: Pilot[None]) -> str:
    """Return the screen once nothing has moved for longer than any timer of ours."""
    before, quiet = "", 0
    while quiet < 25:
        await pilot.pause(0.1)
        text = screen_text(pilot.app)
        quiet = quiet + 1 if text == before else 0
        before = text
    return before
