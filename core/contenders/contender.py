"""What anything must offer that answers prompts: base, few-shot, tuned, and later hosted."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from core.data.formats import canonical
from core.data.rows import Example
from core.errors import JobError

BASE = "base"
"""The name of the model that everything else is compared with, asked as it is."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns that wait for an answer."""

    messages: tuple[dict[str, Any], ...]
    """As they stand in the data."""
    tools: list[Any] | None = None


class Answer(NamedTuple):
    """One answer to one of the conversations."""

    place: int
    """Place of the conversation in what was asked."""
    text: str
    tokens: int
    """Tokens generated, the stop token included."""
    stopped: bool
    """Whether it ended by itself; False when it ran into the limit."""
    cut: bool
    """Whether the prompt was too long for the model and lost its beginning."""
    costly: bool = False
    """Whether asking again costs, so that it goes on disk before the next one is waited for."""


class Unanswered(JobError):
    """Some conversations got no answer; all others were yielded before."""

    def __init__(self, reasons: Mapping[int, str], *, by: str) -> None:
        """Take the reason for each place; it is safe to show and holds no key."""
        self.reasons = dict(reasons)
        first = next(iter(self.reasons.values()), "")
        super().__init__(
            what=f"{by} left {len(self.reasons):,} items without an answer.",
            why=f"The first of them: {first}.",
            remedy="Mend that, then ask again.",
        )


class Contender(Protocol):
    """Answers conversations; two with equal identity give equal answers to equal conversations."""

    @property
    def name(self) -> str:
        """What a person calls it: base, few_shot, tuned."""
        ...

    @property
    def identity(self) -> dict[str, Any]:
        """Everything an answer depends on besides the conversation, as JSON."""
        ...

    def conversation(self, example: Example) -> Conversation:
        """Return what is really asked for the last answer of an example."""
        ...

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        """Yield one answer for each, in any order, as soon as it is there.

        Raise `Unanswered` after the others where some cannot be had.
        """
        ...


def called(kind: str, inner: Contender) -> str:
    """Return what a kind is called over another contender: few_shot, or few_shot@qwen."""
    return kind if inner.name == BASE else f"{kind}@{inner.name}"


def plain_conversation(example: Example) -> Conversation:
    """Return the turns before the last answer, and nothing else."""
    return Conversation(tuple(message.raw for message in example.prompt), example.tools)


def answer_key(contender: Contender, asked: Conversation) -> str:
    """Return the name of an answer: the same contender, prompt and settings give the same."""
    content = canonical(
        {
            "contender": contender.identity,
            "messages": list(asked.messages),
            "tools": asked.tools,
        }
    )
    return hashlib.blake2b(content.encode(), digest_size=16, person=b"tf:answer:1").hexdigest()
