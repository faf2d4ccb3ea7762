"""Answers on disk, one line each, named by what was asked: nothing is asked twice."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.storage import storage_error


class StoredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `answers.jsonl`."""

    key: str
    """Hash of contender, prompt and settings."""
    contender: str
    item: str
    """Row key of the holdout row."""
    text: str
    tokens: int
    stopped: bool
    cut: bool
    """Whether the prompt lost its beginning."""


class AnswerStore:
    """Reads what is there and appends what comes; every line is on disk when `add` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = {answer.key: answer for answer in _read(path)}

    def get(self, key: str) -> StoredAnswer | None:
        """Return the answer of this name, None when it was never given."""
        return self._known.get(key)

    def add(self, answers: list[StoredAnswer]) -> None:
        """Append answers in one write."""
        content = b"".join(msgspec.json.encode(answer) + b"\n" for answer in answers)
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                # A line that a crash tore is closed, so that it cannot swallow the next one.
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    content = b"\n" + content
                while content:
                    content = content[os.write(descriptor, content) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise storage_error(error, self._path, doing="save answers") from error
        self._known.update({answer.key: answer for answer in answers})


def _read(path: Path) -> Iterator[StoredAnswer]:
    """Yield the whole lines; a torn one was never reported as saved, so it is asked again."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error(error, path, doing="read the answers") from error
    for line in content.splitlines():
        try:
            yield msgspec.json.decode(line, type=StoredAnswer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
