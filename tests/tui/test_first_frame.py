"""The top row stands on the screen before the app is loaded, and goes again when loading fails."""

import fcntl
import io
import os
import pty
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace import create_workspace
from tests.support.pty_session import PtySession, environment
from tui.first_frame import first_frame

MOUSE_ON = b"\x1b[?1000h"
"""Among the first things that Textual sends."""
ALTERNATE_OFF = b"\x1b[?1049l"


class Terminal:
    """Both ends of a pseudo-terminal of some width."""

    def __init__(self, columns: int) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.end = os.fdopen(slave, "w", encoding="utf-8")

    def close(self) -> None:
        """Hang up."""
        self.end.close()
        os.close(self.master)

    def received(self) -> bytes:
        """Return what was sent; a mark is sent after it, so that nothing is waited for."""
        os.write(self.end.fileno(), b"|")
        return os.read(self.master, 4096).removesuffix(b"|")


@pytest.fixture(params=[80])
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    made = Terminal(request.param)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "__stderr__", made.end)
        yield made
    made.close()


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (160, 50)], ids=str)
def test_the_row_is_there_before_the_app_and_stays_where_it_is(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    workspace = create_workspace(tmp_path / "tickets")
    command = [sys.executable, "-P", "-m", "tui", "open", str(workspace.root)]
    with PtySession(command, env=environment(tmp_path), size=size) as session:
        session.wait_for("Home")
        first = session.rows[0]
        session.wait_for("quit")
        assert session.rows[0] == first
        session.send("q")
        assert session.wait_for_end() == 0
        wire = bytes(session.wire)
    assert -1 < wire.find(b"Home") < wire.find(MOUSE_ON)


def test_a_failure_to_load_gives_the_terminal_back(terminal: Terminal) -> None:
    with pytest.raises(ImportError), first_frame("tickets"):
        assert b"tickets" in terminal.received()
        raise ImportError("a library is missing")
    assert ALTERNATE_OFF in terminal.received()


def test_the_app_takes_over_without_the_screen_being_left(terminal: Terminal) -> None:
    with first_frame("tickets"):
        pass
    assert ALTERNATE_OFF not in terminal.received()


def test_nothing_in_a_name_is_obeyed(terminal: Terminal) -> None:
    with first_frame("x\x1b]0;owned\x07"):
        pass
    received = terminal.received()
    assert b"\x1b]" not in received
    assert b"\x07" not in received


@pytest.mark.parametrize("terminal", [10], indirect=True)
def test_a_very_narrow_terminal_waits_for_the_app(terminal: Terminal) -> None:
    with first_frame("tickets"):
        assert terminal.received() == b""


def test_what_is_no_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", stream)
    with first_frame("tickets"):
        pass
    assert stream.getvalue() == ""
