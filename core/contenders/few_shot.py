"""Puts a few solved examples before the question: the alternative every tuning must beat."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.contenders.contender import Answer, Contender, Conversation, called
from core.contenders.means import Means, Missing
from core.data.alike import SYSTEM_ROLES
from core.data.holdout_guard import refuse_holdout
from core.data.holdout_lock import HoldoutLock
from core.data.rows import Example

SHOTS = 3


class FewShot:
    """A contender that shows another one solved examples first."""

    def __init__(self, inner: Contender, shots: Sequence[Example]) -> None:
        self.name = called("few_shot", inner)
        self._inner = inner
        self._turns = turns_of(shots)

    @property
    def identity(self) -> dict[str, Any]:
        """Return the inner identity; the examples are part of each conversation."""
        return self._inner.identity

    def conversation(self, example: Example) -> Conversation:
        """Return the question with the solved examples between its instructions and itself."""
        return after_shots(self._inner.conversation(example), self._turns)

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        """Let the inner contender answer."""
        return self._inner.answer(asked)


def turns_of(shots: Sequence[Example]) -> tuple[dict[str, Any], ...]:
    """Return solved examples as turns."""
    return tuple(
        {"role": message.role, "content": message.text}
        for example in shots
        for message in (*example.prompt, _reference(example))
        if message.role in {"user", "assistant"}
    )


def after_shots(plain: Conversation, turns: tuple[dict[str, Any], ...]) -> Conversation:
    """Return a conversation with turns between its instructions and its question."""
    place = next(
        (n for n, m in enumerate(plain.messages) if m["role"] not in SYSTEM_ROLES),
        len(plain.messages),
    )
    messages = (*plain.messages[:place], *turns, *plain.messages[place:])
    return Conversation(messages, plain.tools)


def plain_short(rows: Sequence[Example]) -> list[Example]:
    """Return the rows with one question and one answer that are no longer than half of them."""
    plain = [e for e in rows if e.reference and not e.tools and len(e.messages) <= 3]
    lengths = sorted(_length(example) for example in plain)
    return [e for e in plain if _length(e) <= lengths[len(lengths) // 2]]


def make(means: Means) -> Contender | Missing:
    """Return the contender, or that there is nothing to show."""
    if not means.shots:
        return Missing("There are no short, plain examples to show in a prompt.")
    return FewShot(means.base, means.shots)


def _reference(example: Example) -> Any:
    """Return the turn that answers an example."""
    return example.messages[len(example.prompt)]


def choose_shots(
    train: Sequence[Example], lock: HoldoutLock, *, salt: bytes, holdout: Path | None = None
) -> list[Example]:
    """Return the first short, plain examples of train; none that touches the holdout passes.

    Train is ordered by keys, so the first are a random draw that never changes. Examples longer
    than the median are passed over: they would crowd out the question.
    """
    shots = plain_short(train)[:SHOTS]
    refuse_holdout(lock, shots, salt=salt, use="few-shot examples", holdout=holdout)
    return shots


def _length(example: Example) -> int:
    """Return the characters of an example."""
    return sum(len(message.text) for message in example.messages)
