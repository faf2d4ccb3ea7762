"""Which arm a user gets: always the same one, and by its share of all users.

Every arm draws a number for the user, and the highest one wins. Where the share of an arm grows,
users come to it from the others and nobody moves between those.
"""

import hashlib
from math import log

from core.release.release_plan import ReleasePlan

_BITS = 53
"""So many bits fill a float exactly, so that every machine deals alike."""


def deal(plan: ReleasePlan, user: str) -> str:
    """Return the name of the arm that this user is dealt."""
    named = [(name, arm.hundredths) for name, arm in plan.arm.items() if arm.hundredths]
    if len(named) == 1:
        return named[0][0]
    content = user.encode("utf-8", "surrogatepass")
    return max(named, key=lambda one: (_draw(plan.salt, one[0], content) / one[1], one[0]))[0]


def _draw(salt: str, arm: str, user: bytes) -> float:
    """Return the logarithm of a number from 0 to 1 that belongs to this user and arm."""
    digest = hashlib.blake2b(
        b"\0".join((salt.encode(), arm.encode(), user)), digest_size=8, person=b"tf:route:1"
    ).digest()
    return log((int.from_bytes(digest) >> (64 - _BITS)) + 1) - _BITS * _LOG_2


_LOG_2 = log(2)
