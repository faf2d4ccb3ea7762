"""What a person sees, as text; the one place in the tests that reads Textual's compositor."""

from typing import Any

from rich.cells import cell_len
from textual.app import App


def screen_rows(app: App[Any]) -> list[str]:
    """Return every row of the screen, with all that is on top of it."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


def screen_text(app: App[Any]) -> str:
    """Return the screen as text, without the blanks at the ends of rows."""
    return "\n".join(row.rstrip() for row in screen_rows(app)) + "\n"


def rows_of_wrong_width(app: App[Any]) -> list[str]:
    """Return the rows that are not exactly as wide as the screen."""
    return [row for row in screen_rows(app) if cell_len(row) != app.size.width]
