"""Puts the person's own instructions in the place of those in the data."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.contenders.contender import Answer, Contender, Conversation, called
from core.contenders.means import Means, Missing
from core.data.alike import SYSTEM_ROLES
from core.data.rows import Example


class ImprovedPrompt:
    """A contender that gives another one better instructions."""

    def __init__(self, inner: Contender, prompt: str) -> None:
        self.name = called("improved_prompt", inner)
        self._inner = inner
        self._prompt = prompt

    @property
    def identity(self) -> dict[str, Any]:
        """Return the inner identity; the instructions are part of each conversation."""
        return self._inner.identity

    def conversation(self, example: Example) -> Conversation:
        """Return the question under these instructions instead of its own."""
        return under_prompt(self._inner.conversation(example), self._prompt)

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        """Let the inner contender answer."""
        return self._inner.answer(asked)


def under_prompt(plain: Conversation, prompt: str) -> Conversation:
    """Return a conversation under these instructions in the place of its own."""
    rest = (turn for turn in plain.messages if turn["role"] not in SYSTEM_ROLES)
    return Conversation(({"role": "system", "content": prompt}, *rest), plain.tools)


def make(means: Means) -> Contender | Missing:
    """Return the contender, or that nobody wrote a prompt."""
    if not means.prompt.strip():
        return Missing("Nobody wrote a prompt: put one into improved_prompt.txt of the workspace.")
    return ImprovedPrompt(means.base, means.prompt.strip())
