"""Whether training sees what it will be judged on."""

import msgspec

from core.events.rule import Rule
from core.events.schema import AlertRaised, Event, KeysConsumed


class HoldoutTouched(msgspec.Struct, frozen=True):
    """Rows that training sees stand in the holdout, or nearly do."""

    said: int = 0
    """Most rows that were said."""

    def look(self, event: Event) -> tuple["HoldoutTouched", AlertRaised | None]:
        """Say it, and again when there are more."""
        if not isinstance(event, KeysConsumed) or event.intersection <= self.said:
            return self, None
        reason = " Somebody allowed it in the recipe." if event.override else ""
        return HoldoutTouched(said=event.intersection), AlertRaised(
            rule="holdout_touched",
            level="critical",
            step=0,
            message=f"{event.intersection:,} of {event.rows:,} rows {_STAGES[event.stage]} touch "
            f"the holdout.{reason}",
            action="Stop: scores on this holdout would mean nothing. Remove the rows or split "
            "again, then train anew.",
            evidence={
                "rows": float(event.rows),
                "touched": float(event.intersection),
                "lock": event.lock[:12],
            },
            key="stop",
        )


_STAGES = {"checked": "of the files", "read": "that were read"}
RULES: tuple[type[Rule], ...] = (HoldoutTouched,)
