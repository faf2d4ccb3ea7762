"""Checks one piece of a file, row by row and block by block; the same in any process."""

import ctypes
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Tallies, all_checks, count_faults, merge, note_blocked
from core.data.lines import Line
from core.data.near.signatures import Signatures
from core.data.scan.columns import Columns, joined
from core.data.scan.keys_of_block import columns_of
from core.data.scan.near_rows import EMPTY_SIGNATURES, signatures_of
from core.data.scan.read_block import block_of_rows, blocks_of, read_block
from core.data.shapes.shape import Shape
from core.data.sources import line_row

_KEPT: Final = -1
"""glibc's M_TRIM_THRESHOLD: how much free memory it keeps."""
_MAPPED_FROM: Final = -3
"""Its M_MMAP_THRESHOLD: how large an array it gives back at once."""
_LARGEST_KEPT: Final = 6 << 20
"""More than any array of a block takes, and less than those of a whole large file."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What is known of some rows that follow each other."""

    lines: int = 0
    """Rows, readable or not."""
    tallies: Tallies = field(default_factory=dict)
    blocked: dict[int, str] = field(default_factory=dict)
    """Rows that cannot be trained on, with the first reason why."""
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """What each check gathered, by its id."""
    columns: list[Columns] = field(default_factory=list)
    """Of the readable rows, part by part."""
    signatures: list[Signatures] = field(default_factory=list)
    """Of the readable rows, by which near ones are found; empty where nobody asked for them."""
    cpu: Counter[str] = field(default_factory=Counter)
    """Processor time spent, in nanoseconds by step."""

    def extend(self, later: "Found") -> None:
        """Take over what is known of the rows that come after."""
        self.lines += later.lines
        merge(self.tallies, later.tallies)
        self.blocked.update(later.blocked)
        for id, counts in later.counts.items():
            self.counts.setdefault(id, Counter()).update(counts)
        self.columns += later.columns
        self.signatures += later.signatures
        self.cpu.update(later.cpu)


def check_piece(
    piece: bytes, *, first: int, asked: Asked, usual: Shape | None = None, signed: bool = False
) -> Found:
    """Return what is found in whole lines, the first of which has this number."""
    blocks = blocks_of(piece, first=first, usual=usual)
    return check_blocks(blocks, asked, signed=signed)


def check_too_long(length: int, *, number: int, asked: Asked) -> Found:
    """Return what is found in a line of which only the length is known."""
    return check_blocks([block_of_rows([line_row(Line(number, 0, length, None))])], asked)


def check_blocks(blocks: Iterable[Block], asked: Asked, *, signed: bool = False) -> Found:
    """Return what is found in these blocks, with the signatures of their rows if wanted."""
    _keep_memory()
    found = Found()
    began = time.thread_time_ns()
    for block in blocks:
        found.lines += block.lines
        began = _spent(found, "read", began)
        found.columns.append(columns_of(block))
        began = _spent(found, "keys", began)
        if signed:
            found.signatures.append(signatures_of(block))
            began = _spent(found, "signatures", began)
        for id, module in all_checks().items():
            if module.find is not None:
                faults = list(module.find(block, asked))
                count_faults(found.tallies, module.check, faults)
                note_blocked(found.blocked, module.check, faults)
            if module.gather is not None:
                found.counts.setdefault(id, Counter()).update(module.gather(block))
            if module.find is not None or module.gather is not None:
                began = _spent(found, id, began)
    if len(found.columns) != 1:
        found.columns = [joined(found.columns or [columns_of(read_block(b""))])]
        if signed:
            found.signatures = [np.concatenate(found.signatures or [EMPTY_SIGNATURES])]
    return found


@cache
def _keep_memory() -> None:
    """Have glibc keep the memory of a block's arrays for the next, and give back larger ones.

    Mapping them anew for every block takes a sixth of all time; other systems do not ask for it.
    """
    with suppress(OSError, AttributeError):
        set_option = ctypes.CDLL(None).mallopt
        set_option(_MAPPED_FROM, _LARGEST_KEPT)
        set_option(_KEPT, _LARGEST_KEPT * 4)


def _spent(found: Found, step: str, began: int) -> int:
    """Note the time since `began` for a step and return the time now."""
    now = time.thread_time_ns()
    found.cpu[step] += now - began
    return now
