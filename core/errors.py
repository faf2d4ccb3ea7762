"""One tree of errors, each in three parts, so that screen, plain line and JSON say the same."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class TuningforkError(Exception):
    """Something a person can act on; programming mistakes stay ordinary exceptions."""

    what: str
    """What happened, in one sentence."""
    why: str
    """Why we think so, or why it matters."""
    remedy: str
    """What to do next, with the exact command or key where there is one."""

    exit_code: ClassVar[int] = 2
    """What the command line exits with: 1 the answer is no, 2 wrong input, 3 the machine can't."""

    def __str__(self) -> str:
        """Join the three parts for a log."""
        return f"{self.what} {self.why} {self.remedy}"

    def as_json(self) -> dict[str, str | int]:
        """Return the stable form that `--json` prints."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "why": self.why,
            "remedy": self.remedy,
            "exit_code": self.exit_code,
        }


class RowsError(TuningforkError):
    """Rows of a split are refused, and it is known which."""

    part: str = ""
    """The part, as in "train"; empty where nobody named one."""
    rows: tuple[int, ...] = ()
    """Their numbers in that part, from 1; the first few where there are many."""


class UsageError(TuningforkError):
    """A command was given words it cannot act on."""


class WorkspaceError(TuningforkError):
    """The workspace is missing, damaged, or made by a newer version."""


class StorageError(TuningforkError):
    """The file system refused: read-only, full, or no permission."""

    exit_code: ClassVar[int] = 3


class DataError(TuningforkError):
    """A file of rows cannot be used."""


class RecipeError(TuningforkError):
    """A recipe names something that cannot be trained."""


class DecisionError(TuningforkError):
    """Answers to the wizard that it cannot read."""


class EventLogError(TuningforkError):
    """A run's event log cannot be read or continued."""


class JobError(TuningforkError):
    """A job cannot be started, found or asked."""


class MachineError(TuningforkError):
    """This machine lacks something: an extra, memory, a device."""

    exit_code: ClassVar[int] = 3
