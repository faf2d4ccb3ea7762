"""How far a command is, on one line."""

import io
import sys

import pytest

from tui.commands.progress_line import ProgressLine


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def said_on(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a line writes there."""
    monkeypatch.setattr(sys, "__stderr__", stream)
    line = ProgressLine()
    for share in (0.101, 0.102, 0.5, None):
        line.share("reading", share)
    line.clear()
    line.clear()
    return stream.getvalue()


def test_a_terminal_sees_each_percent_once_and_an_empty_line_at_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = said_on(Terminal(), monkeypatch)
    assert said == f"\rreading  10%\rreading  50%\rreading{' ' * 5}\r{' ' * 7}\r"


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said_on(io.StringIO(), monkeypatch) == ""
