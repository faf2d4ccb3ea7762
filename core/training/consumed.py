"""Counts the rows that training really reads, and holds each against the lock as it is read."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, overload

import msgspec

from core.data.holdout_guard import Hit, HoldoutGuard
from core.data.keys import RowKeys, merkle_root
from core.errors import DataError
from core.events.parts import MixedIn
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
    mixed: tuple[MixedIn, ...] = ()
    """The sets that were mixed in."""
    known: int = 0
    """Rows of these sets that say or ask what a validation row does."""

    def event(self) -> KeysConsumed:
        """Return the evidence for the log."""
        count = self.tally()
        for keys in (*self.train.values(), *self.validation.values()):
            count.add(keys)
        return count.event("checked", intersection=len(self.allowed))

    def tally(self) -> "KeyCount":
        """Return a count of what is read from here on."""
        return KeyCount(self.guard, override=self.override, mixed=self.mixed)


@dataclass(slots=True)
class Reading:
    """What one process has read."""

    keys: set[bytes] = field(default_factory=set)
    """Names of the rows, each once."""
    touching: set[bytes] = field(default_factory=set)
    """Those among them that touch the holdout."""
    rows: int = 0
    """How many times one was read."""
    total: int = 0
    """Sum of their names."""
    inputs: int = 0
    """Sum of the hashes of their token ids."""

    def add(self, other: "Reading") -> None:
        """Take over what another process has read."""
        self.keys |= other.keys
        self.touching |= other.touching
        self.rows += other.rows
        self.total = (self.total + other.total) % _MODULUS
        self.inputs = (self.inputs + other.inputs) % _MODULUS


class KeyCount:
    """What has been read so far, in this process."""

    def __init__(
        self, guard: HoldoutGuard, *, override: str = "", mixed: tuple[MixedIn, ...] = ()
    ) -> None:
        self._guard = guard
        self._override = override
        self._mixed = mixed
        self.reading = Reading()
        """What this process has read."""

    def add(self, keys: RowKeys, ids: Sequence[int] = ()) -> None:
        """Note that a row is read as these tokens; one that touches the holdout stops the reading.

        No tokens are given where the row itself is looked at, before there are any.
        """
        read = self.reading
        if keys.row not in read.keys:
            read.keys.add(keys.row)
            if (how := self._guard.holds(keys)) is not None:
                read.touching.add(keys.row)
                if not self._override:
                    raise DataError(
                        what=f"The training was about to read a row that {how}.",
                        why="It was not there when the rows were checked before step 1.",
                        remedy="Find out who changed the rows; split again under another name.",
                    )
        read.rows += 1
        read.total = (read.total + int.from_bytes(keys.row)) % _MODULUS
        if ids:
            read.inputs = (read.inputs + input_hash(ids)) % _MODULUS

    def event(
        self,
        stage: KeyStage,
        *,
        intersection: int | None = None,
        readings: Sequence[Reading] | None = None,
    ) -> KeysConsumed:
        """Return what was read, for the log: by this process, or in all `readings` together."""
        read = Reading()
        for one in readings or [self.reading]:
            read.add(one)
        lock = self._guard.lock
        return KeysConsumed(
            stage=stage,
            lock=lock.root,
            lock_version=lock.version,
            rows=read.rows,
            root=merkle_root(read.keys).hex(),
            total=f"{read.total:032x}",
            inputs=f"{read.inputs:032x}" if read.inputs else "",
            intersection=len(read.touching) if intersection is None else intersection,
            override=self._override,
            mixed=self._mixed or msgspec.UNSET,
        )


def input_hash(ids: Sequence[int]) -> int:
    """Return the hash of a sequence: BLAKE2b-128 over its ids, four bytes each, low byte first."""
    content = b"".join(one.to_bytes(4, "little") for one in ids)
    return int.from_bytes(hashlib.blake2b(content, digest_size=16).digest())


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
        self._count.add(self._keys[row.row], row.ids)
        return row
