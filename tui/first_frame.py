"""What stands on the screen while the app's own libraries are loaded: its top row, at once."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from tui.top_row import top_row

_FEWEST_COLUMNS = 20
_OPEN = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J"
_CLOSE = "\x1b[?25h\x1b[?1049l"


@contextmanager
def first_frame(workspace: str) -> Iterator[None]:
    """Paint the first frame of the home screen; give the terminal back when loading fails.

    Textual enters the same alternate screen and paints over it, so nothing has to be undone.
    """
    terminal = sys.__stderr__
    painted = terminal is not None and _paint(terminal, workspace)
    try:
        yield
    except BaseException:
        if painted and terminal is not None:
            _write(terminal, _CLOSE)
        raise


def _paint(terminal: TextIO, workspace: str) -> bool:
    """Show the top row; return whether this terminal could."""
    try:
        columns = os.get_terminal_size(terminal.fileno()).columns
    except (OSError, ValueError):
        return False
    if columns < _FEWEST_COLUMNS:
        return False
    _write(terminal, _OPEN + top_row(workspace, "home", columns).plain)
    return True


def _write(terminal: TextIO, text: str) -> None:
    """Send text as far as this terminal's encoding has it."""
    encoding = terminal.encoding or "ascii"
    with suppress(OSError):
        os.write(terminal.fileno(), text.encode(encoding, "replace"))
