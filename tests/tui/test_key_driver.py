"""A lone escape is the key after the short wait it is given, and what belongs together stays so."""

import errno
import io
import os
import select
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from textual import constants, events
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread
from textual.drivers.web_driver import WebDriver
from textual.message import Message

from core.workspace import create_workspace
from tui import key_driver
from tui.app import TuningforkApp
from tui.commands import screen
from tui.key_driver import KeyDriver, LastingFile


class Keyboard(KeyDriver):
    """A driver whose terminal is a pipe; it ends with the key `q`."""

    def __init__(self, *pieces: bytes) -> None:
        self._debug = False
        self.exit_event = Event()
        self.fileno, self.end = os.pipe()
        self.waits: list[float] = []
        self.keys: list[str] = []
        self._pieces = iter(pieces)
        self._type_on()

    def _type_on(self) -> None:
        os.write(self.end, next(self._pieces, b"q"))

    def process_message(self, message: Message) -> None:
        """Note the key; somebody types on only when it was answered."""
        if isinstance(message, events.Key):
            self.keys.append(message.key)
            if message.key == "q":
                self.exit_event.set()
            elif not select.select([self.fileno], [], [], 0)[0]:
                self._type_on()


@pytest.fixture
def closing() -> Iterator[list[Keyboard]]:
    made: list[Keyboard] = []
    yield made
    for one in made:
        os.close(one.fileno)
        os.close(one.end)


def typed(
    monkeypatch: pytest.MonkeyPatch, closing: list[Keyboard], *pieces: bytes
) -> tuple[list[str], list[float]]:
    """Return which keys were heard, and how long each look at the terminal was to take at most."""
    keyboard = Keyboard(*pieces)
    closing.append(keyboard)
    look = select.select

    def record(*arguments: Any) -> Any:
        keyboard.waits.append(arguments[3])
        return look(*arguments)

    monkeypatch.setattr(key_driver, "select", SimpleNamespace(select=record))
    keyboard.run_input_thread()
    return keyboard.keys, [wait for wait in keyboard.waits if wait]


def test_a_lone_escape_is_the_key_after_its_own_delay(
    monkeypatch: pytest.MonkeyPatch, closing: list[Keyboard]
) -> None:
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.003)
    keys, waits = typed(monkeypatch, closing, b"\x1b")
    assert keys == ["escape", "q"]
    assert waits[1] == 0.003
    assert {waits[0], waits[-1]} == {0.1}


@pytest.mark.parametrize(
    ("pieces", "keys"),
    [
        ([b"\x1b[A"], ["up", "q"]),
        ([b"\x1b", b"\x1b[B"], ["escape", "down", "q"]),
        (["é".encode()], ["é", "q"]),
        ([b"\xff"], ["replacement_character", "q"]),
        ([b"ab"], ["a", "b", "q"]),
    ],
)
def test_what_one_key_sends_is_one_key(
    monkeypatch: pytest.MonkeyPatch, closing: list[Keyboard], pieces: list[bytes], keys: list[str]
) -> None:
    heard, _ = typed(monkeypatch, closing, *pieces)
    assert heard == keys


@pytest.mark.parametrize("says", [b"", OSError(errno.EIO, "gone")], ids=["end", "error"])
def test_the_app_is_left_once_when_its_terminal_is_gone(
    monkeypatch: pytest.MonkeyPatch, closing: list[Keyboard], says: bytes | OSError
) -> None:
    keyboard = Keyboard(b"x")
    closing.append(keyboard)
    asked: list[object] = []

    def read(*_: object) -> bytes:
        if isinstance(says, OSError):
            raise says
        return says

    app = SimpleNamespace(exit=object(), call_later=asked.append)
    monkeypatch.setattr(keyboard, "_app", app, raising=False)
    monkeypatch.setattr(key_driver, "os", SimpleNamespace(read=read))
    keyboard.run_input_thread()
    assert asked == [app.exit]
    assert not keyboard.keys


def test_the_app_reads_keys_so_but_in_a_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = create_workspace(tmp_path / "w")
    assert TuningforkApp(workspace).driver_class is KeyDriver
    monkeypatch.setattr(constants, "DRIVER", "textual.drivers.web_driver:WebDriver")
    assert TuningforkApp(workspace).driver_class is WebDriver


@pytest.mark.parametrize(
    ("given", "delay"),
    [({}, "25"), ({"SSH_CONNECTION": "1"}, None), ({"ESCDELAY": "70"}, "70")],
    ids=["at hand", "over a line", "as wished"],
)
def test_an_escape_is_waited_for_as_the_line_needs(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], delay: str | None
) -> None:
    for name in ("SSH_CONNECTION", "ESCDELAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with monkeypatch.context() as patched:
        patched.setattr(os, "environ", dict(os.environ))
        screen._prepared(Namespace(glyphs="ascii", theme=None))
        assert os.environ.get("ESCDELAY") == delay


class Gone(io.StringIO):
    """A terminal that nobody is at any more."""

    def write(self, _: str) -> int:
        raise OSError(errno.EIO, "gone")

    def flush(self) -> None:
        raise OSError(errno.EIO, "gone")


def test_what_is_written_to_a_terminal_that_is_gone_goes_nowhere() -> None:
    writer = WriterThread(LastingFile(Gone()))  # type: ignore[arg-type]
    writer.start()
    for _ in range(MAX_QUEUED_WRITES):
        writer.write("a frame")
    writer.stop()
    assert not writer.is_alive()
