"""A set that is mixed into a run, in words."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.events.parts import MixedIn


def mixed_words(one: "MixedIn", *, of: int | None = None) -> str:
    """Return which rows of a set are trained on, `of` all train rows; not yet safe to show."""
    whole = one.taken == one.rows
    words = f"all {one.rows:,} rows" if whole else f"{one.taken:,} of {one.rows:,} rows"
    if of:
        words += f", {one.taken / of:.1%} of all"
    if whole and one.share is not None:
        words += f" ({one.share:.0%} was asked for, it has no more)"
    return f"{Path(one.path).name}: {words}, counted as train rows from {one.after + 1:,} on"
