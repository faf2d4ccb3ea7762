"""Reads ratings that were made elsewhere: a CSV with item, contender, rater, score[, unsafe]."""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from core.errors import DataError
from core.scoring.rated.rating import FINE_RUBRIC, RUBRIC, Rating
from core.scoring.rated.section import Section
from core.storage import storage_error
from core.text_safety import clip, visible

_NEEDED = ("item", "contender", "rater", "score")
_OPTIONAL = "unsafe"
_YES = {"1", "1.0", "true", "yes", "y", "x"}
_NO = {"0", "0.0", "false", "no", "n", ""}
_SHOWN = 60


class RatingsFile(NamedTuple):
    """The ratings of a file."""

    ratings: tuple[Rating, ...]
    unsafe_recorded: bool
    """Whether the file has a column that could say so."""
    section: Section
    """Which file it was, for a report."""


def read_ratings(path: Path) -> RatingsFile:
    """Return the ratings of a file, or say which line is wrong."""
    content = _content(path)
    rows = _rows(path, content)
    number, header = next(rows, (1, []))
    columns = _columns(path, number, header)
    seen: dict[tuple[str, str, str], int] = {}
    ratings = []
    for number, row in rows:
        if not any(map(str.strip, row)):
            continue
        rating = _rating(path, number, row, columns)
        if rating is None:
            continue
        key = (rating.item, rating.contender, rating.rater)
        if key in seen:
            raise _wrong(
                path,
                number,
                f"{_quoted(rating.rater)} rates {_quoted(rating.contender)} on "
                f"{_quoted(rating.item)} again, after line {seen[key]}",
                "One rating counts for each item, contender and rater.",
                "Keep the one that holds and delete the other.",
            )
        seen[key] = number
        ratings.append(rating)
    if not ratings:
        raise DataError(
            what=f"{_name(path)} holds no ratings.",
            why="There is no line with a score under the columns.",
            remedy=f"Write one rating a line: {','.join(_NEEDED)}.",
        )
    section = Section(
        title="Where this comes from",
        head=("what", "value"),
        rows=(("file", path.name), ("file, SHA-256", hashlib.sha256(content).hexdigest())),
        notes=("The ratings were made elsewhere: there is no plan, no log and no seal to check.",),
    )
    return RatingsFile(tuple(ratings), _OPTIONAL in columns, section)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as missing:
        raise DataError(
            what=f"There is no file {_name(path)}.",
            why="The path leads nowhere, or to a folder.",
            remedy="Check the spelling; the path is taken from the folder you are in.",
        ) from missing
    except OSError as refused:
        raise storage_error(refused, path, doing="read the ratings") from refused


def _rows(path: Path, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield every row with the number of the line where it ends."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise DataError(
            what=f"{_name(path)} is not UTF-8 text.",
            why=f"Byte {broken.start + 1:,} begins no character.",
            remedy="Save it as CSV in UTF-8.",
        ) from broken
    reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as broken:
        raise _wrong(
            path, reader.line_num, f"no CSV: {broken}", "", "Close every quote; separate by commas."
        ) from broken


def _delimiter(text: str) -> str:
    """Return what stands between the columns: spreadsheets write semicolons in some countries."""
    header = text.lstrip().partition("\n")[0]
    return max(",;\t", key=header.count)


def _columns(path: Path, number: int, header: Sequence[str]) -> dict[str, int]:
    """Return where each column is."""
    names = [name.strip().lower() for name in header]
    missing = [name for name in _NEEDED if name not in names]
    twice = [name for name in (*_NEEDED, _OPTIONAL) if names.count(name) > 1]
    if missing or twice:
        wrong = f"no column {missing[0]}" if missing else f"the column {twice[0]} twice"
        raise _wrong(
            path,
            number,
            wrong,
            f"Its columns are: {_quoted(', '.join(header)) if header else 'none'}.",
            f"Name the columns {', '.join(_NEEDED)} and, if raters could say so, {_OPTIONAL}.",
        )
    return {name: names.index(name) for name in (*_NEEDED, _OPTIONAL) if name in names}


def _rating(path: Path, number: int, row: Sequence[str], columns: dict[str, int]) -> Rating | None:
    """Return the rating of a row; None where its score was left empty."""
    if len(row) <= max(columns[name] for name in _NEEDED):
        raise _wrong(
            path, number, f"{len(row)} values", "Some columns have none.", "Fill the line."
        )
    item, contender, rater, score = (row[columns[name]].strip() for name in _NEEDED)
    for name, value in (("item", item), ("contender", contender), ("rater", rater)):
        if not value:
            raise _wrong(path, number, f"no {name}", "A score belongs to somebody.", "Fill it in.")
    at = columns.get(_OPTIONAL)
    unsafe = "" if at is None or at >= len(row) else row[at].strip().lower()
    if unsafe not in _YES | _NO:
        raise _wrong(
            path, number, f"{_quoted(unsafe)} as unsafe", "It says yes or no.", "Write 1 or 0."
        )
    if not score and unsafe in _NO:
        return None
    score = score or str(RUBRIC[0])  # an unsafe answer is unusable, whether or not one says so
    if score.removesuffix(".0") not in map(str, FINE_RUBRIC):
        raise _wrong(
            path,
            number,
            f"the score {_quoted(score)}",
            "Scores are 1 unusable, 3 needs edits, 5 production-ready, with 2 and 4 between.",
            "Write a whole number from 1 to 5, or leave the score empty.",
        )
    return Rating(
        item=item,
        contender=contender,
        rater=rater,
        score=int(score.removesuffix(".0")),
        unsafe=unsafe in _YES,
    )


def _wrong(path: Path, number: int, what: str, why: str, remedy: str) -> DataError:
    return DataError(
        what=f"{_name(path)}, line {number}: {what}.",
        why=why or "The line cannot be read.",
        remedy=remedy,
    )


def _name(path: Path) -> str:
    return visible(clip(str(path), 200))


def _quoted(value: str) -> str:
    return f'"{visible(clip(value, _SHOWN))}"'
