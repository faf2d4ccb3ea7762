"""Files at a server that speaks OpenAI's interface: sent once, found again, deleted on request."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openai

from core.hosted.consignment import Part, Progress
from core.hosted.failures import HostedError, Rejected, Vanished
from core.hosted.openai_line import UPLOAD, Line
from core.hosted.openai_shapes import data_of, id_of

_PAGE = 100
_MOST_PAGES = 20


def find_file(line: Line, part: Part, known: str | None) -> str | None:
    """Return the id of a file that holds exactly this part: its name says its content."""
    try:
        if known is None:
            return _search(line, part)
        found = line.ask("look at a file", lambda c: c.files.retrieve(known))
    except (Vanished, Rejected):
        return None  # a server that lists no files, or has not this one
    return known if _holds(found, part) else None


def _search(line: Line, part: Part) -> str | None:
    after: dict[str, Any] = {}
    for _ in range(_MOST_PAGES):
        place = dict(after)

        async def listed(c: openai.AsyncOpenAI, place: dict[str, Any] = place) -> object:
            return await c.files.list(purpose="fine-tune", limit=_PAGE, **place)

        page = line.ask("list files", listed)
        if not isinstance(getattr(page, "data", None), list):
            raise line.unusable("list files", page)
        files = data_of(page)
        for one in files:
            if _holds(one, part):
                return id_of(one)
        after = {"after": id_of(files[-1]) if files else ""}
        if not getattr(page, "has_more", False) or after == place:
            return None
    return None


def upload(line: Line, part: Part, progress: Progress) -> str:
    """Send a part and return the file's id."""
    doing = f"upload the {part.name} rows"
    with _Counted(part.path, progress) as file:
        reply = line.once(
            doing,
            lambda c: c.files.create(file=(part.upload_name, file), purpose="fine-tune"),
            deadline=UPLOAD,
        )
    if not id_of(reply):
        raise line.unusable(doing, reply)
    return id_of(reply)


def fetch(line: Line, name: str) -> bytes | None:
    """Return a file's bytes; None where it cannot be had."""
    try:
        return line.ask("fetch a result file", lambda c: c.files.content(name)).content
    except HostedError:
        return None


def delete(line: Line, files: Sequence[str]) -> list[str]:
    """Delete files and return the ids that are gone; gone before counts, too."""
    gone: list[str] = []
    for name in files:

        async def deleted(c: openai.AsyncOpenAI, name: str = name) -> object:
            return await c.files.delete(name)

        try:
            line.ask("delete a file", deleted)
        except Rejected:
            continue
        except Vanished:
            pass
        gone.append(name)
    return gone


def _holds(file: object, part: Part) -> bool:
    """Return whether a file at the service is this part, whole and not refused."""
    return (
        getattr(file, "filename", None) == part.upload_name
        and getattr(file, "bytes", None) == part.bytes
        and getattr(file, "status", None) != "error"
    )


class _Counted(io.BufferedReader):
    """A file that says how far it was read."""

    def __init__(self, path: Path, progress: Progress) -> None:
        super().__init__(io.FileIO(path))
        self._size = path.stat().st_size
        self._progress = progress

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes, and say how many are gone in all."""
        block = super().read(size)
        if block:
            self._progress(self.tell(), self._size)
        return block
