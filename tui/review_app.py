"""The app of a reviewer: one screen, and no way from it to anything that names an arm."""

from pathlib import Path
from typing import ClassVar

from core.release.review.session import ReviewSession
from tui.app import Settings
from tui.safe_app import SafeApp
from tui.screens.review import ReviewScreen


class ReviewApp(SafeApp):
    """Shows a release's queue to one reviewer."""

    CSS_PATH = Path(__file__).with_name("styles") / "tuningfork.tcss"
    BINDINGS: ClassVar = []

    def __init__(self, session: ReviewSession, settings: Settings | None = None) -> None:
        super().__init__(settings or Settings())
        self._session = session

    def on_mount(self) -> None:
        """Show the only screen; to leave it is to leave."""
        super().on_mount()
        self.push_screen(ReviewScreen(self._session), lambda _: self.exit())

    async def action_quit(self) -> None:
        """Leave for Textual's own key too."""
        self.exit()


def review_on_screen(session: ReviewSession, settings: Settings) -> int:
    """Review until the reviewer leaves and return the exit code."""
    app = ReviewApp(session, settings)
    app.run()
    return app.return_code or 0
