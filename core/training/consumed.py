"""Counts the rows that training really reads, and holds each against the lock as it is read."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, overload

from core.data.holdout_guard import Hit, HoldoutGuard
from core.data.keys import RowKeys, merkle_root
from core.errors import DataError
from core.events.schema import KeysConsumed, KeyStage
from core.training.masks import TokenRow
from core.training.token_cache import TokenRows

_MODULUS = 2**128
"""Of the sum: a plain XOR would cancel after an even number of epochs."""


class Checked(NamedTuple):
    """What comparing every row with the lock gave."""

    guard: HoldoutGuard
    train: dict[int, RowKeys]
    """Keys of the train rows, by number."""
    validation: dict[int, RowKeys]
    """Keys of the validation rows, by number."""
    allowed: tuple[Hit, ...]
    """Rows that touch the holdout and are used all the same, for the reason given."""
    override: str
    """That reason; empty when no row needed one."""

    def event(self) -> KeysConsumed:
        """Return the evidence for the log."""
        count = KeyCount(self.guard, override=self.override)
        for keys in (*self.train.values(), *self.validation.values()):
            count.add(keys)
        return count.event("checked", intersection=len(self.allowed))


class KeyCount:
    """What has been read so far."""

    def __init__(self, guard: HoldoutGuard, *, override: str = "") -> None:
        self._guard = guard
        self._override = override
        self._keys: set[bytes] = set()
        self._touching: set[bytes] = set()
        self._reads = 0
        self._sum = 0

    def add(self, keys: RowKeys) -> None:
        """Note that a row is read; one that touches the holdout stops the reading."""
        if keys.row not in self._keys:
            self._keys.add(keys.row)
            if (how := self._guard.holds(keys)) is not None:
                self._touching.add(keys.row)
                if not self._override:
                    raise DataError(
                        what=f"The training was about to read a row that {how}.",
                        why="It was not there when the rows were checked before step 1.",
                        remedy="Find out who changed the rows; split again under another name.",
                    )
        self._reads += 1
        self._sum = (self._sum + int.from_bytes(keys.row)) % _MODULUS

    def event(self, stage: KeyStage, *, intersection: int | None = None) -> KeysConsumed:
        """Return what was read, for the log."""
        lock = self._guard.lock
        return KeysConsumed(
            stage=stage,
            lock=lock.root,
            lock_version=lock.version,
            rows=self._reads,
            root=merkle_root(self._keys).hex(),
            total=f"{self._sum:032x}",
            intersection=len(self._touching) if intersection is None else intersection,
            override=self._override,
        )


class CountedRows(TokenRows):
    """The sequences of a part; every one that is read is counted and held against the lock."""

    def __init__(self, rows: TokenRows, keys: Mapping[int, RowKeys], count: KeyCount) -> None:
        super().__init__(rows.cache, rows.entries)
        self._keys = keys
        self._count = count

    @overload
    def __getitem__(self, place: int) -> TokenRow: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[TokenRow]: ...

    def __getitem__(self, place: int | slice) -> TokenRow | Sequence[TokenRow]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        row = super().__getitem__(place)
        self._count.add(self._keys[row.row])
        return row
