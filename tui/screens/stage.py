"""What every screen has: where one is, a body, how it is, and the keys that work now."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, cast

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from core.errors import TuningforkError
from tui.app import TuningforkApp
from tui.feed import Feed, LookFailed
from tui.keymap import Key, Where, event_name, footer
from tui.widgets.bars import KeyBar, StatusBar, TopBar
from tui.widgets.inks import InkScreen
from tui.widgets.page import Line, Lines
from tui.widgets.safe_text import safe_text

BEST_SIZE = (80, 24)


class StageScreen(InkScreen[None]):
    """A screen of the app; subclasses give a body, feeds and what `v` and `y` answer."""

    PLACES: ClassVar[tuple[Where, ...]] = ("list",)
    """Where the keys of its footer come from, besides everywhere."""

    DEFAULT_CSS = """
    StageScreen #notice { height: 4; display: none; }
    StageScreen #notice.-shown { display: block; }
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode
        """The stage it belongs to."""
        self.notice = Lines(id="notice", wrap=True)
        self.status = StatusBar()
        self.key_bar = KeyBar()
        self._feeds: list[Feed[Any]] = []
        self._status = Text()

    @property
    def tuningfork(self) -> TuningforkApp:
        """The app, typed."""
        return cast(TuningforkApp, self.app)

    def body(self) -> Iterable[Widget]:
        """Yield what is between the bars."""
        return ()

    def exactly(self) -> list[Line]:
        """Return the exact command, recipe or record behind what is shown."""
        raise NotImplementedError

    def value(self) -> str:
        """Return what `y` copies."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Set the bars around the body."""
        yield TopBar(self.tuningfork.workspace.name, self.mode)
        yield Vertical(self.notice, *self.body(), id="body")
        yield self.status
        yield self.key_bar

    def feed(self, feed: Feed[Any]) -> None:
        """Look through this feed while the screen is in sight."""
        self._feeds.append(feed)
        if self.is_current:
            feed.start()

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Look again."""
        self.show_keys()
        for feed in self._feeds:
            feed.start()

    def on_screen_suspend(self, _: events.ScreenSuspend) -> None:
        """Rest while hidden."""
        for feed in self._feeds:
            feed.rest()

    def on_resize(self, event: events.Resize) -> None:
        """Say when the terminal is smaller than the screens were made for."""
        self._show_status(event.size.width, event.size.height)

    def say_status(self, status: Text) -> None:
        """Put a line under the body."""
        self._status = status
        self._show_status(self.size.width, self.size.height)

    def _show_status(self, width: int, height: int) -> None:
        small = width < BEST_SIZE[0] or height < BEST_SIZE[1]
        note = Text("best at 80x24 or more  ", style="warn") if small else Text()
        self.status.show(Text.assemble(note, self._status))

    def works_now(self, key: Key) -> bool:
        """Return whether a key of this screen can do something at the moment."""
        return True

    def keys_now(self) -> Sequence[Key]:
        """Return the keys for the footer."""
        return [key for key in footer(*self.PLACES, "everywhere") if self.works_now(key)]

    def show_keys(self) -> None:
        """Bring the footer up to date."""
        self.key_bar.show(self.keys_now())

    def show_error(self, error: TuningforkError) -> None:
        """Show the three parts of an error above the body; the history keeps them."""
        what = Text.assemble(("▲ ", "bad"), safe_text(error.what))
        lines = [what, safe_text(error.why, ink="muted"), safe_text(error.remedy)]
        self.notice.show(lines)
        self.notice.add_class("-shown")
        self.tuningfork.messages.append(what)

    def look_again(self) -> None:
        """Look at once at all that is followed here."""
        for feed in self._feeds:
            feed.look()

    def touch_disk(self, act: Callable[[], None], done: Text) -> None:
        """Do something in a thread, say what came of it, and look again at once."""

        def run() -> None:
            try:
                act()
            except TuningforkError as error:
                self.app.call_from_thread(self.show_error, error)
            else:
                self.app.call_from_thread(self.tuningfork.tell, done)
            self.app.call_from_thread(self.look_again)

        self.run_worker(run, thread=True, exit_on_error=False, group="disk")

    def hide_error(self) -> None:
        """Give the room back once the fault is gone."""
        self.notice.remove_class("-shown")

    def action_exact(self) -> None:
        """Open what is exactly behind the screen."""
        self.tuningfork.show_page("Exactly", self.exactly())

    def action_copy(self) -> None:
        """Copy the value to the terminal's clipboard."""
        value = self.value()
        if not value:
            self.tuningfork.tell(Text("Nothing here to copy.", style="muted"))
            return
        # A lone surrogate, as a JSON escape can hold, has no bytes that could be copied.
        self.app.copy_to_clipboard(value.encode("utf-8", "replace").decode())
        self.tuningfork.tell(Text.assemble(("Copied: ", "muted"), safe_text(value, limit=60)))

    @on(LookFailed)
    def _look_failed(self, event: LookFailed) -> None:
        self.show_error(event.error)

    @on(KeyBar.Pressed)
    def _key_clicked(self, event: KeyBar.Pressed) -> None:
        self.app.simulate_key(event_name(event.key.keys[0]))
