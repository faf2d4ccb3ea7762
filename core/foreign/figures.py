"""Values that somebody else wrote, as figures of ours: right, or None, never a surprise."""

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

_HUGE = 1e30
"""No loss and no rate is this large; sums and axes would overflow behind it."""
_LAST_STEP = 2**53
_LAST_MOMENT = 253_402_300_799.0
"""Seconds since the epoch at which years have five digits."""
_CLOCK = re.compile(r"(?:(\d{1,6}) days?, )?(\d{1,6}):(\d\d):(\d\d)")


def number(value: object) -> float | None:
    """Return a finite value of a size that can be drawn; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) and abs(found) < _HUGE else None


def is_figure(value: object) -> bool:
    """Return whether this was meant as a number, finite or not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(value: object) -> int | None:
    """Return a count or a step; None for what cannot be one."""
    found = number(value)
    return int(found) if found is not None and 0 <= found <= _LAST_STEP else None


def moment(seconds: float) -> str:
    """Return seconds since the epoch as events write them; "" for what is no time."""
    if not 0 < seconds < _LAST_MOMENT:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def clock_seconds(value: object) -> float | None:
    """Return the seconds of "1:02:03" or "2 days, 1:02:03"; None for all else."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return days * 86_400.0 + hours * 3600 + minutes * 60 + seconds


def json_object(content: bytes) -> dict[str, Any] | None:
    """Return the object in JSON as Python writes it, NaN and Infinity included; None for none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
