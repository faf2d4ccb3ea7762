"""Keeps the answers of a decision under way, so that a closed terminal loses none of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.decide.answers import Answers
from core.decide.questions import QUESTIONS
from core.errors import DecisionError
from core.spec_file import build
from core.storage import replace_file, storage_error
from core.text_safety import visible

Given = str | int | float | None
"""An answer; None is "I don't know"."""
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was answered so far; a question that was not answered yet is left out."""

    given: Mapping[str, Given] = field(default_factory=dict)
    """Answers by the id of their question."""
    at: str = QUESTIONS[0].id
    """Id of the question to go on with."""

    @property
    def answers(self) -> Answers:
        """Return the same as an answers file would say."""
        known = {id: value for id, value in self.given.items() if value is not None}
        return build(Answers, known, where="the answers so far", error=DecisionError)

    def with_answer(self, id: str, value: Given) -> "Draft":
        """Return the draft with one answer more or changed; all others stay.

        Raises `DecisionError` for an answer that the question does not allow.
        """
        if value is None or value == _UNKNOWN:
            return replace(self, given={**self.given, id: None})
        fit = build(Answers, {id: value}, where="This answer", error=DecisionError)
        return replace(self, given={**self.given, id: getattr(fit, id)})

    def without(self, id: str) -> "Draft":
        """Return the draft in which a question was never answered."""
        return replace(self, given={key: value for key, value in self.given.items() if key != id})


def draft_of(answers: Mapping[str, Any], *, at: str) -> Draft:
    """Return recorded answers as a draft; what today's questions do not allow is left out."""
    draft = Draft(at=at if any(one.id == at for one in QUESTIONS) else QUESTIONS[0].id)
    for question in QUESTIONS:
        if question.id in answers:
            value = answers[question.id]
            if _fits(question.id, value):
                draft = draft.with_answer(question.id, value)
    return draft


def read_draft(path: Path) -> Draft | None:
    """Return the draft, None when there is none; an answer no longer allowed is asked again."""
    try:
        stored = json.loads(path.read_bytes())
        return draft_of(dict(stored["given"]), at=str(stored["at"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise storage_error(error, path, doing="read the answers so far") from error
    except (ValueError, TypeError, KeyError) as broken:
        raise DecisionError(
            what=f"The answers so far in {visible(str(path))} cannot be read.",
            why=f"The file is damaged: {visible(str(broken))}. Recorded decisions are elsewhere.",
            remedy="Mend it, or remove it and answer again.",
        ) from broken


def write_draft(path: Path, draft: Draft) -> None:
    """Put the draft on disk in one step; it is safe there when this returns."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, path.parent, doing="keep the answers so far") from error
    content = json.dumps({"at": draft.at, "given": dict(draft.given)}, indent=1)
    replace_file(path, content.encode())


def remove_draft(path: Path) -> None:
    """Forget the draft, if there is one."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, path, doing="forget the answers so far") from error


def _fits(id: str, value: object) -> bool:
    """Whether a stored value is an answer that today's question allows."""
    if value is None or value == _UNKNOWN:
        return True
    try:
        Answers.model_validate({id: value}, strict=False)
    except ValidationError:
        return False
    return isinstance(value, str | int | float) and not isinstance(value, bool)
