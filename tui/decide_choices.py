"""The answers to one question: chosen by letter or cursor, or typed where a number is asked."""

from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.decide_state import DIGITS, Wizard, shown_number
from tui.widgets.canvas import Canvas
from tui.widgets.safe_text import safe_text

_FIELD = 20
"""Cells of the field a number is typed into."""
_AROUND = 37
"""Cells that stand before and behind it."""


class Choices(Canvas, can_focus=True):
    """Shows the options of a question; letters and arrows are keys of its screen."""

    @dataclass
    class Typed(Message):
        """Digits were typed or pasted."""

        characters: str

    @dataclass
    class Pointed(Message):
        """An option was clicked."""

        place: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._wizard: Wizard | None = None

    def show(self, wizard: Wizard) -> None:
        """Replace what is shown."""
        self._wizard = wizard
        self.redraw()

    def draw(self) -> list[Strip]:
        """Return one row an option."""
        if self._wizard is None:
            return []
        wizard = self._wizard
        room = self.size.width
        lines = [_line(wizard, place, room) for place in range(len(wizard.options))]
        for line in lines:
            line.truncate(self.size.width, overflow="ellipsis")
        return [self.strip(line) for line in lines[: self.size.height]]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep digits from leading to another stage while a number is asked for."""
        wants = self._wizard is not None and self._wizard.is_number
        return wants and character is not None and character in DIGITS

    def on_key(self, event: events.Key) -> None:
        """Type."""
        if event.character and self.check_consume_key(event.key, event.character):
            event.stop()
            event.prevent_default()
            self.post_message(self.Typed(event.character))

    def on_paste(self, event: events.Paste) -> None:
        """Take a number from elsewhere."""
        if self._wizard is not None and self._wizard.is_number:
            event.stop()
            self.post_message(self.Typed(event.text[:_FIELD]))

    def on_click(self, event: events.Click) -> None:
        """Choose the option under the mouse."""
        if self._wizard is not None and 0 <= event.y < len(self._wizard.options):
            self.post_message(self.Pointed(event.y))


def _line(wizard: Wizard, place: int, room: int) -> Text:
    """Return an option: cursor, letter, words, and whether it is the answer so far."""
    option = wizard.options[place]
    here = place == wizard.cursor
    if wizard.is_number and place == 0:
        given = shown_number(option.value)
        inside = wizard.typed + "_" if wizard.typed or not given else given
        field = max(1, min(_FIELD, room - _AROUND))
        words = Text.assemble(("type a number  ", "muted"), (f" {inside:<{field}}", "cursor"))
    else:
        words = safe_text(option.words, ink="strong" if here else "")
    mark = ("  ✓ your answer", "good") if option.given else ("", "")
    cursor = ("› " if here else "  ", "accent")
    return Text.assemble(cursor, (f"{option.letter or ' '}  ", "key"), words, mark)
