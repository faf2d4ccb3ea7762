"""The keys that work on a screen, from the table."""

from rich.text import Text

from tui.keymap import PLACES, Where, keys_of, shown
from tui.widgets.page import Hanging, Line

_COLUMN = 18


def help_lines(places: tuple[Where, ...]) -> list[Line]:
    """Return what each key of these places and of everywhere does."""
    lines: list[Line] = []
    for place in (*places, "everywhere"):
        lines += [Text(PLACES[place], style="strong")]
        for key in keys_of(place):
            names = " ".join(shown(name) for name in key.keys)
            text = Text.assemble("  ", (f"{names:<{_COLUMN - 2}}", "key"), key.help)
            lines.append(Hanging(text, _COLUMN))
        lines.append(Text(""))
    return lines
