"""Rows that say nearly the same as an earlier one."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.keys import normalised_form
from core.data.rows import Fault, Row
from core.data.similarity import example_shingles, similar_pairs

CHECK = Check(
    id="near_duplicate",
    severity="review",
    message="The row says nearly the same as an earlier one, so it counts almost double.",
    remedy="Keep one, or all with a reason; a split keeps them on one side in any case.",
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield each later row of a pair with the earlier row most like it; equal words aside."""
    readable = [row for row in rows if row.example]
    examples = [row.example for row in readable if row.example]
    pairs = similar_pairs([example_shingles(example) for example in examples])
    if pairs is None:
        yield Fault(
            check=CHECK.id,
            row=None,
            message="the file is too large to compare every row with every other: not looked for",
            severity="info",
        )
        return
    forms = [normalised_form(example) for example in examples]
    best: dict[int, tuple[float, int]] = {}
    for left, right, similarity in pairs:
        if forms[left] != forms[right]:
            best[right] = max(best.get(right, (0.0, 0)), (similarity, readable[left].number))
    for right, (similarity, first) in best.items():
        yield Fault(
            check=CHECK.id,
            row=readable[right].number,
            message=f"is nearly row {first} (similarity {similarity:.2f})",
        )
