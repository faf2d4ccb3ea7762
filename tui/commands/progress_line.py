"""Shows how far a command is on one line of a terminal."""

import sys


class ProgressLine:
    """One line of a terminal's error stream, said again and again; nothing anywhere else."""

    def __init__(self) -> None:
        stream = sys.__stderr__
        self._stream = stream if stream is not None and stream.isatty() else None
        self._said = ""

    def say(self, words: str) -> None:
        """Put these words in place of what the line says."""
        if self._stream is None or words == self._said:
            return
        self._stream.write("\r" + words.ljust(len(self._said)))
        self._stream.flush()
        self._said = words

    def share(self, words: str, done: float | None) -> None:
        """Say what is being done and how far it is, whole percents only."""
        self.say(words if done is None else f"{words} {min(done, 1):4.0%}")

    def clear(self) -> None:
        """Leave the line empty for what comes."""
        if self._stream is not None and self._said:
            self._stream.write("\r" + " " * len(self._said) + "\r")
            self._stream.flush()
            self._said = ""
