"""Takes pictures of the real app for the README; nothing is drawn by hand."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from core.workspace import Workspace
from tui.app import Settings, TuningforkApp

_LOOK_S = 0.1
_SETTLED_LOOKS = 15


def take(
    workspace: Workspace, path: Path, *, keys: Sequence[str] = (), size: tuple[int, int] = (110, 32)
) -> None:
    """Open the app on a workspace, press keys, and save what is on the screen as SVG."""
    path.write_text(asyncio.run(_drawn(workspace, keys, size)))


async def _drawn(workspace: Workspace, keys: Sequence[str], size: tuple[int, int]) -> str:
    """Return the screen as SVG once it is at rest."""
    app = TuningforkApp(workspace, Settings())
    async with app.run_test(size=size) as pilot:
        for key in ("", *keys):
            if key:
                await pilot.press(key)
            for _ in range(_SETTLED_LOOKS):
                await asyncio.sleep(_LOOK_S)
                await pilot.pause()
        return app.export_screenshot(title="tuningfork")
