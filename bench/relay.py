"""A slow line: runs a command in a terminal of its own and delays every byte, both ways.

`python -m bench.relay 0.05 tuningfork open DIR` is the app as over a connection of 50 ms each way.
Nothing is lost, reordered or slowed down besides: only late.
"""

import fcntl
import os
import pty
import select
import signal
import sys
import termios
import time
import tty
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

_AT_ONCE = 65536


class _Way:
    """The bytes that are under way in one direction."""

    def __init__(self, source: int, target: int, delay: float) -> None:
        self.source = source
        self._target = target
        self._delay = delay
        self._waiting: deque[tuple[float, bytes]] = deque()

    def take(self) -> bool:
        """Read what there is; return False at the end of it."""
        try:
            data = os.read(self.source, _AT_ONCE)
        except OSError:
            data = b""
        if data:
            self._waiting.append((time.monotonic() + self._delay, data))
        return bool(data)

    def left(self) -> float | None:
        """Return the seconds until the next bytes are due, None when none are under way."""
        return max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None

    def deliver(self) -> None:
        """Hand over all that is due."""
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            data = self._waiting.popleft()[1]
            with suppress(OSError):
                while data:
                    data = data[os.write(self._target, data) :]


def relay(command: Sequence[str], delay: float) -> int:
    """Run a command behind the slow line and return its exit status."""
    size = fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8)
    pid, inner = pty.fork()
    if pid == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execvp(command[0], list(command))
        finally:
            os._exit(127)
    signal.signal(signal.SIGWINCH, lambda *_: _copy_size(inner))
    _copy_size(inner)
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        _carry(_Way(0, inner, delay), _Way(inner, 1, delay))
    finally:
        termios.tcsetattr(0, termios.TCSANOW, before)
        os.close(inner)  # whoever lost the line hangs up
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _copy_size(inner: int) -> None:
    """Give the inner terminal the size of the outer one."""
    with suppress(OSError):
        size = fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(inner, termios.TIOCSWINSZ, size)


def _carry(keys: _Way, screen: _Way) -> None:
    """Carry bytes until either end is gone and all that the command sent has arrived."""
    open_ends = [keys.source, screen.source]
    while len(open_ends) == 2 or screen.left() is not None:
        waits = [left for left in (keys.left(), screen.left()) if left is not None]
        ready, _, _ = select.select(open_ends, [], [], min(waits, default=None))
        for way in (keys, screen):
            if way.source in ready and not way.take():
                open_ends = []
            way.deliver()


if __name__ == "__main__":
    sys.exit(relay(sys.argv[2:], float(sys.argv[1])))
