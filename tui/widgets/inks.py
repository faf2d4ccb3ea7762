"""What a span of text can mean, and how the theme says that looks."""

from collections.abc import Mapping
from typing import TypeVar

from rich.console import Console
from rich.style import Style
from rich.theme import Theme
from textual.color import Color
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

_LOOKS: dict[str, tuple[str, Style]] = {
    "title": ("text-primary", Style(bold=True)),
    "strong": ("", Style(bold=True)),
    "good": ("text-success", Style()),
    "warn": ("text-warning", Style()),
    "bad": ("text-error", Style(bold=True)),
    "accent": ("text-accent", Style()),
    "key": ("text-accent", Style(bold=True)),
    "cursor": ("", Style(bold=True, reverse=True)),
    "faint_cursor": ("", Style(bold=True)),
    "here": ("", Style(bold=True, reverse=True)),
    "ema": ("text-primary", Style(bold=True)),
    "eval": ("text-warning", Style(bold=True)),
}
"""Theme variable, empty for the foreground, and what else sets the ink apart without a colour."""
_MUTED = ("muted", "loss")
_MUTED_SHARE = 0.65
"""How much of the foreground is left over the background."""
Result = TypeVar("Result")


def inks_of(variables: Mapping[str, str]) -> dict[str, Style]:
    """Return every ink in a theme."""
    styles = {
        ink: base + Style(color=Color.parse(variables[name]).rich_color) if name else base
        for ink, (name, base) in _LOOKS.items()
    }
    foreground = Color.parse(variables["foreground"])
    if foreground.ansi is not None:
        muted = Style(dim=True)
    else:
        background = Color.parse(variables["background"])
        muted = Style(color=background.blend(foreground, _MUTED_SHARE).rich_color)
    return styles | dict.fromkeys(_MUTED, muted)


class InkScreen(Screen[Result]):
    """Resolves ink names for every widget on it.

    Component classes would do the same, but Textual matches each of them for each widget against
    the whole style sheet at every screen change: that took longer than everything else together.
    """

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """The widgets that lose and get the focus repaint themselves; Textual would send all rows."""
    _inks: Console | None = None
    _inks_of: Mapping[str, str] | None = None
    """The theme that the inks belong to; Textual makes a new mapping with every theme."""

    @property
    def inks(self) -> Console:
        """Return what resolves ink names to styles and wraps text, the same while the theme is."""
        if self._inks is None or self._inks_of is not self.app.theme_variables:
            self._inks_of = self.app.theme_variables
            theme = Theme(inks_of(self._inks_of), inherit=False)
            self._inks = Console(theme=theme, color_system="truecolor", legacy_windows=False)
        return self._inks
