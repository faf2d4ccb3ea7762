"""A real terminal around a command: bytes counted, screen emulated, hang-ups on demand."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

DEADLINE_S = 120.0
"""Generous, because what is waited for comes within one second on an idle machine."""
_ANSWERS = {
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b]10;?": b"\x1b]10;rgb:ffff/ffff/ffff\x07",
    b"\x1b]11;?": b"\x1b]11;rgb:0000/0000/0000\x07",
}


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a plain modern terminal and nothing of the person's."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "TEXTUAL_DISABLE_KITTY_KEY": "1",
        **more,
    }


class PtySession:
    """Runs a command in a terminal of a given size."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        size: tuple[int, int] = (80, 24),
        cwd: Path | None = None,
        ignore_hang_up: bool = False,
    ) -> None:
        self.columns, self.lines = size
        self.wire = bytearray()
        """Everything the command sent."""
        self.status: int | None = None
        """Exit code once it is over; negative for a signal."""
        self._screen = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._screen)
        self._answered = 0
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            self._become(command, env, cwd, ignore_hang_up)
        self.resize(self.columns, self.lines)

    def _become(
        self, command: Sequence[str], env: Mapping[str, str], cwd: Path | None, ignore: bool
    ) -> None:
        """Replace the forked child by the command; never returns."""
        try:
            # The size may not be set from outside yet when the command asks for it.
            packed = struct.pack("HHHH", self.lines, self.columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, packed)
            signal.signal(signal.SIGHUP, signal.SIG_IGN if ignore else signal.SIG_DFL)
            if cwd is not None:
                os.chdir(cwd)
            os.execvpe(command[0], list(command), dict(env))
        finally:
            os._exit(127)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the terminal."""
        self.columns, self.lines = columns, lines
        self._screen.resize(lines, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def pump(self, seconds: float) -> int:
        """Read for a while, answering the terminal's questions; return the bytes read."""
        end = time.monotonic() + seconds
        count = 0
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.master], [], [], left)
            if not ready:
                break
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            if not data:
                break
            count += len(data)
            self.wire += data
            self._stream.feed(data)
            self._answer()
        return count

    def _answer(self) -> None:
        """Answer what a real terminal is asked."""
        fresh = bytes(self.wire[max(0, self._answered - 8) :])
        for question, answer in _ANSWERS.items():
            at = fresh.find(question)
            if at >= 0 and at + len(question) > min(8, self._answered):
                os.write(self.master, answer)
        self._answered = len(self.wire)

    @property
    def rows(self) -> list[str]:
        """The screen as a terminal shows it."""
        return list(self._screen.display)

    @property
    def text(self) -> str:
        """The screen as one string."""
        return "\n".join(row.rstrip() for row in self.rows)

    def wait_for(self, wanted: str | Callable[[str], bool], *, deadline: float = DEADLINE_S) -> str:
        """Read until the screen shows something, and return the screen."""
        end = time.monotonic() + deadline
        shows = wanted if callable(wanted) else lambda text: wanted in text
        while not shows(self.text):
            if time.monotonic() > end or self.ended():
                raise AssertionError(f"never showed {wanted!r}:\n{self.text}")
            self.pump(0.05)
        return self.text

    def ended(self) -> bool:
        """Return whether the command is over."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def wait_for_end(self, *, deadline: float = DEADLINE_S) -> int:
        """Read until the command is over and return its exit code."""
        end = time.monotonic() + deadline
        while not self.ended():
            if time.monotonic() > end:
                raise AssertionError(f"did not end:\n{self.text}")
            if self.master >= 0:
                self.pump(0.05)
            else:
                time.sleep(0.01)
        if self.master >= 0:
            self.pump(0.2)
        assert self.status is not None
        return self.status

    def hang_up(self) -> None:
        """Take the terminal away."""
        os.close(self.master)
        self.master = -1

    def __enter__(self) -> "PtySession":
        """Return the session; leaving ends the command."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the command, politely first."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.ended():
                break
            os.kill(self.pid, number)
            end = time.monotonic() + 3
            while not self.ended() and time.monotonic() < end:
                if self.master >= 0:
                    self.pump(0.05)
        if self.master >= 0:
            os.close(self.master)


def app_command(workspace: Path) -> list[str]:
    """Return what opens the app on a workspace, without the command line."""
    code = (
        "import sys; from pathlib import Path; from core.workspace import open_workspace; "
        "from tui.app import run_app; sys.exit(run_app(open_workspace(Path(sys.argv[1]))))"
    )
    return [sys.executable, "-c", code, str(workspace)]
