"""What is known of a trainer that a recipe can be handed to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.rows import Example
from core.training.handover.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer:
    """One target of a hand-over."""

    title: str
    """Name and version the files were made for."""
    file: str
    """The file that holds the settings; the list of what is lost stands at its top."""
    run_with: str
    """The command that trains, given in the folder of the hand-over."""
    rows: Callable[[Sequence[Example]], list[dict[str, Any]]]
    """Turns examples into the rows it reads."""
    settings: Callable[[Reading], str]
    """Makes the content of `file`, taking over what it can."""
    beside: Callable[[Sequence[dict[str, Any]]], dict[str, str]] = lambda _: {}
    """Makes further files, by name, that describe the rows."""
    skipped: Callable[[Example], bool] = lambda _: False
    """Whether it would pass over a row."""
    notes: tuple[str, ...] = ()
    """What is done otherwise than here, whatever the recipe says."""
