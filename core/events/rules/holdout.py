"""Whether training sees what it will be judged on."""

import msgspec

from core.events.rule import Rule
from core.events.schema import AlertRaised, Event, HoldoutChecked


class HoldoutTouched(msgspec.Struct, frozen=True):
    """Rows that training would see stand in the holdout."""

    def look(self, event: Event) -> tuple["HoldoutTouched", AlertRaised | None]:
        """Say it for each use of rows."""
        if not isinstance(event, HoldoutChecked) or not event.touched:
            return self, None
        return self, AlertRaised(
            rule="holdout_touched",
            level="critical",
            step=0,
            message=f"{event.touched:,} of {event.rows:,} rows for {event.use} touch the holdout.",
            action="Stop: scores on this holdout would mean nothing. Remove the rows or split "
            "again, then train anew.",
            evidence={
                "rows": float(event.rows),
                "touched": float(event.touched),
                "lock": event.lock_root[:12],
            },
            key="stop",
        )


RULES: tuple[type[Rule], ...] = (HoldoutTouched,)
