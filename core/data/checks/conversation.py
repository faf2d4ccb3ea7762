"""Orders of turns that a template can render and that teach something odd."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from core.data.asked import Asked
from core.data.block import SYSTEM_ROLES, Block
from core.data.checking import Check
from core.data.rows import Fault

CHECK = Check(
    id="conversation",
    severity="review",
    message="The turns do not alternate, so the model learns to answer itself or to be ignored.",
    remedy="Join turns of one speaker, and end the row with the answer to be learned.",
)


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield the first oddity of every row."""
    odd = {order: found for order in set(block.orders) if (found := _odd(order))}
    if not odd:
        return
    for row, order in enumerate(block.orders):
        if order in odd:
            place, message = odd[order]
            turn = block.turn(int(block.firsts[row]) + place)
            path = turn.path.removesuffix(".content")
            yield Fault(check=CHECK.id, row=turn.row, path=path, message=message)


@lru_cache(maxsize=4096)
def _odd(roles: tuple[str, ...]) -> tuple[int, str] | None:
    """Return place and words of what is odd about these roles."""
    for place, (before, role) in enumerate(pairwise(roles), start=1):
        if role == before and role in {"user", "assistant"}:
            return place, f"is a second turn of the {role} in a row"
        if role in SYSTEM_ROLES and before not in SYSTEM_ROLES:
            return place, "is a system turn in the middle of the conversation"
    if roles[-1] == "user":
        return len(roles) - 1, "is a question that nobody answers"
    return None
