"""What a check says about one row, found again when it is looked at: a finding lists few."""

from core.data.asked import Asked
from core.data.line_index import LineIndex
from core.data.rows import Fault
from core.data.scan.piece import check_blocks
from core.data.scan.read_block import block_of_rows


def faults_of_row(index: LineIndex, number: int, check: str) -> tuple[Fault, ...]:
    """Return the faults of a row by itself; what a check says between rows is not among them."""
    found = check_blocks([block_of_rows([index.row(number)])], Asked())
    tallies = (tally for (id, _), tally in found.tallies.items() if id == check)
    return tuple(fault for tally in tallies for fault in tally.faults)
