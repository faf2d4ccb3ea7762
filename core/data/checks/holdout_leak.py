"""Rows that also stand in the file of evaluation rows."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.data.asked import Asked
from core.data.checking import Check
from core.data.near.candidates import LEAST_EQUAL, nearest
from core.data.near.verify import verify
from core.data.near.words import prepared, spoken
from core.data.rows import Fault
from core.data.scan.columns import Columns
from core.data.scan.keys_of_block import columns_of
from core.data.scan.read_block import block_of_rows
from core.data.scan.whole import Whole
from core.data.scan.word_hashes import signatures_of_texts
from core.data.sources import read_rows

CHECK = Check(
    id="holdout_leak",
    severity="blocker",
    message="The row is also an evaluation row, so a good score would only show memory.",
    remedy="Drop the row here, or take it out of the evaluation.",
)


def missing(asked: Asked) -> tuple[str, ...]:
    """Return what is not compared when there is no file to compare with."""
    return () if asked.against else ("leaks into evaluation rows (--against FILE)",)


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield each row with the words, or an input, of an evaluation row, or nearly its words."""
    if whole.asked.against is None:
        return
    rows = [row for row in read_rows(whole.asked.against) if row.example]
    held = columns_of(block_of_rows(rows))
    columns = whole.columns
    words = _held_by(columns.spoken, held.spoken, held.number)
    inputs = _inputs(columns, held)
    near = _near(whole, [spoken(row.example) for row in rows if row.example])
    for place in range(columns.rows):
        if words[place]:
            other = int(words[place])
            message = f"has the same words as row {other} of the evaluation file"
        elif inputs[place]:
            other = int(inputs[place])
            message = f"has the same input as row {other} of the evaluation file"
        elif place in near:
            left, similarity = near[place]
            other = int(held.number[left])
            message = f"is nearly row {other} of the evaluation file (similarity {similarity:.2f})"
        else:
            continue
        yield Fault(check=CHECK.id, row=int(columns.number[place]), message=message, other=other)


def _near(whole: Whole, held: list[str]) -> dict[int, tuple[int, float]]:
    """Return, for each row that is nearly an evaluation row, which one and how nearly."""

    def said(places: Sequence[int]) -> list[bytes]:
        told = iter(whole.said([place - len(held) for place in places if place >= len(held)]))
        return [prepared(held[at] if at < len(held) else next(told)) for at in places]

    own = whole.signatures
    if own is None:
        own = signatures_of_texts(whole.said(range(whole.columns.rows)))
    known = signatures_of_texts(held)
    if not len(known) or not len(own):
        return {}
    best = nearest(known, own)
    likely = np.flatnonzero((best.row >= 0) & (best.equal >= LEAST_EQUAL))
    pairs = np.stack((best.row[likely], likely + len(held)), axis=1)
    found = verify(pairs, said)
    return {right - len(held): (left, similarity) for left, right, similarity in found}


def _inputs(columns: Columns, held: Columns) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return, for each row, the evaluation row that shares an input with it, 0 for none."""
    asked = held.target_input != 0
    numbers = held.number[held.target_row]
    found = _held_by(columns.target_input, held.target_input[asked], numbers[asked])
    rows = np.zeros(columns.rows, dtype=np.int64)
    hits = np.flatnonzero(found)[::-1]
    rows[columns.target_row[hits]] = found[hits]
    return rows


def _held_by(
    keys: "np.ndarray[tuple[int], np.dtype[np.uint64]]",
    held: "np.ndarray[tuple[int], np.dtype[np.uint64]]",
    numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return, for each key, the number of the first held row with the same one, 0 for none."""
    if not len(held):
        return np.zeros(len(keys), dtype=np.int64)
    known, first = np.unique(held, return_index=True)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[place] == keys, numbers[first[place]], 0)
