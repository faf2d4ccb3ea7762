"""One request from its arm to its end: who is asked, who stands in, and what is noted of it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Protocol

import msgspec

from core.release.gateway.arms import LiveArm
from core.release.gateway.asking import Asked
from core.release.gateway.backend import ArmFailedError, End, Piece
from core.release.gateway.entry import Entry, Outcome, Queued
from core.release.release_plan import ReleasePlan
from core.release.review.sampling import queued
from core.release.route import deal
from core.release.standing import Standing


class Keeper(Protocol):
    """Takes what is known of every request."""

    def note(self, entry: Entry) -> None:
        """Keep it as the plan says; never wait."""
        ...


class Served:
    """An answer under way; iterate over it for its pieces, once."""

    def __init__(self, desk: "Desk", asked: Asked, id: str, user: str) -> None:
        self.id = id
        self.end: End | None = None
        """How it ended; None before."""
        self._desk = desk
        self._asked = asked
        self._user = user
        self._began = time.monotonic()
        self._at = time.time()
        self._dealt = self._arm = ""
        self._errors: list[str] = []
        self._said: list[str] = []
        self._first: float | None = None
        self._noted = False

    async def pieces(self) -> AsyncGenerator[Piece]:
        """Yield the answer of the first arm that gives one.

        An arm that fails before its first piece is followed by the next one; afterwards nobody
        can take over, because the client has read half of another answer.
        """
        desk = self._desk
        self._dealt = desk.dealt(self._user or self.id)
        tried: set[str] = set()
        outcome: Outcome = "left"
        try:
            # Looked at a moment ago: only the next one needs another look at how things stand.
            name: str | None = self._dealt
            while name is not None:
                tried.add(name)
                arm = desk.arms[name]
                stream = arm.backend.answer(
                    arm.conversation(self._asked.example),
                    min(arm.limit, self._asked.limit or arm.limit),
                    stream=self._asked.stream,
                )
                heard = self._heard(stream, desk.patience(self._dealt, tried))
                try:
                    async with aclosing(heard):
                        async for piece in heard:
                            self._arm = name
                            yield piece
                except ArmFailedError as failed:
                    self._errors.append(f"{name}: {failed}")
                    if self._first is not None:
                        outcome = "failed"
                        raise
                    name = desk.next_arm(self._dealt, tried)
                else:
                    outcome = "answered"
                    return
            outcome = "failed"
            raise ArmFailedError("; ".join(self._errors))
        finally:
            self._note(outcome)

    async def _heard(self, stream: AsyncGenerator[Piece], patience: float) -> AsyncGenerator[Piece]:
        """Yield the pieces of one arm, and keep what they say."""
        async with aclosing(stream):
            try:
                async with asyncio.timeout(patience):
                    piece = await anext(stream, None)
            except TimeoutError as late:
                raise ArmFailedError("no answer began in time") from late
            while piece is not None:
                if isinstance(piece, End):
                    self.end = piece
                else:
                    self._said.append(piece)
                self._first = self._first or (time.monotonic() - self._began) * 1000
                yield piece
                if isinstance(piece, End):
                    return
                piece = await anext(stream, None)
        raise ArmFailedError("the answer broke off")

    def _note(self, outcome: Outcome) -> None:
        """Hand over what is known, once."""
        if self._noted:
            return
        self._noted = True
        end = self.end
        self._desk.keeper.note(
            Entry(
                id=self.id,
                at=self._at,
                dealt=self._dealt,
                arm=self._arm,
                user=self._user,
                prompt=_prompt(self._asked),
                answer="".join(self._said),
                outcome=outcome,
                errors="; ".join(self._errors),
                first_ms=self._first,
                total_ms=(time.monotonic() - self._began) * 1000,
                tokens_in=end.tokens_in if end else None,
                tokens_out=end.tokens_out if end else None,
                review=self._queued(outcome),
                stopped=end.stopped if end else True,
            )
        )

    def _queued(self, outcome: Outcome) -> Queued:
        """Return whether people review the answer; calls of tools leave them nothing to read."""
        if outcome != "answered" or (self.end and self.end.tool_calls):
            return ""
        return queued(self._desk.plan, self.id)


class Desk:
    """The arms of a release and the rule by which they are asked."""

    def __init__(
        self,
        plan: ReleasePlan,
        arms: Mapping[str, LiveArm],
        *,
        look: Callable[[], Standing],
        keeper: Keeper,
    ) -> None:
        self.plan = plan
        self.arms = arms
        self.keeper = keeper
        self._look = look

    @property
    def standing(self) -> Standing:
        """What holds at this moment."""
        return self._look()

    def dealt(self, user: str) -> str:
        """Return the arm that a user gets now."""
        return self.plan.rollback if self._look().rolled_back else deal(self.plan, user)

    def next_arm(self, dealt: str, tried: set[str]) -> str | None:
        """Return who is asked next; after a rollback only its target, whatever was dealt before."""
        order = [self.plan.rollback] if self._look().rolled_back else self.plan.order(dealt)
        return next((name for name in order if name not in tried), None)

    def patience(self, dealt: str, tried: set[str]) -> float:
        """Return the seconds that an arm may take to begin, so that who stands in has some too."""
        left = len([name for name in self.plan.order(dealt) if name not in tried])
        return self.plan.listen.answer_seconds / (left + 1)

    async def close(self) -> None:
        """Leave nothing under way."""
        for backend in {id(arm.backend): arm.backend for arm in self.arms.values()}.values():
            await backend.close()


def _prompt(asked: Asked) -> str:
    """Return the turns of a request as JSON."""
    turns: list[dict[str, Any]] = [message.raw for message in asked.example.prompt]
    return msgspec.json.encode(turns).decode()
