"""Puts around a request what its arm puts around it: the same that the contenders of Score do."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from core.contenders.contender import Conversation, plain_conversation
from core.contenders.document_index import DocumentIndex
from core.contenders.few_shot import after_shots, turns_of
from core.contenders.improved_prompt import under_prompt
from core.contenders.retrieval import over_passages
from core.data.rows import Example, Message
from core.release.release_plan import Arm, Shot

Wording: TypeAlias = Callable[[Example], Conversation]
"""Says what is really asked for a request."""


def wording(arm: Arm, documents: Mapping[str, str]) -> Wording:
    """Return how an arm puts a request: under its prompt, after its examples, with its passages."""
    prompt = arm.prompt.strip()
    shots = turns_of([_example(shot) for shot in arm.shots])
    index = DocumentIndex(documents) if documents else None

    def asked(example: Example) -> Conversation:
        made = plain_conversation(example)
        if prompt:
            made = under_prompt(made, prompt)
        if shots:
            made = after_shots(made, shots)
        return over_passages(made, example, index) if index else made

    return asked


def _example(shot: Shot) -> Example:
    turns = (("user", shot.question, False), ("assistant", shot.answer, True))
    return Example(
        row=0,
        messages=tuple(
            Message(role=role, text=text, trains=trains, raw={"role": role, "content": text})
            for role, text, trains in turns
        ),
        tools=None,
    )
