"""What a person may choose about a split; a lock remembers it for every later version."""

from dataclasses import dataclass, fields, replace
from typing import Any

from core.data.dates import read_date
from core.data.parts import Shares
from core.errors import DataError
from core.text_safety import clip, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How to split; None for what is not chosen."""

    validation: float | None = None
    """Share of the rows that picks checkpoints."""
    holdout: float | None = None
    """Share of the rows that nothing but Score may see."""
    by: str | None = None
    """Field whose every value has its share of the holdout."""
    groups: tuple[str, ...] | None = None
    """Fields: rows with an equal value in one of them stay on one side."""
    time: str | None = None
    """Field with a date: the newest rows are the holdout."""
    cutoff: str | None = None
    """Date from which rows are the holdout; None for the newest share."""

    def shares(self) -> Shares:
        """Return the shares, refused where they leave nothing to train."""
        usual = Shares()
        shares = Shares(
            validation=usual.validation if self.validation is None else self.validation,
            holdout=usual.holdout if self.holdout is None else self.holdout,
        )
        together = shares.validation + shares.holdout
        if not (shares.validation > 0 and shares.holdout > 0 and together < 1):
            raise DataError(
                what=f"The shares {shares.validation} and {shares.holdout} cannot be used.",
                why="Validation and holdout each need a share above 0, and train needs the rest.",
                remedy="Use 0.1 for validation and 0.15 for the holdout.",
            )
        if self.cutoff is not None and (self.time is None or read_date(self.cutoff) is None):
            raise DataError(
                what=f"The cutoff {clip(visible(self.cutoff), 80)} cannot be used.",
                why="A cutoff is a date, and needs the field that holds the rows' dates.",
                remedy="Write --time FIELD --cutoff 2026-05-17.",
            )
        return shares

    def as_json(self) -> dict[str, Any]:
        """Return what a lock keeps."""
        shares = self.shares()
        return {
            "by": self.by,
            "cutoff": self.cutoff,
            "groups": sorted(self.groups or ()),
            "holdout": shares.holdout,
            "time": self.time,
            "validation": shares.validation,
        }

    def after(self, locked: dict[str, Any], *, new_version: bool) -> "Choices":
        """Return the choices of a lock, refusing others: they would move locked rows."""
        was = Choices(**{**locked, "groups": tuple(locked["groups"])})
        changes: dict[str, Any] = {}
        for one in fields(self):
            asked, known = getattr(self, one.name), getattr(was, one.name)
            asked = tuple(sorted(asked)) if isinstance(asked, tuple) else asked
            if asked is None or asked == known:
                continue
            if not (new_version and one.name in {"validation", "holdout"}):
                raise DataError(
                    what=f"This dataset has a locked holdout that was split with {one.name}"
                    f" {clip(visible(str(known)), 80)}, not {clip(visible(str(asked)), 80)}.",
                    why="Rows would change sides, and scores could not be compared.",
                    remedy="Leave the option out, or give the split another name with --name.",
                )
            changes[one.name] = asked
        return replace(was, **changes)
