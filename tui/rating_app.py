"""The app of a rater: one screen, and no way from it to anything else."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from core.scoring.study.session import RatingSession
from tui.app import Settings
from tui.rating_desk import RatingDesk
from tui.safe_app import SafeApp
from tui.screens.rating import RatingScreen


class RatingApp(SafeApp):
    """Shows a study to one rater; has no palette, no stages and no paths."""

    CSS_PATH = Path(__file__).with_name("styles") / "tuningfork.tcss"
    BINDINGS: ClassVar = []

    def __init__(
        self,
        session: RatingSession,
        settings: Settings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(settings or Settings())
        self._desk = RatingDesk(session, clock)

    def get_default_screen(self) -> RatingScreen:
        """Return the only screen."""
        return RatingScreen(self._desk)

    async def action_quit(self) -> None:
        """Leave for Textual's own key too."""
        self.exit()


def rate_on_screen(session: RatingSession, settings: Settings) -> int:
    """Rate until the rater leaves and return the exit code."""
    app = RatingApp(session, settings)
    app.run()
    return app.return_code or 0
