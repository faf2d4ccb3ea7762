"""Which row each row of a finding is too much like: sixteen bytes a pair, so all can be kept."""

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Partners:
    """Pairs of row numbers, the first partner of each row."""

    __slots__ = ("_others", "_rows")

    def __init__(self) -> None:
        self._rows = array("Q")
        self._others = array("Q")

    def add(self, row: int, other: int) -> None:
        """Note one pair."""
        self._rows.append(row)
        self._others.append(other)

    def add_all(self, rows: "NDArray[np.int64]", others: "NDArray[np.int64]") -> None:
        """Note many pairs."""
        self._rows.frombytes(rows.tobytes())
        self._others.frombytes(others.tobytes())

    def update(self, later: "Partners") -> None:
        """Note the pairs of rows that come after."""
        self._rows.extend(later._rows)
        self._others.extend(later._others)

    def copy(self) -> "Partners":
        """Return pairs that go their own way."""
        made = Partners()
        made.update(self)
        return made

    def of(self, row: int) -> int | None:
        """Return the first partner of a row, None where it has none."""
        try:
            return self._others[self._rows.index(row)]
        except ValueError:
            return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Partners) and (self._rows, self._others) == (
            other._rows,
            other._others,
        )

    __hash__ = None  # type: ignore[assignment]
