"""Answers that were made elsewhere, as a contender that only looks them up."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.contenders.contender import Answer, Conversation, Unanswered, plain_conversation
from core.data.formats import canonical
from core.data.rows import Example


class AnswersFile:
    """A contender whose answers somebody wrote into a file."""

    def __init__(
        self,
        name: str,
        by_item: Mapping[str, str],
        by_prompt: Mapping[str, str],
        items: Sequence[Example],
        names: Sequence[str],
    ) -> None:
        """Find each item's answer: by what the item is called, else by the words of its prompt."""
        self.name = name
        self._texts: dict[str, str] = {}
        for example, item in zip(items, names, strict=True):
            text = by_item.get(item, by_prompt.get(prompt_text(example).strip()))
            if text is not None:
                self._texts[_asked(plain_conversation(example))] = text
        told = canonical({"texts": self._texts})
        self.identity: dict[str, Any] = {"answers": hashlib.sha256(told.encode()).hexdigest()}

    def conversation(self, example: Example) -> Conversation:
        """Return the turns before the last answer."""
        return plain_conversation(example)

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        """Yield what the file says; name the items that it does not know."""
        missing: dict[int, str] = {}
        for place, one in enumerate(asked):
            text = self._texts.get(_asked(one))
            if text is None:
                missing[place] = "the file has no line for it, neither by item nor by prompt"
            else:
                yield Answer(place, text, tokens=0, stopped=True, cut=False)
        if missing:
            raise Unanswered(missing, by=self.name)


def prompt_text(example: Example) -> str:
    """Return a prompt as one text: the words of its only turn, or every turn under its role."""
    turns = example.prompt
    if len(turns) == 1:
        return turns[0].text
    return "\n\n".join(f"{turn.role}: {turn.text}" for turn in turns)


def _asked(one: Conversation) -> str:
    return canonical({"messages": list(one.messages), "tools": one.tools})
