"""Gives held answers out once their reviewers decided, and never before."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from core.database import explain
from core.release.gateway.log_database import open_log
from core.release.review.item import Status

_T = TypeVar("_T")
LOOK_S = 0.25
"""So often somebody looks whether a decision was made, once for all who wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A held answer as its client may know it."""

    id: str
    """The answer's id."""
    status: Status
    """`waiting` until the decision can no longer be taken back."""
    text: str
    """What goes out; "" while it waits or where it was refused."""
    stopped: bool
    """Whether the answer ended by itself, and not at its limit."""
    at: float
    """When it was asked, seconds since 1970."""
    tokens_in: int | None
    """As the arm counted them; None where it did not."""
    tokens_out: int | None
    """Likewise."""


class GivingOut:
    """The held answers of one release; one thread of its own reads and marks them."""

    def __init__(
        self, path: Path, undo_seconds: float, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._undo = undo_seconds
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reviews")
        self._database: sqlite3.Connection | None = None
        self._ready: frozenset[str] = frozenset()
        self._looked = float("-inf")

    async def look(self, id: str) -> Held | None:
        """Return how a held answer stands, given out with this if it is decided; None for none."""
        return await self._do(lambda database: self._give(database, id))

    async def wait(self, id: str, seconds: float) -> Held | None:
        """Return the same, as soon as it is decided, or after so many seconds."""
        end = time.monotonic() + seconds
        found = await self.look(id)
        while found is not None and found.status == "waiting":
            left = end - time.monotonic()
            if left <= 0:
                break
            await asyncio.sleep(min(LOOK_S, left))
            if left <= LOOK_S or id in await self._decided():
                found = await self.look(id)
        return found

    async def close(self) -> None:
        """Close the file."""

        def end() -> None:
            if self._database is not None:
                self._database.close()

        await asyncio.wrap_future(self._thread.submit(end))
        self._thread.shutdown()

    async def _decided(self) -> frozenset[str]:
        """Return what can be given out, as of a moment ago."""
        if time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            self._ready = await self._do(self._read_ready)
        return self._ready

    async def _do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        def run() -> _T:
            try:
                if self._database is None:
                    self._database = open_log(self._path).database
                return work(self._database)
            except sqlite3.Error as error:
                raise explain(error, self._path) from error

        # The thread that opened the file is the only one that may use it.
        return await asyncio.wrap_future(self._thread.submit(run))

    def _read_ready(self, database: sqlite3.Connection) -> frozenset[str]:
        rows = database.execute(
            "SELECT entry FROM review WHERE held AND decided IS NOT NULL AND given IS NULL "
            "AND decided <= ?",
            (self._clock() - self._undo,),
        )
        return frozenset(id for (id,) in rows)

    def _give(self, database: sqlite3.Connection, id: str) -> Held | None:
        """Mark a decided answer as given out, and return it; a decision of just now still waits."""
        before = self._clock() - self._undo
        due = "entry = ? AND held AND given IS NULL AND decided IS NOT NULL AND decided <= ?"
        if database.execute(f"SELECT 1 FROM review WHERE {due}", (id, before)).fetchone():
            database.execute(
                f"UPDATE review SET given = ? WHERE {due}", (self._clock(), id, before)
            )
        row = database.execute(
            "SELECT CASE WHEN r.given IS NULL THEN 'waiting' ELSE r.status END, e.answer, "
            "(SELECT w.value FROM review_word w WHERE w.entry = r.entry AND w.kind = 'edit' "
            "AND w.reviewer = r.reviewer AND NOT w.undone ORDER BY w.number DESC LIMIT 1), "
            "r.stopped, e.at, e.tokens_in, e.tokens_out "
            "FROM review r JOIN entry e ON e.id = r.entry WHERE r.entry = ? AND r.held",
            (id,),
        ).fetchone()
        if row is None:
            return None
        status, answer, correction, stopped, at, tokens_in, tokens_out = row
        texts = {"approved": answer, "corrected": correction}
        return Held(
            id=id,
            status=status,
            text=texts.get(status, ""),
            stopped=bool(stopped) or status == "corrected",
            at=at,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
        )
