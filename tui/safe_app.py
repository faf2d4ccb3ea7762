"""What every app of ours has: safe output, colours, quiet moments, and an end with its terminal."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual import events
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from tui import themes
from tui.crash import GuardedApp
from tui.glyphs import SafeOutput
from tui.tidying import Tidying

if TYPE_CHECKING:
    from tui.app import Settings

BREAKPOINTS = [(0, "-narrow"), (120, "-wide"), (180, "-extra")]


class SafeApp(GuardedApp):
    """An app that obeys nothing it shows."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    TITLE = "tuningfork"

    def __init__(self, settings: "Settings") -> None:
        self.settings = settings
        self._safe_output = SafeOutput(settings.level)
        super().__init__(ansi_color=True if settings.no_color else None)
        self.animation_level = "none"
        self._tidying: Tidying | None = None
        self._batches = 0
        self._styled: WeakKeyDictionary[Screen[Any], str] = WeakKeyDictionary()
        """The theme by which the widgets of a screen were styled last."""

    @property
    def holds_paints(self) -> bool:
        """Whether what is drawn now reaches the terminal only later, with a paint of its own."""
        return self._batches > 0

    @contextmanager
    def batch_update(self) -> Generator[None, None, None]:
        """Hold paints as Textual does, which tells nobody."""
        self._batches += 1
        try:
            with super().batch_update():
                yield
        finally:
            self._batches -= 1

    def get_driver_class(self) -> type[Driver]:
        """Read keys our way where Textual would take its own terminal, not in a browser."""
        from tui.key_driver import KeyDriver

        chosen = super().get_driver_class()
        return KeyDriver if issubclass(KeyDriver, chosen) else chosen

    def get_line_filters(self) -> list[LineFilter]:
        """Put ours behind Textual's, so that nothing comes after it."""
        return [*super().get_line_filters(), self._safe_output]

    def on_mount(self) -> None:
        """Choose the colours and listen for the terminal's end."""
        self.theme = themes.chosen(self.settings.theme, no_color=self.settings.no_color)
        self.watch_for_hang_up()
        if not self.is_headless:
            self._tidying = Tidying(self)

    def refresh_css(self, animate: bool = True) -> None:
        """Style the screens in sight that were never styled by the present theme.

        Textual asks for it with every stage that is opened, and then reads all style sheets again;
        the widgets of a screen take their styles as they come.
        """
        stack = self.screen_stack
        if any(self._styled.get(screen) != self.theme for screen in stack if screen.is_mounted):
            super().refresh_css(animate)
        self._styled.update(dict.fromkeys(stack, self.theme))

    def after_keys(self, screen: Screen[Any], then: Callable[[], object]) -> None:
        """Do something once the keys that were typed before are answered.

        A key goes from here to the screen, and comes back where nothing on it wants the key.
        """
        self.call_later(screen.call_later, self.call_later, then)

    async def on_event(self, event: events.Event) -> None:
        """Leave the search for unreachable objects until nobody presses anything."""
        if self._tidying is not None and isinstance(event, events.InputEvent):
            self._tidying.touched()
        await super().on_event(event)
