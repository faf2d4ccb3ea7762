"""The verdict, the measures behind it, and the items that decided it."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.widget import Widget

from core.workspace import Workspace
from tui.feed import Arrived, Feed
from tui.screens.item import ItemScreen
from tui.screens.score_lines import comparison_lines, mark, verdict_lines
from tui.screens.stage import StageScreen
from tui.verdict_look import Item, Scored, read_items, read_verdicts
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, Records, RecordTable
from tui.widgets.safe_text import safe_lines, safe_text

_LOOK_EVERY_S = 2.0
EMPTY: tuple[Line, ...] = (
    Text("No verdict yet.", style="strong"),
    Text(""),
    Text("Base, few-shot and tuned answer the locked holdout; exact match and format are compared"),
    Text("pair by pair. Automatic measures can say no; only people's ratings can say ship."),
    Text(""),
    Text.assemble(("tuningfork score RUN", "key"), "   scores a finished training run"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLook:
    """The newest verdict and its items."""

    scored: Scored
    items: tuple[Item, ...]
    verdicts: int
    """How many verdicts the workspace holds."""


class ScoreWatch:
    """Reads the items again only for another verdict."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: ScoreLook | None = None

    def look(self) -> ScoreLook | None:
        """Return the newest verdict, None when there is none."""
        verdicts = read_verdicts(self._workspace)
        if not verdicts:
            return None
        if self._known is None or self._known.scored != verdicts[0]:
            items = read_items(self._workspace, verdicts[0])
            self._known = ScoreLook(scored=verdicts[0], items=items, verdicts=len(verdicts))
        return self._known


class ScoreScreen(StageScreen):
    """Shows the newest verdict."""

    DEFAULT_CSS = """
    ScoreScreen #verdict { height: 13; }
    ScoreScreen #items { height: 1fr; }
    ScoreScreen.-wide #verdict { height: 11; }
    ScoreScreen.-extra #verdict { height: 11; }
    ScoreScreen.-nothing #items { display: none; }
    """

    def __init__(self) -> None:
        super().__init__("score")
        self._look: ScoreLook | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the verdict and the items."""
        yield Lines(id="verdict", wrap=True)
        yield RecordTable(
            Column(title="item", width=5, right=True),
            Column(title="base", width=9),
            Column(title="few-shot", width=9, at_least=70),
            Column(title="tuned", width=9),
            Column(title="asked"),
            empty=(Text("  The answers of this verdict are not on disk any more.", "muted"),),
            id="items",
        )

    def on_mount(self) -> None:
        """Look now and whenever there is another verdict."""
        watch = ScoreWatch(self.tuningfork.workspace)
        self.feed(Feed(self, watch.look, every=_LOOK_EVERY_S))

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        look: ScoreLook | None = event.value
        self._look = look
        self.set_class(look is None, "-nothing")
        lines = self.query_one("#verdict", Lines)
        if look is None:
            lines.show(EMPTY)
            self.say_status(Text("Nothing scored.", style="muted"))
            return
        scored = look.scored
        lines.show([*verdict_lines(scored), Text(""), *comparison_lines(scored)])
        self.query_one(RecordTable).show(_records(look.items))
        deciding = sum(item.decides for item in look.items)
        words = f" · {len(look.items):,} items, {deciding:,} where the contenders differ come first"
        self.say_status(Text.assemble(safe_text(scored.run), words, style="muted"))

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        if self._look is not None:
            place = next(i for i, item in enumerate(self._look.items) if item.key == event.key)
            self.app.push_screen(ItemScreen(self._look.items, place))

    def exactly(self) -> list[Line]:
        """Return the command and the verdict as it is stored."""
        import json

        if self._look is None:
            return [Text("tuningfork score RUN", style="key")]
        stored = json.dumps(dict(self._look.scored.result), indent=2, ensure_ascii=False)
        return [Text("tuningfork verdict --json", style="key"), Text(""), *safe_lines(stored)]

    def value(self) -> str:
        """Return the sentence."""
        return self._look.scored.sentence if self._look else ""


def _records(items: tuple[Item, ...]) -> Records:
    """Return the items as rows that are made when they are seen."""

    def cells(place: int) -> tuple[Text, ...]:
        item = items[place]
        marks = []
        for name in ("base", "few_shot", "tuned"):
            reply = item.replies.get(name)
            marks.append(mark(reply.exact, reply.same_format) if reply else Text("–"))
        asked = item.prompt[-1][1] if item.prompt else ""
        return (Text(str(place + 1), style="muted"), *marks, safe_text(asked))

    return Records(count=len(items), key=lambda place: items[place].key, cells=cells)


def make() -> ScoreScreen:
    """Return the screen of its mode."""
    return ScoreScreen()
