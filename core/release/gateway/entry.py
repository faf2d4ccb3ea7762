"""One answered request, as the log and the guardrail take it."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["answered", "failed", "left"]
"""`failed`: no arm gave a whole answer; `left`: the client went before the end."""

Queued = Literal["", "sampled", "held"]
"""`sampled`: reviewed after it went out; `held`: before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of a request once it is over."""

    id: str
    """The answer's id, by which feedback names it."""
    at: float
    """When it came, seconds since 1970."""
    dealt: str
    """The arm that the user's key was dealt, or the rollback target after a rollback."""
    arm: str
    """The arm that answered; "" where none did."""
    user: str
    """Key of the user, "" where the request named none."""
    prompt: str
    """The turns of the request as JSON."""
    answer: str
    """What was given out."""
    outcome: Outcome
    """How it ended."""
    errors: str
    """Why the arms that were tried before failed, in words; "" where none did."""
    first_ms: float | None
    """Until the first piece of the answer; None where there was none."""
    total_ms: float
    """Until the end."""
    tokens_in: int | None
    """As the arm counted them; None where it did not."""
    tokens_out: int | None
    """Likewise."""
    review: Queued = ""
    """Whether people review the answer, and when."""
    stopped: bool = True
    """Whether the answer ended by itself, and not at its limit."""

    @property
    def harmed(self) -> bool:
        """Return whether the arm that was dealt failed, whoever stood in."""
        return self.outcome == "failed" or bool(self.errors)
