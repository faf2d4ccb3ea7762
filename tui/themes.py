"""Which looks can be chosen; all but two are Textual's own, those two are the terminal's."""

from typing import NamedTuple


class Look(NamedTuple):
    """One entry of the palette."""

    theme: str
    """Textual's name."""
    label: str


LOOKS = (
    Look("textual-dark", "dark"),
    Look("textual-light", "light"),
    Look("ansi-dark", "the terminal's own colours, on dark"),
    Look("ansi-light", "the terminal's own colours, on light"),
    Look("nord", "nord"),
    Look("gruvbox", "gruvbox"),
    Look("catppuccin-mocha", "catppuccin mocha"),
    Look("catppuccin-latte", "catppuccin latte"),
    Look("solarized-light", "solarized light"),
    Look("tokyo-night", "tokyo night"),
)
DEFAULT = "textual-dark"
WITHOUT_COLOUR = "ansi-dark"
"""With NO_COLOR: no colour codes at all, only bold, dim and reverse."""


def chosen(name: str | None, *, no_color: bool) -> str:
    """Return the theme to start with; a name nobody knows is the default."""
    if no_color:
        return WITHOUT_COLOUR
    return name if name in {look.theme for look in LOOKS} else DEFAULT
