"""Answers on disk, one line each, named by what was asked: nothing is asked twice."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
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
        self._known: dict[str, StoredAnswer] = {}
        self._lines: set[tuple[str, str, str]] = set()
        self._remember(read_answers(path))

    def get(self, key: str) -> StoredAnswer | None:
        """Return the answer of this name, None when it was never given."""
        return self._known.get(key)

    def take_over(self, wanted: Collection[str], others: Iterable[Path]) -> None:
        """Learn what other stores know of these names; `note` puts it down here."""
        missing = {key for key in wanted if key not in self._known}
        for path in others:
            if not missing:
                break
            if path != self._path:
                found = [one for one in read_answers(path) if one.key in missing]
                self._known |= {one.key: one for one in found}
                missing -= self._known.keys()

    def note(self, contender: str, names: Mapping[str, str]) -> None:
        """Put known answers down as this contender's; `names` gives the key of each item."""
        self.add(
            [
                msgspec.structs.replace(answer, contender=contender, item=item)
                for item, key in names.items()
                if (answer := self._known.get(key)) and (key, contender, item) not in self._lines
            ]
        )

    def add(self, answers: list[StoredAnswer]) -> None:
        """Append answers in one write."""
        if not answers:
            return
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
        self._remember(answers)

    def _remember(self, answers: Iterable[StoredAnswer]) -> None:
        for one in answers:
            self._known[one.key] = one
            self._lines.add((one.key, one.contender, one.item))


def read_answers(path: Path) -> Iterator[StoredAnswer]:
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
