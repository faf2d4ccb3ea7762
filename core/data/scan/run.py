"""Scans a file: reads it once, checks its pieces, joins what they found, and tells on the way."""

import os
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.data.asked import Asked
from core.data.checking import Tallies, all_checks, count_faults, merge
from core.data.line_index import LineIndex
from core.data.near.signatures import SignatureRows
from core.data.scan.columns import Columns, GrowingColumns
from core.data.scan.kept import KeptArray
from core.data.scan.keys_of_block import columns_of
from core.data.scan.near_rows import KeptSignatures
from core.data.scan.piece import Found, check_piece, check_too_long
from core.data.scan.read_block import read_block
from core.data.scan.source import Piece, Source
from core.data.scan.whole import Whole
from core.data.scan.worker import Task
from core.data.scan.workers import Checked, check_with_workers
from core.data.shapes.shape import Shape
from core.data.sources import first_rows, open_file, unreadable

SMALL: Final = 16 * 1024 * 1024
"""Bytes below which starting processes costs more than they save."""
_PROCESSES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What is known of a file so far."""

    path: Path
    sha256: str
    """Of the bytes read so far."""
    bytes_read: int
    """How many are checked."""
    bytes_total: int
    lines: int
    """Rows, readable or not."""
    blocked: Mapping[int, str]
    """Rows that cannot be trained on, with the first reason why."""
    columns: Columns | None
    """Of the readable rows; None while the file is being read."""
    readable: int
    """How many rows are conversations."""
    tallies: Tallies
    index: LineIndex
    """Finds any row again."""
    asked: Asked
    usual: Shape | None
    """The shape of most rows; None where the first ones have none."""
    cpu: Counter[str]
    """Processor time spent, in nanoseconds by step."""

    @property
    def is_over(self) -> bool:
        """Return whether every row was read and every check has concluded."""
        return self.columns is not None


def scan_file(
    path: Path, asked: Asked, *, processes: int | None = None
) -> Generator[Scan, None, None]:
    """Yield what is known after each piece, and at last the whole; close it to cancel.

    `processes` check, this one among them; with 0 rows are compared as in a small file, and None
    decides by the size of the file.
    """
    usual = first_rows(path).shape
    try:
        with open_file(path) as file:
            total = os.fstat(file.fileno()).st_size
            count = processes if processes is not None else _processes(total)
            source = Source(path, usual=usual)
            found = Found()
            columns, signatures = GrowingColumns(), KeptArray()
            done = 0
            task = Task(asked, usual.id if usual else "", signed=True, file=file.fileno())
            for checked in _checked(source.pieces(file), task, usual, count):
                for signed in checked.found.signatures:
                    signatures.add(signed)
                checked.found.signatures.clear()
                for part in checked.found.columns:
                    columns.add(part)
                checked.found.columns.clear()
                found.extend(checked.found)
                done += checked.piece.length
                yield Scan(
                    path=path,
                    sha256=source.sha256,
                    bytes_read=done,
                    bytes_total=total,
                    lines=found.lines,
                    blocked=found.blocked,
                    columns=None,
                    readable=columns.rows,
                    tallies=found.tallies,
                    index=source.index,
                    asked=asked,
                    usual=usual,
                    cpu=found.cpu,
                )
            kept = KeptSignatures(signatures) if count else None
            yield _concluded(path, source, found, columns, asked, kept)
    except OSError as error:
        raise unreadable(error, path) from error


def _processes(size: int) -> int:
    """Return how many processes a file of this size is worth."""
    return min(_PROCESSES, os.cpu_count() or 1) if size > SMALL else 0


def _checked(
    pieces: Iterable[Piece], task: Task, usual: Shape | None, processes: int
) -> Iterator[Checked]:
    """Yield every piece with what was found in it."""
    if processes:
        yield from check_with_workers(pieces, task, processes=processes)
        return
    for piece in pieces:
        yield Checked(piece, _check(piece, task.asked, usual))


def _check(piece: Piece, asked: Asked, usual: Shape | None) -> Found:
    """Return what is in a piece."""
    if not piece.lines:
        return check_too_long(piece.length, number=piece.first, asked=asked)
    return check_piece(piece.lines, first=piece.first, asked=asked, usual=usual)


def _concluded(
    path: Path,
    source: Source,
    found: Found,
    growing: GrowingColumns,
    asked: Asked,
    signatures: SignatureRows | None,
) -> Scan:
    """Return the scan with what only the whole file shows."""
    if not growing.rows:
        growing.add(columns_of(read_block(b"")))
    columns = growing.columns()
    return Scan(
        path=path,
        sha256=source.sha256,
        bytes_read=source.index.end,
        bytes_total=source.index.end,
        lines=found.lines,
        blocked=found.blocked,
        columns=columns,
        readable=columns.rows,
        tallies=conclude(found, columns, source.index, asked, signatures),
        index=source.index,
        asked=asked,
        usual=source.index.usual,
        cpu=found.cpu,
    )


def conclude(
    found: Found,
    columns: Columns,
    index: LineIndex,
    asked: Asked,
    signatures: SignatureRows | None = None,
) -> Tallies:
    """Return all tallies: those of the rows, and those that only the whole file shows."""
    tallies: Tallies = {}
    merge(tallies, found.tallies)
    for id, module in all_checks().items():
        if module.conclude is not None:
            began = time.thread_time_ns()
            whole = Whole(
                columns=columns,
                signatures=signatures,
                counts=found.counts.get(id, Counter()),
                index=index,
                asked=asked,
                lines=found.lines,
            )
            count_faults(tallies, module.check, module.conclude(whole))
            columns.let_go()
            found.cpu[id] += time.thread_time_ns() - began
    return tallies
