"""Looks at the disk from a thread and hands the screen one value at a time.

A look never overlaps the one before, sends nothing when nothing changed, and rests while its
screen is hidden. One that somebody asks for while another is under way comes after it: what the
other one reads may be older than the reason to ask. The lock is held while a look folds events, so
that a screen can draw from the same accumulators without a race.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from core.errors import TuningforkError
from core.fault_report import write_report

Value = TypeVar("Value")

_NOTHING_YET = object()
"""Differs from everything a look can find, None included."""


@dataclass
class Arrived(Message):
    """A look found something else than the look before."""

    value: Any
    """What was read; the screen that asked knows its type."""

    def can_replace(self, message: Message) -> bool:
        """Let a newer look overtake one that still waits."""
        return isinstance(message, Arrived)


@dataclass
class LookFailed(Message):
    """A look ended with an error a person can act on."""

    error: TuningforkError


class Feed(Generic[Value]):
    """Calls `read` every `every` seconds while its screen is in sight."""

    def __init__(
        self,
        screen: Screen[Any],
        read: Callable[[], Value],
        *,
        every: float,
        more: Callable[[], bool] = lambda: False,
    ) -> None:
        self._screen = screen
        self._read = read
        self._every = every
        self._more = more
        """Whether a look left something for another one at once."""
        self._resting = True
        self._timer: Timer | None = None
        self._busy = False
        self._asked = False
        """Whether somebody wants a look after the one that is under way."""
        self._turn = Lock()
        """Held while a look begins or ends."""
        self._value: Value | object = _NOTHING_YET
        self._failed = ""
        self.lock = Lock()
        """Held while `read` runs."""

    def start(self) -> None:
        """Look now, and from now on."""
        self._resting = False
        if self._timer is None:
            self._timer = self._screen.set_interval(self._every, self._tick, name="feed")
        self._timer.resume()
        self._tick()

    def rest(self) -> None:
        """Stop looking until started again."""
        self._resting = True
        if self._timer is not None:
            self._timer.pause()

    def look(self) -> None:
        """Read in a thread, after the look that is under way if there is one."""
        with self._turn:
            self._asked = self._busy
            if self._busy:
                return
            self._busy = True
        self._screen.run_worker(self._run, thread=True, exit_on_error=False, group="feed")

    def _tick(self) -> None:
        """Look unless a look is under way."""
        if not self._busy:
            self.look()

    def forget(self) -> None:
        """Make the next look count as a change."""
        self._value = _NOTHING_YET

    def _run(self) -> None:
        """Look as long as somebody asks for it; only messages leave the thread."""
        while True:
            self._look_until_all_is_seen()
            with self._turn:
                self._busy = self._asked and not self._resting
                self._asked = False
                if not self._busy:
                    return

    def _look_until_all_is_seen(self) -> None:
        try:
            self._look_once()
            while self._more() and not self._resting:
                self._look_once()
            self._failed = ""
        except TuningforkError as error:
            self._fail(error)
        except Exception as fault:  # the border of the thread: report, and let the screen live
            self._fail(_own_fault(fault))

    def _look_once(self) -> None:
        """Read, and tell the screen if that changed anything."""
        with self.lock:
            value = self._read()
        if value != self._value:
            self._value = value
            self._screen.post_message(Arrived(value))

    def _fail(self, error: TuningforkError) -> None:
        """Tell each error once."""
        self._value = _NOTHING_YET
        if str(error) != self._failed:
            self._failed = str(error)
            self._screen.post_message(LookFailed(error))


def _own_fault(fault: Exception) -> TuningforkError:
    """Return what to show for a mistake of ours."""
    path = write_report(fault, None)
    return TuningforkError(
        what="Reading this part of the workspace failed.",
        why="That is a fault of tuningfork's own; nothing was changed and jobs go on.",
        remedy=f"The report is {path}." if path else "No report could be written.",
    )
