"""What somebody wants to know of a file beyond the usual."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

USUAL_CONTEXT: Final = 2048
"""Tokens that a row may have where nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The questions of one inspection; workers receive them as they are."""

    context: int | None = None
    """Most tokens a row may have in the training to come; None assumes 2,048."""
    provider: str | None = None
    """Whose rules the rows are held against; None for nobody's."""
    against: Path | None = None
    """A file of evaluation rows that must not be in this one."""
    marks: tuple[str, ...] = ()
    """Special tokens of the chosen tokenizer; empty for the commonly known ones."""
    epochs: int = 1
    """How often training will show every row."""
