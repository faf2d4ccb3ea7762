"""Runs a program in a real pseudo-terminal and says when given texts were first on the wire."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence
from contextlib import suppress

_ANSWERS = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[6n": b"\x1b[1;1R"}
_PATIENCE_S = 60.0


def environment() -> dict[str, str]:
    """Return the surroundings every arm gets: the same terminal, and offline."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "TEXTUAL_DISABLE_KITTY_KEY": "1",
        "HF_HUB_OFFLINE": "1",
    }


class Terminal:
    """One program under a pseudo-terminal of a fixed size."""

    def __init__(self, command: Sequence[str], *, columns: int = 120, rows: int = 36) -> None:
        self.started = time.perf_counter()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), environment())
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)
        self.received = b""

    def read(self, seconds: float) -> bytes:
        """Return what arrives within the time, answering the terminal's questions."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            return b""
        for question, answer in _ANSWERS.items():
            if question in chunk:
                os.write(self.master, answer)
        self.received += chunk
        return chunk

    def seconds_until(self, text: bytes) -> float:
        """Return the time from the start until the text was on the wire."""
        while text not in self.received:
            self.read(0.5)
            if time.perf_counter() - self.started > _PATIENCE_S:
                raise TimeoutError(f"{text!r} never came; last: {self.received[-300:]!r}")
        return time.perf_counter() - self.started

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self.master, keys)

    def close(self) -> None:
        """End the program and take its exit status."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.perf_counter() + 3
        while time.perf_counter() < deadline:
            self.read(0.05)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
