"""What a line of a source file is: its place, its value, what it says, what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Severity = Literal["blocker", "high", "review", "info"]
"""How much a finding harms training, worst first."""


def raised(severity: Severity) -> Severity:
    """Return the next worse severity, for words that the loss sees; information stays that."""
    worse: dict[Severity, Severity] = {"review": "high", "high": "blocker"}
    return worse.get(severity, severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in one place."""

    check: str
    """Id of the check that found it."""
    row: int | None
    """Line number in the source, from 1; None when it is about the file."""
    message: str
    """What is wrong, in words that follow "row N: ". May quote the data."""
    path: str = ""
    """Where in the row, as `messages[0].role`; empty for the whole row."""
    column: int | None = None
    """Column in the line, from 1; None where a path says it better."""
    severity: Severity | None = None
    """None for the usual severity of the check."""
    other: int | None = None
    """Line number of the row it is too much like, in the file of evaluation rows for a leak; None
    where the fault is not between two rows."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `inspect --json`."""
        return {
            "row": self.row,
            "path": self.path,
            "column": self.column,
            "message": self.message,
            "other": self.other,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LikeRows:
    """Faults of many rows that are too much like another; the words of a few are ever wanted."""

    check: str
    """Id of the check that found them."""
    rows: "NDArray[np.int64]"
    """Line numbers in the source, in order."""
    others: "NDArray[np.int64]"
    """Line number of the row that each is too much like."""
    says: Callable[[int], str]
    """What is wrong with the row at a place of `rows`."""
    severity: Severity | None = None
    """None for the usual severity of the check."""

    def faults(self, most: int) -> Iterator[Fault]:
        """Yield the first faults one by one."""
        pairs = zip(self.rows[:most].tolist(), self.others[:most].tolist(), strict=True)
        for place, (row, other) in enumerate(pairs):
            yield Fault(
                check=self.check,
                row=row,
                message=self.says(place),
                severity=self.severity,
                other=other,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: str
    text: str
    """The content as text; a call of a tool as canonical JSON; "" for none."""
    trains: bool
    """Whether the loss sees this turn: an assistant's, and not of weight 0."""
    raw: dict[str, Any]
    """The turn as chat templates take it; of a chat row, as it stands in the file."""
    path: str = ""
    """Where its words stand in the row, as `messages[0].content` or `output`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A row that can be read as a conversation."""

    row: int
    messages: tuple[Message, ...]
    tools: list[Any] | None
    """Tools offered in this conversation; None when the row names none."""
    rejected: tuple[Message, ...] = ()
    """The answer that lost in a preference pair, never trained; empty for every other row."""

    @property
    def prompt(self) -> tuple[Message, ...]:
        """Return the turns before the last trained answer."""
        return self.messages[: self._last_target()]

    @property
    def reference(self) -> str:
        """Return the last trained answer, "" when nothing is trained."""
        last = self._last_target()
        return self.messages[last].text if last < len(self.messages) else ""

    def _last_target(self) -> int:
        """Return the place of the last trained turn, or one past the end."""
        places = [place for place, message in enumerate(self.messages) if message.trains]
        return places[-1] if places else len(self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line that holds something."""

    number: int
    """Line number, from 1, as an editor counts."""
    offset: int
    """Byte at which the line begins."""
    raw: bytes
    """The line without its line end; empty for a line too long to be held."""
    value: object
    """What the line holds; None when it cannot be parsed."""
    example: Example | None
    """The conversation; None when parsing or the shape failed."""
    faults: tuple[Fault, ...]
    """What reading found: encoding, syntax, shape."""
