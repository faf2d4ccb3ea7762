"""The pairs of answers that a judge compares: the tuned model's and each alternative's."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.data.rows import Example, Message
from core.scoring.judge.rubric import question
from core.scoring.study.opened import Locked, Sealed, plain_items


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two different answers to one item."""

    item: str
    """The item's name outside the study."""
    against: str
    """The alternative."""
    prompt: tuple[tuple[str, str], ...]
    """Role and text of each turn; not yet safe to show."""
    reference: str | None
    """The expected answer."""
    tuned: str
    """The tuned model's answer."""
    other: str
    """The alternative's."""

    @property
    def names(self) -> tuple[str, str]:
        """What the two questions about it are called: the tuned answer first, and second."""
        return f"{self.item} {self.against} 1", f"{self.item} {self.against} 2"

    def questions(self, row: int) -> tuple[Example, Example]:
        """Return both orders as rows that a contender can be asked."""
        return (
            _row(row, *question(self.prompt, self.reference, self.tuned, self.other)),
            _row(row + 1, *question(self.prompt, self.reference, self.other, self.tuned)),
        )


def pairs_of(locked: Locked, sealed: Sealed) -> Iterator[Pair]:
    """Yield every pair of a study whose seal is open; equal answers are a tie, and not asked."""
    tuned = locked.plan.tuned
    for item in plain_items(locked, sealed):
        names = sealed.mapping[item.id]
        texts = {names[same]: side.text for side in item.sides for same in (side.id, *side.same)}
        for against in sorted(texts.keys() - {tuned}):
            if texts[against] != texts[tuned]:
                yield Pair(
                    item=sealed.items[item.id],
                    against=against,
                    prompt=tuple((turn.role, turn.text) for turn in item.prompt),
                    reference=item.reference,
                    tuned=texts[tuned],
                    other=texts[against],
                )


def _row(number: int, system: str, user: str) -> Example:
    turns = (("system", system), ("user", user))
    return Example(
        row=number,
        messages=tuple(
            Message(role=role, text=text, trains=False, raw={"role": role, "content": text})
            for role, text in turns
        ),
        tools=None,
    )
