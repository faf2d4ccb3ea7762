"""Which answers people review: anybody can say it from the id of an answer and the plan."""

import hashlib

from core.release.gateway.entry import Queued
from core.release.release_plan import WHOLE, ReleasePlan

_BITS = 64


def queued(plan: ReleasePlan, id: str) -> Queued:
    """Return whether the answer of an id is held, was sampled, or is not reviewed."""
    match plan.review.mode:
        case "hold":
            return "held"
        case "sample":
            share = round(plan.review.share * 100)
            return "sampled" if _draw(plan.salt, id) * WHOLE < share << _BITS else ""
        case "none":
            return ""


def _draw(salt: str, id: str) -> int:
    """Return a number below 2 to the 64th that belongs to this answer; arm and user are not in it.

    So every arm is reviewed as often as every other.
    """
    content = b"\0".join((salt.encode(), id.encode("utf-8", "surrogatepass")))
    return int.from_bytes(hashlib.blake2b(content, digest_size=8, person=b"tf:review:1").digest())
