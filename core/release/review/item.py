"""One answer before a reviewer, what was said of it, and what follows from that."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Word = Literal["rate", "flag", "comment", "edit", "skip", "commit"]
Status = Literal["waiting", "approved", "corrected", "refused"]
SCORES = (1, 3, 5)
"""The rubric of Score: unusable, usable with edits, ready."""
UNUSABLE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of what was asked."""

    role: str
    """Who spoke."""
    text: str
    """What was said, as the log keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a reviewer says of an answer so far."""

    score: int | None = None
    """1, 3 or 5; None before."""
    unsafe: str = ""
    """Why it is unsafe; "" where it is not."""
    comment: str = ""
    """A remark."""
    correction: str = ""
    """What it should have been; "" where it may stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """What a reviewer sees; nothing in it tells which arm answered."""

    id: str
    """The answer's id."""
    at: float
    """When it was asked, seconds since 1970."""
    held: bool
    """Whether the client waits for the decision; False where the answer has gone out."""
    prompt: tuple[Turn, ...]
    """What was asked."""
    answer: str
    """What was answered, as the log keeps it."""
    said: Said
    """What this reviewer said of it."""

    @property
    def leads_to(self) -> Status:
        """Return what the answer becomes if this is all; `waiting` where that is open."""
        return decision(self.said, self.answer)


def gathered(words: Iterable[tuple[str, str]]) -> Said:
    """Return what words of one reviewer add up to, the oldest first; later ones count."""
    last = dict(words)
    unsafe = last.get("flag", "")
    score = UNUSABLE if unsafe else int(last["rate"]) if "rate" in last else None
    return Said(
        score=score,
        unsafe=unsafe,
        comment=last.get("comment", ""),
        correction=last.get("edit", ""),
    )


def decision(said: Said, answer: str) -> Status:
    """Return what becomes of an answer: a correction goes before a score."""
    if said.score is None:
        return "waiting"
    if said.correction.strip() and said.correction != answer:
        return "corrected"
    return "refused" if said.score == UNUSABLE else "approved"
