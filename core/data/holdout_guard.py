"""Compares rows with a holdout lock, and stops hard where one touches the holdout."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.alike import NEAR, said, worth_a_look
from core.data.holdout_lock import SIGNATURE, HoldoutLock, salt_id
from core.data.keys import RowKeys, row_keys
from core.data.rows import Example
from core.data.sources import read_rows
from core.data.template import Template
from core.errors import DataError

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that would leak the holdout."""

    row: int
    """Number in the file it came from."""
    how: str
    """What it shares with a holdout row."""
    place: str = ""
    """Where it stands, safe to show, where its number alone does not say so."""


class HoldoutGuard:
    """Knows a lock's rows, so that many rows can be compared with them one by one."""

    def __init__(self, lock: HoldoutLock, salt: bytes, *, holdout: Path | None = None) -> None:
        """Take the lock; `holdout` is opened only to measure a row that looks near."""
        if salt_id(salt) != lock.salt_id:
            raise DataError(
                what="The holdout lock was made with another salt.",
                why="Rows cannot be compared with it, so nobody can say that none is in the"
                " holdout.",
                remedy="Put back the workspace's salt file, or split again under another name.",
            )
        self.lock = lock
        self.salt = salt
        self._holdout = holdout
        self._rows = {row.keys.row for row in lock.rows}
        self._words = {row.keys.norm for row in lock.rows}
        self._inputs = {key for row in lock.rows for key in row.keys.inputs}
        self._template = Template(salt=salt, runs=lock.template)
        self._texts: dict[bytes, str] | None = None

    def holds(self, keys: RowKeys) -> str | None:
        """Return what a row with these keys shares with the holdout; None when nothing."""
        if keys.row in self._rows:
            return "is a holdout row"
        if keys.norm in self._words:
            return "has the words of a holdout row"
        if not self._inputs.isdisjoint(keys.inputs):
            return "has the input of a holdout row"
        return None

    def hits(self, examples: Sequence[Example], keys: Sequence[RowKeys] | None = None) -> list[Hit]:
        """Return every row that touches the holdout: by name, by its canary, or as a near row."""
        if keys is None:
            keys = [row_keys(example, self.salt) for example in examples]
        found: dict[int, str] = {}
        for place, example in enumerate(examples):
            how = self.holds(keys[place])
            if how is None and any(self.lock.canary in m.text.lower() for m in example.messages):
                how = "holds the canary of the holdout"
            if how is not None:
                found[place] = how
        others = [place for place in range(len(examples)) if place not in found]
        found |= self._near(examples, others)
        return [Hit(examples[place].row, found[place]) for place in sorted(found)]

    def _near(self, examples: Sequence[Example], places: Sequence[int]) -> dict[int, str]:
        """Return which of these rows are near a holdout row."""
        if self.lock.signature != SIGNATURE or not self.lock.rows:
            return {}
        texts = [said(examples[place], self._template) for place in places]
        worth = worth_a_look([row.signature for row in self.lock.rows], texts, self.salt)
        if not worth:
            return {}
        known = self._known_texts()
        if known.keys() >= self._rows:
            from core.data.border import highest_of_each

            asking = sorted(worth)
            alike = highest_of_each([texts[at] for at in asking], list(known.values()))
            measured = dict(zip(asking, alike, strict=True))
            words = "is nearly a holdout row ({:.2f})"
        else:
            measured, words = worth, "looks nearly like a holdout row (about {:.2f})"
        return {places[at]: words.format(like) for at, like in measured.items() if like >= NEAR}

    def _known_texts(self) -> dict[bytes, str]:
        """Return the words of the holdout rows that lie beside the lock."""
        if self._texts is None:
            self._texts = {}
            if self._holdout is not None and self._holdout.is_file():
                for row in read_rows(self._holdout):
                    if row.example is not None:
                        key = row_keys(row.example, self.salt).row
                        self._texts[key] = said(row.example, self._template)
        return self._texts


def refuse_hits(found: Sequence[Hit], of: int, *, use: str, why_not: str = "") -> None:
    """Stop hard when there are hits; `use` says what the rows were for."""
    if not found:
        return
    raise DataError(
        what=f"{len(found)} of {of} rows for {use} touch the holdout: {named(found)}.",
        why="A model that has seen the holdout cannot be scored on it.",
        remedy=why_not or "Remove these rows, or make a new split from the whole data.",
    )


def named(found: Sequence[Hit]) -> str:
    """Return the first hits in words."""
    words = "; ".join(f"{hit.place or f'row {hit.row}'} {hit.how}" for hit in found[:_NAMED])
    return f"{words} and {len(found) - _NAMED} more" if len(found) > _NAMED else words


def refuse_holdout(
    lock: HoldoutLock,
    examples: Sequence[Example],
    *,
    salt: bytes,
    use: str,
    holdout: Path | None = None,
) -> None:
    """Stop hard when any row touches the holdout."""
    guard = HoldoutGuard(lock, salt, holdout=holdout)
    refuse_hits(guard.hits(examples), len(examples), use=use)
