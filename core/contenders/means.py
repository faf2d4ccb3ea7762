"""What contenders are made from: whoever answers, and what can be put before the question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from core.contenders.contender import Contender
from core.contenders.document_index import Search
from core.data.rows import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """What can be put before a question, whoever answers it."""

    prompt: str = ""
    """The person's own system prompt; "" where none was written."""
    shots: Sequence[Example] = ()
    """Solved examples to show, none of them among what is asked."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """Texts to look things up in, by name, none of them holding what is asked."""
    search: Search | None = None
    """What finds passages of them; None finds them by their words alone."""


NOTHING = Further()
"""For who is asked as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means(Further):
    """All that a job has at hand."""

    base: Contender
    """Answers with the question alone."""
    tuned: Contender | None = None
    """The same after tuning; None where nothing was tuned."""


def over(model: Contender, further: Further) -> Means:
    """Return the means of a model that is asked in the same ways as the others."""
    return Means(
        base=model,
        prompt=further.prompt,
        shots=further.shots,
        documents=further.documents,
        search=further.search,
    )


class Missing(NamedTuple):
    """Why a contender cannot be made."""

    why: str
    """A sentence that says how to get what is missing."""


Maker: TypeAlias = Callable[[Means], Contender | Missing]
