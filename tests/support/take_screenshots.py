"""Takes README's pictures from the app itself, on the workspace that `make demo` leaves."""

import asyncio
import re
import sys
from pathlib import Path

from core.workspace import open_workspace
from tests.support.app_pilot import opened, walk

FOLDER = Path(__file__).parents[1] / "golden"
SIZE = (100, 30)
_FAR_FONT = re.compile(r",\s*url\([^)]*\) format\([^)]*\)")
"""A picture in a README fetches nothing; a font that is not there is replaced by the reader's."""
PICTURES = {
    "run": (("3", "Training runs"), ("enter", "smooth")),
    "score": (("4", "tuned against base"),),
}


async def take(workspace: Path) -> None:
    """Write one SVG a picture."""
    for name, steps in PICTURES.items():
        async with opened(open_workspace(workspace), size=SIZE) as (app, pilot):
            await walk(pilot, steps)
            svg = app.export_screenshot(title="tuningfork", simplify=True)
            (FOLDER / f"{name}.svg").write_text(_FAR_FONT.sub("", svg))


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
