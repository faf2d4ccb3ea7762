"""Rows that say nearly the same as an earlier one."""

from collections.abc import Iterator

from core.data.checking import Check
from core.data.keys import normalised_form
from core.data.rows import Fault
from core.data.scan.whole import Whole
from core.data.similarity import example_shingles, similar_pairs

CHECK = Check(
    id="near_duplicate",
    severity="review",
    message="The row says nearly the same as an earlier one, so it counts almost double.",
    remedy="Keep one, or all with a reason; a split keeps them on one side in any case.",
)
_MOST_BYTES = 8_000_000


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield each later row of a pair with the earlier row most like it; equal words aside."""
    if whole.columns.size.sum() > _MOST_BYTES:
        yield _too_large()
        return
    examples = [
        example for number in whole.columns.number if (example := whole.row(int(number)).example)
    ]
    pairs = similar_pairs([example_shingles(example) for example in examples])
    if pairs is None:
        yield _too_large()
        return
    forms = [normalised_form(example) for example in examples]
    best: dict[int, tuple[float, int]] = {}
    for left, right, similarity in pairs:
        if forms[left] != forms[right]:
            best[right] = max(best.get(right, (0.0, 0)), (similarity, examples[left].row))
    for right, (similarity, first) in sorted(best.items()):
        yield Fault(
            check=CHECK.id,
            row=examples[right].row,
            message=f"is nearly row {first} (similarity {similarity:.2f})",
        )


def _too_large() -> Fault:
    """Return the admission that nothing was compared."""
    return Fault(
        check=CHECK.id,
        row=None,
        message="the file is too large to compare every row with every other: not looked for",
        severity="info",
    )
