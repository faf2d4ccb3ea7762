"""One item of the holdout: what was asked, the reference, and the answers side by side."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.containers import Container
from textual.widget import Widget

from tui.keymap import Where, bindings
from tui.screens.score_lines import mark, prompt_lines, reply_lines
from tui.screens.stage import StageScreen
from tui.verdict_look import Item
from tui.widgets.page import Line, Lines, Page
from tui.widgets.safe_text import safe_text


class ItemScreen(StageScreen):
    """Shows one item; `n` and `p` go to its neighbours."""

    PLACES: ClassVar[tuple[Where, ...]] = ("item", "page")
    BINDINGS: ClassVar = bindings("item")
    DEFAULT_CSS = """
    ItemScreen #asked { height: 5; }
    ItemScreen #answers { height: 1fr; layout: vertical; }
    ItemScreen .answer { height: 1fr; margin-top: 1; }
    ItemScreen.-wide #answers, ItemScreen.-extra #answers { layout: horizontal; }
    ItemScreen.-wide .answer, ItemScreen.-extra .answer { width: 1fr; margin: 1 2 0 0; }
    """

    def __init__(self, items: Sequence[Item], place: int) -> None:
        super().__init__("score")
        self._items = items
        self._place = place
        self._columns = 1 + max((len(item.replies) for item in items), default=0)
        """The reference and every contender."""

    def body(self) -> Iterable[Widget]:
        """Yield the question above its answers."""
        yield Lines(id="asked", wrap=True)
        pages = [Page(id=f"answer-{number}") for number in range(self._columns)]
        for page in pages:
            page.add_class("answer")
        yield Container(*pages, id="answers")

    def on_mount(self) -> None:
        """Show the item."""
        self._show()

    def action_item(self, steps: int) -> None:
        """Go to another item; there is none beyond the ends."""
        self._place = max(0, min(self._place + steps, len(self._items) - 1))
        self._show()

    def _show(self) -> None:
        item = self._items[self._place]
        self.query_one("#asked", Lines).show(list(prompt_lines(item, limit=600)))
        columns = [reply_lines(Text("reference", style="strong"), item.reference)]
        for name, reply in item.replies.items():
            shown = safe_text(name.replace("_", "-"), limit=20, ink="strong")
            title = Text.assemble(shown, "  ", mark(reply.exact, reply.same_format))
            columns.append(reply_lines(title, reply.text))
        for number in range(self._columns):
            page = self.query_one(f"#answer-{number}", Page)
            page.display = number < len(columns)
            page.show(columns[number] if number < len(columns) else [])
        place = f"item {self._place + 1:,} of {len(self._items):,}"
        self.say_status(Text.assemble(place, "  ", safe_text(item.key), style="muted"))

    def exactly(self) -> list[Line]:
        """Return the whole item."""
        item = self._items[self._place]
        lines: list[Line] = [*prompt_lines(item, limit=20_000), Text("")]
        lines += [*reply_lines(Text("reference", style="strong"), item.reference), Text("")]
        for name, reply in item.replies.items():
            lines += [*reply_lines(safe_text(name, limit=20, ink="strong"), reply.text), Text("")]
        return lines

    def value(self) -> str:
        """Return the tuned model's answer, else the reference."""
        item = self._items[self._place]
        tuned = item.replies.get("tuned")
        return tuned.text if tuned else item.reference
