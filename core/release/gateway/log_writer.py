"""Writes the log in a thread of its own; feedback is answered when it is safe on disk."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from core.errors import StorageError, TuningforkError
from core.release.gateway.entry import Entry
from core.release.gateway.feedback import Feedback
from core.release.gateway.log_store import LogStore
from core.release.release_plan import LogPolicy

_TOGETHER = 256
_MOST_WAITING = 20_000
"""Entries that may wait for a disk; more are counted as lost and never fill the memory."""
_SWEEP_SECONDS = 30.0
_GATHER_SECONDS = 0.02
"""Entries wait so long for others, so that one commit takes them all; feedback waits for none."""


class _Said(NamedTuple):
    feedback: Feedback
    at: float
    answer: Callable[[bool | Exception], None]


class _Mark(NamedTuple):
    """Stands in the row of what waits; answered once all before it was written."""

    answer: Callable[[bool | Exception], None]


class LogWriter:
    """The only writer of a log while its gateway runs."""

    def __init__(
        self,
        path: Path,
        policy: LogPolicy,
        *,
        harmed: Callable[[LogStore], None] = lambda store: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Start the thread; `harmed` is called in it when harm came on disk."""
        self.lost = 0
        """Entries that could not be kept."""
        self.trouble = ""
        """Why, in words; "" while all is well."""
        self._path = path
        self._policy = policy
        self._harmed = harmed
        self._clock = clock
        self._waiting: queue.SimpleQueue[Entry | _Said | _Mark | None] = queue.SimpleQueue()
        self._urgent = threading.Event()
        """Set where somebody waits for what is in the queue."""
        self._swept = 0.0
        LogStore(path, policy).close()
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def note(self, entry: Entry) -> None:
        """Let an entry wait for its turn."""
        if self._waiting.qsize() >= _MOST_WAITING:
            self.lost += 1
        else:
            self._waiting.put(entry)

    async def add_feedback(self, feedback: Feedback) -> bool:
        """Return whether its answer is known, once the feedback is on disk."""
        return await self._answered(lambda answer: _Said(feedback, self._clock(), answer))

    async def settled(self) -> None:
        """Return when everything that was noted before is on disk, or counted as lost."""
        await self._answered(_Mark)

    async def _answered(
        self, asking: Callable[[Callable[[bool | Exception], None]], _Said | _Mark]
    ) -> bool:
        """Let something wait for its turn, and return what the thread answers."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()

        def settle(found: bool | Exception) -> None:
            if done.done():
                return
            if isinstance(found, Exception):
                done.set_exception(found)
            else:
                done.set_result(found)

        def answer(found: bool | Exception) -> None:
            loop.call_soon_threadsafe(settle, found)

        self._waiting.put(asking(answer))
        self._urgent.set()
        return await done

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._waiting.put(None)
        self._urgent.set()
        self._thread.join()

    def _work(self) -> None:
        store = LogStore(self._path, self._policy)
        try:
            going = True
            while going:
                self._sweep(store)
                group, going = self._next()
                if group:
                    self._write(store, group)
        finally:
            store.close()

    def _next(self) -> tuple[list[Entry | _Said | _Mark], bool]:
        """Return what waits, after a while at most, and whether more may come."""
        group: list[Entry | _Said | _Mark] = []
        try:
            found = self._waiting.get(timeout=1.0)
            if self._waiting.qsize() < _TOGETHER:
                self._urgent.wait(_GATHER_SECONDS)
            # Cleared before the queue is emptied: whoever comes later sets it again.
            self._urgent.clear()
            while found is not None:
                group.append(found)
                if len(group) >= _TOGETHER:
                    return group, True
                found = self._waiting.get_nowait()
        except queue.Empty:
            return group, True
        return group, False

    def _write(self, store: LogStore, group: list[Entry | _Said | _Mark]) -> None:
        entries = [one for one in group if isinstance(one, Entry)]
        said = [one for one in group if isinstance(one, _Said)]
        marks = [one for one in group if isinstance(one, _Mark)]
        asking: list[_Said | _Mark] = [*said, *marks]
        try:
            known = store.write(entries, [(one.feedback, one.at) for one in said])
        except Exception as fault:  # the border of the thread: it must outlive every entry
            error = _in_words(fault)
            self.lost += len(entries)
            self.trouble = str(error)
            for one in asking:
                one.answer(error)
            return
        self.trouble = ""
        if any(one.harmed for one in entries) or any(one.feedback.rating == -1 for one in said):
            self._look_at_harm(store)
        for one, found in zip(said, known, strict=True):
            one.answer(found)
        for mark in marks:
            mark.answer(True)

    def _look_at_harm(self, store: LogStore) -> None:
        try:
            self._harmed(store)
        except TuningforkError as error:
            self.trouble = str(error)

    def _sweep(self, store: LogStore) -> None:
        """Delete what is due, now and then."""
        now = time.monotonic()
        if self._swept and now < self._swept + _SWEEP_SECONDS:
            return
        self._swept = now
        try:
            store.sweep(self._clock())
        except TuningforkError as error:
            self.trouble = str(error)
        # Reviewers write harm from processes of their own.
        self._look_at_harm(store)


def _in_words(fault: Exception) -> TuningforkError:
    """Return what to say of a fault; its own words may quote what was to be kept."""
    if isinstance(fault, TuningforkError):
        return fault
    return StorageError(
        what="The log could not take what was said.",
        why=f"Writing it ended with {type(fault).__name__}, a fault of the gateway.",
        remedy="Go on: the next requests are logged again.",
    )
