"""Looks for unreachable objects in quiet moments, not while somebody waits for a key.

A full search visits every object that is kept, and Python starts one whenever enough new ones
were made: in the middle of a change of screens, which makes thousands.
"""

import gc
from time import monotonic

from textual.app import App

_LOOK_S = 1.0
_QUIET_S = 2.0
_SOME, _MORE = 10_000, 50
"""New objects before a look at the young ones, and such looks before one at the older ones; a
change of screens stays below both together."""


class Tidying:
    """Does the full searches of an app while nobody presses anything."""

    def __init__(self, app: App[None]) -> None:
        gc.set_threshold(_SOME, _MORE, gc.get_threshold()[2])
        self._touched = monotonic()
        self._untidy = True
        self._settled = False
        app.set_interval(_LOOK_S, self.look, name="tidying")

    def touched(self) -> None:
        """Take note that somebody is at the keys."""
        self._touched = monotonic()
        self._untidy = True

    def look(self) -> None:
        """Search once in every quiet moment that follows a key."""
        if self._untidy and monotonic() - self._touched >= _QUIET_S:
            self._untidy = False
            gc.collect()
            if not self._settled:
                self._settled = True
                gc.freeze()
