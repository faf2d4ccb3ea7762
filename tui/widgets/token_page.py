"""The tokens of one row, each behind a glyph that says what happens to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.strip import Strip

from tui.keymap import bindings
from tui.mask_lines import LOOKS, SPECIAL, token_text
from tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from core.training.mask_view import TokenView


class TokenPage(Canvas, can_focus=True):
    """Scrolls through tokens; only the lines in sight are drawn, so that no row is too long."""

    BINDINGS: ClassVar = bindings("page")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tokens: Sequence[TokenView] = ()
        self._raw = False
        self._top = 0
        self._lines: list[tuple[int, int]] = []
        self._laid_out_for: tuple[int, bool] | None = None

    def show(self, tokens: Sequence["TokenView"], *, raw: bool) -> None:
        """Replace the tokens; another row begins at its start, another look stays in its place."""
        if tokens != self._tokens:
            self._top = 0
        elif raw != self._raw and self._lines:
            first = self._lines[min(self._top, len(self._lines) - 1)][0]
            self._laid_out_for = None
            self._raw = raw
            self._lay_out()
            self._top = next((n for n, (_, end) in enumerate(self._lines) if end > first), 0)
        self._tokens, self._raw = tokens, raw
        self._laid_out_for = None
        self.redraw()

    def _lay_out(self) -> None:
        """Decide which tokens share a line."""
        width = max(self.size.width, 1)
        if self._laid_out_for == (width, self._raw):
            return
        self._laid_out_for = (width, self._raw)
        if self._raw:
            self._lines = [(place, place + 1) for place in range(len(self._tokens))]
            return
        self._lines, start, used = [], 0, 0
        for place, token in enumerate(self._tokens):
            size = 1 + token.special + cell_len(token_text(token))
            ends = place > start and (used + size > width or _breaks(self._tokens[place - 1]))
            if ends:
                self._lines.append((start, place))
                start, used = place, 0
            used += size
        if self._tokens:
            self._lines.append((start, len(self._tokens)))

    def draw(self) -> list[Strip]:
        """Return the lines in sight; the last one says what is below."""
        self._lay_out()
        height = max(self.size.height, 1)
        self._top = max(0, min(self._top, len(self._lines) - height))
        shown = self._lines[self._top : self._top + height]
        rows = [self.strip(self._line(start, end)) for start, end in shown]
        if below := len(self._lines) - self._top - len(shown):
            mark = f"line {self._top + len(shown) - 1}/{len(self._lines)}, {below + 1} more below"
            rows[-1] = self.strip(Text(mark, style="muted"))
        return rows

    def _line(self, start: int, end: int) -> Text:
        """Return one line of tokens."""
        line = Text(end="")
        for token in self._tokens[start:end]:
            glyph, ink = LOOKS[token.kind]
            if self._raw:
                line.append(f"{token.place:>6} ", style="muted")
                line.append(f"{glyph} {token.kind:<8}", style=ink)
                line.append(f"{SPECIAL if token.special else ' '} ", style="accent")
                line.append(f"{token.id:>7}  ", style="muted")
                line.append(token_text(token), style=ink)
            else:
                line.append(glyph, style=ink)
                line.append(SPECIAL * token.special, style="accent")
                line.append(token_text(token), style=ink)
        line.truncate(max(self.size.width, 1), overflow="ellipsis")
        return line

    def action_rows(self, rows: int) -> None:
        """Move by lines; beyond an end there is nothing."""
        self._top += rows
        self.redraw()

    def action_pages(self, pages: int) -> None:
        """Move by screens, keeping one line in sight."""
        self.action_rows(pages * max(self.size.height - 2, 1))

    def action_start(self) -> None:
        """Go to the first line."""
        self.action_rows(-len(self._lines))

    def action_end(self) -> None:
        """Go to the last line."""
        self.action_rows(len(self._lines))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Follow the wheel."""
        event.stop()
        self.action_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Follow the wheel."""
        event.stop()
        self.action_rows(-3)


def _breaks(token: "TokenView") -> bool:
    """Whether the text goes on in a new line behind this token."""
    return token.text.endswith("\n")
