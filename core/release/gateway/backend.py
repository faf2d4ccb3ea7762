"""What the gateway needs of whoever answers: pieces of text as they come, then how it ended."""

from collections.abc import AsyncGenerator
from typing import NamedTuple, Protocol, TypeAlias

from core.contenders.contender import Conversation


class End(NamedTuple):
    """How an answer ended."""

    stopped: bool
    """Whether it ended by itself; False when it ran into the limit."""
    tokens_in: int | None
    """Tokens of the prompt; None where nobody counted."""
    tokens_out: int | None
    """Tokens of the answer; None where nobody counted."""
    tool_calls: tuple[object, ...] = ()
    """Calls of tools in place of an answer, as the server wrote them."""


Piece: TypeAlias = str | End


class ArmFailedError(Exception):
    """An arm gave no answer; the words are safe to show and hold no key."""


class Backend(Protocol):
    """Answers one conversation at a time, many at once."""

    def answer(self, asked: Conversation, limit: int, *, stream: bool) -> AsyncGenerator[Piece]:
        """Yield the answer and then its `End`; raise `ArmFailedError`.

        Without `stream` nobody reads pieces, and the answer may come as one.
        """
        ...

    async def close(self) -> None:
        """Leave nothing under way."""
        ...
