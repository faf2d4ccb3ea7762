"""What happens when the app itself is at fault or its terminal is gone.

The one place that overrides private names of Textual (`_fatal_error`, `_exception`,
`_exit_renderables`, `_close_messages_no_wait`): its own report prints local variables, which may
hold data and keys, and there is no public hook. A test on the wire fails when Textual changes.
"""

import asyncio
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from textual.app import App

from core.fault_report import write_report
from core.text_safety import visible

HANG_UP_LOOK_S = 1.0
OWN_FAULT = 70


class GuardedApp(App[None]):
    """An app that reports its faults without values and leaves when its terminal does."""

    reports: Path | None = None
    """Where a report goes; None means the temporary folder."""

    def _fatal_error(self) -> None:
        """Write a report, say one sentence, and leave."""
        fault = self._exception or sys.exc_info()[1] or RuntimeError()
        self._leave_with(fault)

    def panic(self, *renderables: RenderableType) -> None:
        """Textual calls this with tracebacks and errors that draw themselves; same treatment."""
        self._leave_with(self._exception or sys.exc_info()[1] or RuntimeError())

    def _leave_with(self, fault: BaseException) -> None:
        self._return_code = OWN_FAULT
        if not self._exit_renderables:
            path = write_report(fault, self.reports)
            where = f"report: {visible(str(path))}" if path else "no report could be written"
            self._exit_renderables.append(
                f"tuningfork stopped because of a fault of its own; your jobs go on; {where}"
            )
        self._close_messages_no_wait()

    def watch_for_hang_up(self) -> None:
        """Leave when the terminal is gone; the signal does not always come, so look as well."""
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.exit)
        loop.add_signal_handler(signal.SIGTERM, self.exit)
        self.set_interval(HANG_UP_LOOK_S, self._look_for_hang_up, name="hang-up")

    def _look_for_hang_up(self) -> None:
        """Leave when nobody can type any more."""
        if sys.__stdin__ is None or hung_up(sys.__stdin__.fileno()):
            self.exit()


def hung_up(descriptor: int) -> bool:
    """Return whether the other side of a terminal is closed."""
    poll = select.poll()
    try:
        poll.register(descriptor, select.POLLIN)
        ready: list[tuple[int, int]] = poll.poll(0)
    except (OSError, ValueError):
        return True
    return any(mask & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, mask in ready)


def say(text: str) -> None:
    """Print a line where the app was drawn; a terminal that is gone hears nothing."""
    stream: Any = sys.__stderr__
    try:
        print(text, file=stream, flush=True)
    except (OSError, ValueError):
        # At exit the interpreter flushes again and would complain about the same terminal.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
