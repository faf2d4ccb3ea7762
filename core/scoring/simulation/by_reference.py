"""A simulated rater of real answers: sees how near an answer is to its reference, with noise.

Like the synthetic raters beside it, it cuts a noisy latent quality into 1, 3 and 5; here the
quality is measured on the answer and not drawn. It cannot judge what the reference does not say.
"""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from core.scoring.automatic.texts import word_f1

NOISE = 0.08
"""Standard deviation of a rater's own opinion, where quality goes from 0 to 1."""
_USABLE, _READY = 0.5, 0.85
"""Above which seen quality an answer is a 3, and a 5."""


def score(answer: str, reference: str | None, *, dice: Random) -> int:
    """Return 1, 3 or 5 for an answer."""
    seen = likeness(answer, reference or "") + dice.gauss(0, NOISE)
    return 1 + 2 * (seen > _USABLE) + 2 * (seen > _READY)


def likeness(answer: str, reference: str) -> float:
    """Return from 0 to 1 how much of a reference an answer says.

    Of a JSON object it is the share of keys with the same value, of any other text the F1 of words.
    """
    wanted = _object(reference)
    if wanted is None:
        return word_f1(answer, reference)
    given = _object(answer) or {}
    keys = wanted.keys() | given.keys()
    same = sum(key in given and key in wanted and given[key] == wanted[key] for key in keys)
    return same / len(keys) if keys else 1.0


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
