"""The keys that work on a screen, from the table."""

from rich.text import Text

from tui.keymap import PLACES, Where, keys_of, shown
from tui.widgets.page import Hanging, Line

_COLUMN = 18


def help_lines(places: tuple[Where, ...]) -> list[Line]:
    """Return what each key of these places and of everywhere does."""
    return [line for place in (*places, "everywhere") for line in place_lines(place)]


def place_lines(place: Where) -> list[Line]:
    """Return what each key of one place does."""
    lines: list[Line] = [Text(PLACES[place], style="strong")]
    for key in keys_of(place):
        names = " ".join(shown(name) for name in key.keys)
        text = Text.assemble("  ", (f"{names:<{_COLUMN - 2}}", "key"), key.help)
        lines.append(Hanging(text, _COLUMN))
    return [*lines, Text("")]
