"""Who sees what when: items shuffled for each rater, answers in counterbalanced places."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.scoring.study.canonical import sha256

Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as one rater meets it."""

    item: int
    """Which item of the sheet."""
    occurrence: int
    """0 the first time, 1 when it comes again."""
    places: Row
    """Which of the item's sides stands at each place."""


def williams(contenders: int) -> list[Row]:
    """Return rows in which everybody has every place, and every neighbour, equally often.

    An even number needs one row each; an odd one needs every row in both directions.
    """
    base = [0]
    for step in range(1, contenders):
        base.append((step + 1) // 2 if step % 2 else contenders - step // 2)
    rows = [tuple((one + shift) % contenders for one in base) for shift in range(contenders)]
    return rows if contenders % 2 == 0 else [*rows, *(row[::-1] for row in rows)]


def deal(sides: Sequence[Row], *, key: bytes, slot: int, repeats: float) -> list[Shown]:
    """Return all that the rater of one slot may meet, in order.

    `sides` holds for each item the side of every contender, by number; contenders that answered
    the same share a side. Rows are used up before one comes again, in an order that only the key
    tells: from a known order it would follow which sides of two items are one contender's.
    Repeats come in the second half, after enough other items.
    """
    dice = random.Random(sha256(key + b"order" + str(slot).encode()))
    rows = _Rows(dice, {len(one) for one in sides})
    order = list(range(len(sides)))
    dice.shuffle(order)
    shown = [Shown(item, 0, rows.places(sides[item])) for item in order]
    half = len(order) // 2
    for item in dice.sample(order[:half], min(half, round(repeats * len(order)))):
        met = next(place for place, one in enumerate(shown) if one.item == item)
        at = dice.randint(min(met + 1 + half // 2, len(shown)), len(shown))
        shown.insert(at, Shown(item, 1, rows.places(sides[item])))
    return shown


class _Rows:
    """Hands out the rows of each square, all of them before any again."""

    def __init__(self, dice: random.Random, sizes: set[int]) -> None:
        self._dice = dice
        self._squares: Mapping[int, list[Row]] = {size: williams(size) for size in sizes}
        self._left: dict[int, list[Row]] = {size: [] for size in sizes}

    def places(self, sides: Row) -> Row:
        """Return the sides of one item in the order of the next row; each stands once."""
        left = self._left[len(sides)]
        if not left:
            left.extend(self._squares[len(sides)])
            self._dice.shuffle(left)
        return tuple(dict.fromkeys(sides[contender] for contender in left.pop()))
