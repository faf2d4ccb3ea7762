"""An app on a workspace under a test's control: fixed clock, no waiting but for conditions."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from textual.pilot import Pilot

from core.machine import Machine
from core.workspace import Workspace
from tests.support.filled_workspace import NOW
from tests.support.screen_text import screen_text
from tui.app import Settings, TuningforkApp
from tui.glyphs import Level
from tui.widgets.bars import StatusBar

DEADLINE_S = 120.0
"""Generous, because what is waited for comes within one second on an idle machine."""
MACHINE = Machine(
    host="testhost",
    system="Linux x86_64",
    python="3.11",
    cores=2,
    memory_total=16 << 30,
    memory_available=12 << 30,
    disk_free=50 << 30,
    gpus=(),
    gpu_note="No NVIDIA driver answered (test).",
)
"""What a screen is told of the machine."""


@asynccontextmanager
async def opened(
    workspace: Workspace,
    *,
    size: tuple[int, int] = (80, 24),
    level: Level = "braille",
    no_color: bool = False,
) -> AsyncIterator[tuple[TuningforkApp, Pilot[None]]]:
    """Yield the app with its home screen filled; a message stays as long as it is waited for."""
    settings = Settings(
        clock=lambda: NOW,
        look_every=0.05,
        level=level,
        no_color=no_color,
        environment=dict(os.environ),
    )
    app = TuningforkApp(workspace, settings)
    with (
        patch("core.machine.read_machine", lambda _: MACHINE),
        patch.object(StatusBar, "MOMENT_S", DEADLINE_S),
    ):
        async with app.run_test(size=size) as pilot:
            if size[1] >= 12:
                await shows(pilot, "Next")
            yield app, pilot


async def shows(
    pilot: Pilot[Any], wanted: str | Callable[[str], bool], *, deadline: float = DEADLINE_S
) -> str:
    """Wait until the screen shows something, and return the screen."""
    there = wanted if callable(wanted) else lambda text: wanted in text
    end = asyncio.get_running_loop().time() + deadline
    while True:
        await pilot.pause()
        text = screen_text(pilot.app)
        if there(text):
            return text
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"never showed {wanted!r}:\n{text}")
        await asyncio.sleep(0.01)


async def walk(pilot: Pilot[Any], steps: Sequence[tuple[str, str]]) -> None:
    """Press each key and wait for what it must bring."""
    for key, brings in steps:
        await pilot.press(key)
        await shows(pilot, brings)
