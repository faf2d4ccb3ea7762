"""Compares rows with a holdout lock, and stops hard where one touches the holdout."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.alike import NEAR, highest_similarity, said
from core.data.holdout_lock import HoldoutLock, salt_id
from core.data.keys import RowKeys, row_keys
from core.data.rows import Example
from core.data.signature import SIGNATURE, agreement, bands, signature
from core.data.sources import read_rows
from core.data.template import Template
from core.errors import DataError

_NAMED = 5
_WORTH_A_LOOK = 0.5
"""Agreement of fingerprints from which two rows may be near: a higher one would lose pairs."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that would leak the holdout."""

    row: int
    """Number in the file it came from."""
    how: str
    """What it shares with a holdout row."""


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
        self._bands: dict[tuple[int, bytes], list[int]] = defaultdict(list)
        if lock.signature == SIGNATURE:
            for place, row in enumerate(lock.rows):
                for band in bands(row.signature):
                    self._bands[band].append(place)
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

    def look(self, example: Example, keys: RowKeys | None = None) -> str | None:
        """Return what a row shares with the holdout, near words and its canary included."""
        found = self.holds(keys or row_keys(example, self.salt))
        if found is None and any(self.lock.canary in m.text.lower() for m in example.messages):
            found = "holds the canary of the holdout"
        return found or self._near(example)

    def hits(self, examples: Iterable[Example]) -> Iterator[Hit]:
        """Yield every row that touches the holdout."""
        for example in examples:
            if (how := self.look(example)) is not None:
                yield Hit(example.row, how)

    def _near(self, example: Example) -> str | None:
        """Return how near a row is to a holdout row, if it is."""
        text = said(example, self._template)
        made = signature(text, self.salt)
        if not any(made):
            return None
        places = {place for band in bands(made) for place in self._bands.get(band, ())}
        alike = {place: agreement(made, self.lock.rows[place].signature) for place in places}
        worth = [place for place, share in alike.items() if share >= _WORTH_A_LOOK]
        if not worth:
            return None
        known = self._known_texts()
        texts = [
            known[key] for key in (self.lock.rows[at].keys.row for at in worth) if key in known
        ]
        if len(texts) == len(worth):
            measured = highest_similarity([text], texts)
            if measured is not None:
                return f"is nearly a holdout row ({measured:.2f})" if measured >= NEAR else None
        guessed = max(alike[place] for place in worth)
        return f"looks nearly like a holdout row (about {guessed:.2f})" if guessed >= NEAR else None

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
    words = "; ".join(f"row {hit.row} {hit.how}" for hit in found[:_NAMED])
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
    refuse_hits(list(guard.hits(examples)), len(examples), use=use)
