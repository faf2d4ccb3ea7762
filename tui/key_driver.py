"""Reads keys as Textual does, and takes a lone escape for the key as soon as it may be one.

The start of a longer key and the key that goes back are the same byte; only what follows tells.
Textual looks every tenth of a second whatever delay it is given, and so long `esc` does nothing.
A terminal that is gone ends the app, and what is still written to it goes nowhere: Textual's thread
for that would end, and the app wait for it for ever.
The one place that uses Textual's parser of what a terminal sends, and private names of its driver
(`_app`, `_file`), for want of a public hook.
"""

import os
import select
from codecs import getincrementaldecoder
from collections.abc import Iterable
from contextlib import suppress
from typing import IO, Any

from textual import constants
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

_LOOK_S = 0.1
"""How often to look whether the app is being closed."""
_MOST_BYTES = 4096
_ESCAPE = "\x1b"


class LastingFile:
    """Writes to a terminal as long as there is one."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write, or do nothing where nobody reads any more."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Send what was written, or do nothing where nobody reads any more."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the descriptor of the terminal."""
        return self._file.fileno()


class KeyDriver(LinuxDriver):
    """The terminal of any system but Windows."""

    def __init__(self, app: App[Any], **how: Any) -> None:
        super().__init__(app, **how)
        self._file: Any = LastingFile(self._file)

    def run_input_thread(self) -> None:
        """Hand on what is typed until the app is closed; leave when the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        wait = _LOOK_S
        while not self.exit_event.is_set():
            typed = ""
            if select.select([self.fileno], [], [], wait)[0]:
                sent = self._read()
                if not sent:
                    self._app.call_later(self._app.exit)
                    return
                typed = decode(sent)
            if typed:
                self._hand_on(parser.feed(typed))
            self._hand_on(parser.tick())
            wait = constants.ESCAPE_DELAY if typed.endswith(_ESCAPE) else _LOOK_S

    def _read(self) -> bytes:
        """Return what was typed, nothing where the terminal is gone."""
        try:
            return os.read(self.fileno, _MOST_BYTES)
        except OSError:
            return b""

    def _hand_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
