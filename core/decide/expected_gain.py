"""The gain that somebody expects of a recommendation, to be held against a verdict later."""

import re

from core.decide.track_record import ARMS
from core.errors import DecisionError
from core.text_safety import clip, visible

_GAIN = re.compile(r"\s*([+-]?\d{1,3})\s*(?:(?:-|to|\s)\s*([+-]?\d{1,3})\s*)?\Z")
_MOST = 100


def read_gain(words: str) -> tuple[float, float]:
    """Return a gain typed in points, as in `5-15` or `10`, as two shares; raise for other words."""
    found = _GAIN.match(words)
    ends = [int(end) for end in found.groups() if end is not None] if found else []
    if not ends or max(map(abs, ends)) > _MOST:
        raise DecisionError(
            what=f"{visible(clip(words, 40))!r} is no gain in points.",
            why="A gain is how many of 100 answers get better: a number from -100 to 100, or two.",
            remedy="Write it like 5-15 or 10, or leave it out.",
        )
    return min(ends) / 100, max(ends) / 100


def can_be_measured(recommendation: str) -> bool:
    """Whether a verdict can tell if this recommendation was right."""
    return recommendation in ARMS
