"""Rows that say nearly the same as an earlier one."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.near.pairs import Pair, near_pairs
from core.data.rows import Fault
from core.data.scan.whole import Whole

CHECK = Check(
    id="near_duplicate",
    severity="review",
    message="The row says nearly the same as an earlier one, so it counts almost double.",
    remedy="Keep one, or all with a reason; a split keeps them on one side in any case.",
)


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield each later row of a pair with the earlier row most like it; equal words aside."""
    columns = whole.columns
    best: dict[int, tuple[float, int]] = {}
    for left, right, similarity in _pairs(whole):
        if columns.spoken[left] != columns.spoken[right]:
            best[right] = max(best.get(right, (0.0, 0)), (similarity, -left))
    for right, (similarity, left) in sorted(best.items()):
        earlier = int(columns.number[-left])
        yield Fault(
            check=CHECK.id,
            row=int(columns.number[right]),
            message=f"is nearly row {earlier} (similarity {similarity:.2f})",
            other=earlier,
        )


def _pairs(whole: Whole) -> Sequence[Pair]:
    """Return pairs of places of rows that are alike."""
    if whole.signatures is None:
        return near_pairs(whole.said(range(whole.columns.rows)))
    from core.data.near.candidates import candidates
    from core.data.near.verify import verify
    from core.data.near.words import prepared

    pairs = candidates(whole.signatures)
    pairs = pairs[whole.columns.spoken[pairs[:, 0]] != whole.columns.spoken[pairs[:, 1]]]
    return verify(pairs, lambda places: [prepared(words) for words in whole.said(places)])
