"""What names or reaches a person."""

from collections.abc import Iterator

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault

CHECK = Check(
    id="personal",
    severity="review",
    message="The text holds personal data; answers are memorised, and no training can be undone.",
    remedy="Redact it, or note why it may stay.",
)


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield every span, worse by one step in an answer that is trained."""
    return block.faults_of_spans("personal", CHECK.id)


def missing(asked: Asked) -> tuple[str, ...]:
    """Return what no rule finds reliably."""
    from core.data.detect.kinds import NOT_SCANNED

    return NOT_SCANNED
