"""Rules that an answer keeps or breaks: a pattern, a length."""

import re
from collections.abc import Sequence

from core.errors import DataError
from core.scoring.automatic.measurement import Measurement, mean_of
from core.text_safety import clip, visible

_SHOWN = 120


def pattern_rule(answers: Sequence[str], pattern: str, *, forbidden: bool = False) -> Measurement:
    """Return the share of answers in which the pattern is found, or is not when forbidden."""
    try:
        compiled = re.compile(pattern)
    except re.error as broken:
        raise DataError(
            what=f"The pattern {visible(clip(pattern, _SHOWN))} is no regular expression.",
            why=f"{broken}.",
            remedy="Mend the pattern; a literal bracket or dot needs a backslash before it.",
        ) from broken
    kept = [float((compiled.search(answer) is None) == forbidden) for answer in answers]
    return mean_of(f"{'without' if forbidden else 'with'} {visible(clip(pattern, 40))}", kept)


def length_rule(
    answers: Sequence[str], *, at_least: int = 0, at_most: int | None = None
) -> Measurement:
    """Return the share of answers whose number of characters is within the limits."""
    kept = [
        float(at_least <= len(answer) and (at_most is None or len(answer) <= at_most))
        for answer in answers
    ]
    limits = f"{at_least:,} to {at_most:,}" if at_most is not None else f"{at_least:,} or more"
    return mean_of(f"{limits} characters", kept)
