"""The lines of a file of answers that somebody else wrote, each decoded or named as wrong."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from core.errors import DataError
from core.storage import storage_error
from core.text_safety import clip, visible

Line = TypeVar("Line", bound=msgspec.Struct)


def answer_lines(
    path: Path, kind: type[Line], *, wrong: Callable[[int, str], DataError], remedy: str
) -> Iterator[tuple[int, Line]]:
    """Yield the number and the value of every line that holds something.

    `wrong` makes the error for a line that is no `kind`; `remedy` is for a path without a file.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as missing:
        raise DataError(
            what=f"There is no file {visible(clip(str(path), 200))}.",
            why="The path leads nowhere, or to a folder.",
            remedy=remedy,
        ) from missing
    except OSError as refused:
        raise storage_error(refused, path, doing="read the answers") from refused
    decoder = msgspec.json.Decoder(kind)
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            line = decoder.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError) as broken:
            raise wrong(number, visible(clip(str(broken), 200))) from broken
        yield number, line
