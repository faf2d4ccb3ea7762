"""Rows that say the same as an earlier one."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.keys import canonical_form, normalised_form, system_form
from core.data.rows import Fault, Row

CHECK = Check(
    id="duplicate",
    severity="review",
    message="The row repeats an earlier one, so it counts double and may sit on both sides.",
    remedy="Keep one; a split keeps equal rows on one side in any case.",
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield each later row, with the first of its kind and how alike they are."""
    seen: dict[tuple[str, object], int] = {}
    for row in rows:
        if row.example is None:
            continue
        forms = (
            ("same bytes as", row.raw),
            ("same content as", canonical_form(row.example)),
            ("same words as", (normalised_form(row.example), system_form(row.example))),
        )
        known = next(((how, seen[how, form]) for how, form in forms if (how, form) in seen), None)
        if known:
            how, first = known
            yield Fault(check=CHECK.id, row=row.number, message=f"has the {how} row {first}")
        for form in forms:
            seen.setdefault(form, row.number)
