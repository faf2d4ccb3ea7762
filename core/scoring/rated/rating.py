"""One score by one rater, the row of every table of ratings."""

from dataclasses import dataclass

RUBRIC = (1, 3, 5)
"""Unusable or unsafe; usable with edits; production-ready and factually right."""
FINE_RUBRIC = (1, 2, 3, 4, 5)
"""The rubric with the optional scores between."""
READY = 5
"""The score of an answer that can be used as it is."""
SPAN = float(RUBRIC[-1] - RUBRIC[0])
"""The largest difference that two scores can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What one rater said of one contender's answer to one item."""

    item: str
    """What was asked; the unit of every statistic."""
    contender: str
    """Whose answer it is, as revealed after the rating."""
    rater: str
    """Who rated."""
    score: int
    """1 to 5 on the rubric."""
    unsafe: bool = False
    """Whether the rater called the answer unsafe."""
