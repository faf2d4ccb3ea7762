"""Puts around a model what its arm puts around it: the same contenders that Score compares."""

from collections.abc import Mapping

from core.contenders.contender import Contender
from core.contenders.document_index import DocumentIndex
from core.contenders.few_shot import FewShot
from core.contenders.improved_prompt import ImprovedPrompt
from core.contenders.retrieval import Retrieval
from core.data.rows import Example, Message
from core.release.release_plan import Arm, Shot


def wrapped(arm: Arm, inner: Contender, documents: Mapping[str, str]) -> Contender:
    """Return the contender of an arm: its model under its prompt, examples and passages."""
    made = inner
    if arm.prompt.strip():
        made = ImprovedPrompt(made, arm.prompt.strip())
    if arm.shots:
        made = FewShot(made, [_example(shot) for shot in arm.shots])
    if documents:
        made = Retrieval(made, DocumentIndex(documents))
    return made


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
