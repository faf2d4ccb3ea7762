"""Lets a model in this process answer: one thread generates, requests that wait go together."""

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.contenders.contender import Answer, Conversation
from core.contenders.unfolding import Told
from core.release.gateway.backend import ArmFailedError, End, Piece
from core.text_safety import clip, visible

_TOGETHER = 16
"""Requests in one batch."""


class Model(Protocol):
    """A model in memory, with and without what was tuned."""

    def answer(
        self,
        asked: Sequence[Conversation],
        *,
        tuned: bool,
        told: Told | None = None,
        limits: Sequence[int] | None = None,
    ) -> Iterator[Answer]:
        """Yield an answer for each conversation, and tell its pieces before."""
        ...


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request that the thread has, or will have."""

    asked: Conversation
    limit: int
    tuned: bool
    loop: asyncio.AbstractEventLoop
    pieces: "asyncio.Queue[Piece | Exception]"
    given_up: bool = False

    def tell(self, piece: Piece | Exception) -> None:
        """Hand a piece over to the loop; one that is closed has nobody who waits."""
        try:
            self.loop.call_soon_threadsafe(self.pieces.put_nowait, piece)
        except RuntimeError:
            self.given_up = True


class LocalEngine:
    """One model with its thread; every arm on the same weights shares it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="answering", daemon=True)
        self._thread.start()

    def put(self, one: _Waiting) -> None:
        """Let a request wait for its turn."""
        self._waiting.put(one)

    def close(self) -> None:
        """Let the thread end after what it is doing."""
        self._waiting.put(None)

    def _work(self) -> None:
        held: _Waiting | None = None
        while True:
            first = held or self._waiting.get()
            held = None
            if first is None:
                return
            group = [first]
            while len(group) < _TOGETHER:
                try:
                    found = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if found is None:
                    self._waiting.put(None)
                    break
                if found.tuned != first.tuned:
                    held = found
                    break
                group.append(found)
            self._answer([one for one in group if not one.given_up])

    def _answer(self, group: list[_Waiting]) -> None:
        if not group:
            return
        try:
            answers = self._model.answer(
                [one.asked for one in group],
                tuned=group[0].tuned,
                told=lambda place, text: group[place].tell(text),
                limits=[one.limit for one in group],
            )
            for answer in answers:
                end = End(stopped=answer.stopped, tokens_in=None, tokens_out=answer.tokens)
                group[answer.place].tell(end)
        except Exception as fault:  # the border of the thread: whoever waits must hear of it
            words = clip(visible(str(fault)), 200)
            failed = ArmFailedError(f"the model failed ({type(fault).__name__}: {words})")
            for one in group:
                one.tell(failed)


class LocalBackend:
    """An arm on a local model, tuned or as it was."""

    def __init__(self, engine: LocalEngine, *, tuned: bool) -> None:
        self._engine = engine
        self._tuned = tuned

    async def answer(
        self, asked: Conversation, limit: int, *, stream: bool
    ) -> AsyncGenerator[Piece]:
        """Yield the answer as it is generated."""
        loop = asyncio.get_running_loop()
        one = _Waiting(asked, limit, self._tuned, loop, asyncio.Queue())
        self._engine.put(one)
        try:
            while True:
                piece = await one.pieces.get()
                if isinstance(piece, Exception):
                    raise piece
                yield piece
                if isinstance(piece, End):
                    return
        finally:
            one.given_up = True

    async def close(self) -> None:
        """Let the thread end."""
        self._engine.close()
