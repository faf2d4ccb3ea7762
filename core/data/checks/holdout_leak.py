"""Rows that also stand in the file of evaluation rows."""

from collections.abc import Iterator

import numpy as np

from core.data.asked import Asked
from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.columns import Columns
from core.data.scan.run import read_columns
from core.data.scan.whole import Whole

CHECK = Check(
    id="holdout_leak",
    severity="blocker",
    message="The row is also an evaluation row, so a good score would only show memory.",
    remedy="Drop the row here, or take it out of the evaluation.",
)


def missing(asked: Asked) -> str:
    """Return what is not compared when there is no file to compare with."""
    return "" if asked.against else "leaks into evaluation rows (--against FILE)"


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield each row with the words, or an input, of an evaluation row."""
    if whole.asked.against is None:
        return
    held = read_columns(whole.asked.against)
    columns = whole.columns
    words = _held_by(columns.spoken, held.spoken, held.number)
    inputs = _inputs(columns, held)
    for place in np.flatnonzero((words > 0) | (inputs > 0)):
        same, row = ("words", words[place]) if words[place] else ("input", inputs[place])
        yield Fault(
            check=CHECK.id,
            row=int(columns.number[place]),
            message=f"has the same {same} as row {row} of the evaluation file",
        )


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
