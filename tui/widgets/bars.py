"""The three single rows around every screen: where one is, how it is, what can be pressed."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.keymap import Key, shown
from tui.top_row import MODES, stage_words, top_row
from tui.widgets.canvas import Canvas

_ALWAYS = frozenset(
    {"help", "commands", "quit", "rating-help", "rating-leave", "review-help", "review-leave"}
)
"""Keys that are shown however narrow the screen is."""


class TopBar(Canvas):
    """Says which workspace this is and where in it one stands."""

    DEFAULT_CSS = "TopBar { height: 1; background: $panel; }"

    def __init__(self, workspace: str, mode: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._mode = mode

    @dataclass
    class Chosen(Message):
        """A stage was clicked."""

        mode: str

    def draw(self) -> list[Strip]:
        """Return the row."""
        return [self.strip(top_row(self._workspace, self._mode, self.size.width))]

    def on_click(self, event: events.Click) -> None:
        """Go to the stage under the mouse."""
        stages = stage_words(self._mode, self.size.width).plain
        x = event.x - (self.size.width - len(stages))
        if x >= 0:
            digits = [c for c in stages[: x + 1] if c.isdigit()]
            self.post_message(self.Chosen(MODES[len(digits) - 1 if digits else 0]))


class StatusBar(Canvas):
    """Says how the thing on the screen is doing; a message takes its place for a moment."""

    DEFAULT_CSS = "StatusBar { height: 1; }"
    MOMENT_S = 3.0

    def __init__(self) -> None:
        super().__init__()
        self._status = Text()
        self._message: Text | None = None
        self._hint: Text | None = None

    def show(self, status: Text) -> None:
        """Replace what stands there when there is no message."""
        self._status = status
        self.redraw()

    def tell(self, message: Text) -> None:
        """Show a message for a moment; the history keeps it."""
        self._message = message
        self.redraw()
        self.set_timer(self.MOMENT_S, lambda: self._forget(message))

    def hint(self, message: Text) -> None:
        """Show a message for a moment behind what stands there, and over none of it."""
        self._hint = message
        self.redraw()
        self.set_timer(self.MOMENT_S, lambda: self._forget(message))

    def _forget(self, message: Text) -> None:
        if self._message is message:
            self._message = None
            self.redraw()
        if self._hint is message:
            self._hint = None
            self.redraw()

    def draw(self) -> list[Strip]:
        """Return the row."""
        line = Text.assemble(" ", self._message or self._status)
        if self._hint is not None:
            line = Text.assemble(line, "  " if line.plain.strip() else "", self._hint)
        line.truncate(self.size.width, overflow="ellipsis")
        return [self.strip(line)]


class KeyBar(Canvas):
    """Shows the keys that work now; each can be clicked."""

    DEFAULT_CSS = "KeyBar { height: 1; background: $panel; }"

    @dataclass
    class Pressed(Message):
        """A key was clicked."""

        key: Key

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is shown, as far as it fits."""
        return tuple(key for key, _ in self._places())

    def show(self, keys: Sequence[Key]) -> None:
        """Replace the keys."""
        self._keys = tuple(keys)
        self.redraw()

    def _places(self) -> list[tuple[Key, int]]:
        """Return the keys that fit with the column where each begins; the help is never cut."""
        always = [key for key in self._keys if key.id in _ALWAYS]
        own = [key for key in self._keys if key.id not in _ALWAYS]
        room = self.size.width - sum(_width(key) for key in always)
        places: list[tuple[Key, int]] = []
        x = 0
        for key in [*own, *always]:
            if key in own and room < _width(key):
                continue
            if key in own:
                room -= _width(key)
            if x + _width(key) > self.size.width:
                break
            places.append((key, x))
            x += _width(key)
        return places

    def draw(self) -> list[Strip]:
        """Return the row."""
        line = Text()
        for key, _ in self._places():
            line.append(f" {shown(key.keys[0])}", style="key")
            line.append(f" {key.label} ", style="muted")
        return [self.strip(line)]

    def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        for key, x in self._places():
            if x <= event.x < x + _width(key):
                self.post_message(self.Pressed(key))


def _width(key: Key) -> int:
    """Return the cells a key takes in the bar."""
    return len(shown(key.keys[0])) + len(key.label) + 3
