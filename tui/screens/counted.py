"""The part of a screen that knows how long rows are: a limit to move, exact counts on a wish."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on

from tui.counting import Countable, Counted, Counting, NothingCounted
from tui.progressed import Progressed
from tui.screens.stage import StageScreen
from tui.token_reading import Read, ReadFailed
from tui.widgets.safe_text import safe_text
from tui.widgets.size_chart import SizeChart
from tui.wording import progress

if TYPE_CHECKING:
    from core.data.lengths import Lengths
    from core.training.size_account import SizeAccount


class CountedScreen(StageScreen):
    """Has a `SizeChart`, beside the rest with `-beside`, else in its place with `-sizes`."""

    def __init__(self, mode: str) -> None:
        super().__init__(mode)
        self.account: SizeAccount | None = None
        """The exact counts; None before anybody counted."""
        self.counting_words = Text()
        """How far counting is, or what stands in its way."""
        self._counting: Counting | None = None
        self._countable: Countable | None = None
        """The rows that were looked at; None while there are none that could be counted."""
        self._is_counting = False
        self._limit: int | None = None
        """Where the person put the limit; None leaves it where the recipe has it."""

    def lengths(self) -> "Lengths | None":
        """Return the best that is known of the rows' lengths."""
        raise NotImplementedError

    def show_now(self) -> None:
        """Show everything again, after counting went on."""
        raise NotImplementedError

    @property
    def limit(self) -> int:
        """Return where the limit stands."""
        from core.data.asked import USUAL_CONTEXT

        usual = self.account.limit if self.account else USUAL_CONTEXT
        return self._limit or usual

    def count_once(self, rows: Countable | None) -> None:
        """Look for the counts of rows when they are first seen; None where there are none yet."""
        if self._countable == rows and self._counting is not None:
            return
        app = self.tuningfork
        self._cancel()
        self._counting = Counting(self, app.workspace, app.settings.environment)
        self._countable, self.account, self._limit = rows, None, None
        self.counting_words = Text("counted once every row is read", style="muted")
        if rows is not None:
            self.counting_words = Text("looking for counts made before", style="muted")
            self._counting.look(rows)

    def on_unmount(self, _: events.Unmount) -> None:
        """End a counting that nobody waits for any more."""
        self._cancel()

    def _cancel(self) -> None:
        self._is_counting = False
        if self._counting is not None:
            self._counting.cancel()

    @on(Counted)
    def _counted(self, event: Counted) -> None:
        if event.rows == self._countable:
            self.account = event.account
            self.show_now()

    @on(NothingCounted)
    def _nothing_counted(self, event: NothingCounted) -> None:
        if event.rows != self._countable:
            return
        self._is_counting = False
        words = Text.assemble(("c", "key"), " counts them exactly")
        self._say(safe_text(event.words, limit=160, ink="warn") if event.words else words)

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        if self._is_counting:
            words = f"{event.words} {progress(event.done, event.total)}".strip()
            self._say(Text.assemble(safe_text(words, ink="accent"), ", ", ("c", "key"), " stops"))

    @on(ReadFailed)
    def _read_failed(self, event: ReadFailed) -> None:
        self._is_counting = False
        self._say(safe_text(event.error.what, limit=160, ink="warn"))

    @on(Read)
    def _read(self, event: Read) -> None:
        self._is_counting = False
        if self._counting is not None:
            self._counting.keep(event.recipe, event.cache)

    def _say(self, words: Text) -> None:
        self.counting_words = words
        self.show_now()

    def show_limit(self) -> None:
        """Draw the lengths with the limit where it stands."""
        by = self.account.base if self.account else ""
        self.query_one(SizeChart).show(self.lengths(), self.limit, by=by)

    def action_sizes(self) -> None:
        """Switch to the lengths of the rows and back, where there is room for one thing."""
        self.toggle_class("-sizes")
        self.show_keys()

    def action_limit(self, steps: int) -> None:
        """Move the limit of the length."""
        from core.data.lengths import stepped

        if self.lengths() is None:
            return
        if not self.has_class("-beside"):
            self.add_class("-sizes")
        self._limit = stepped(self.limit, steps)
        self.show_limit()
        self.show_keys()

    def action_count(self) -> None:
        """Count the tokens exactly, or stop counting."""
        if self._counting is None or self._countable is None:
            self.tuningfork.hint(Text("Tokens are counted once every row is read.", style="warn"))
        elif self.account is not None:
            self.tuningfork.hint(Text("Every row is counted already.", style="muted"))
        elif self._is_counting:
            self._cancel()
            self._say(Text.assemble("stopped; ", ("c", "key"), " counts them exactly"))
        else:
            self._is_counting = True
            self._say(Text("counting begins", style="accent"))
            self._counting.begin()
