"""Keys, tokens and passwords that open something."""

from collections.abc import Iterator

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import Check
from core.data.rows import Fault

CHECK = Check(
    id="secret",
    severity="blocker",
    message="The text holds what looks like a live key; a model gives away what it was trained on.",
    remedy="Withdraw the key where it was made, then redact it here.",
)


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield every span, worse by one step in an answer that is trained."""
    return block.faults_of_spans("secret", CHECK.id)
