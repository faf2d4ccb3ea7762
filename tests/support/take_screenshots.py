"""Takes README's pictures from the app itself, on the workspace that `make demo` leaves."""

import re
import sys
from pathlib import Path

from core.workspace import open_workspace
from tui.screenshot import take

FOLDER = Path(__file__).parents[1] / "golden"
SIZE = (100, 30)
PICTURES = {"run": ("3", "enter"), "score": ("4",)}
_FAR_FONT = re.compile(r",\s*url\([^)]*\) format\([^)]*\)")
"""A picture in a README fetches nothing; a font that is not there is replaced by the reader's."""

if __name__ == "__main__":
    for name, keys in PICTURES.items():
        path = FOLDER / f"{name}.svg"
        take(open_workspace(Path(sys.argv[1])), path, keys=keys, size=SIZE)
        path.write_text(_FAR_FONT.sub("", path.read_text()))
