"""Everything a fine-tuning service can fail in, each with what happened, why and what to do."""

from collections.abc import Sequence
from typing import ClassVar

from core.errors import RowsError, TuningforkError


class HostedError(TuningforkError):
    """A fine-tuning service did not do what it was asked."""

    exit_code: ClassVar[int] = 3


class NotEligible(HostedError):
    """The service does not let this account start such a job; nothing was created."""

    exit_code: ClassVar[int] = 1


class BadKey(HostedError):
    """The key is wrong, or may not do what was asked; a job that runs is untouched."""

    exit_code: ClassVar[int] = 2


class NoQuota(HostedError):
    """The account has no money or no quota left."""

    exit_code: ClassVar[int] = 1


class Throttled(HostedError):
    """The service wants fewer requests."""

    def __init__(self, what: str, why: str, remedy: str, *, wait: float | None = None) -> None:
        """Take the seconds that the service asked for; None where it named none."""
        super().__init__(what, why, remedy)
        self.wait = wait


class Rejected(HostedError, RowsError):
    """The service refused what it was sent; nothing was created."""

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        what: str,
        why: str,
        remedy: str,
        *,
        part: str = "",
        rows: Sequence[int] = (),
        lines: Sequence[int] = (),
    ) -> None:
        """Take the part, as in "train", and the numbers of its rows that the service complains of.

        Rows are numbered as in the part of the split, from 1; lines as in the file that was sent.
        """
        super().__init__(what, why, remedy)
        self.part = part
        self.rows = tuple(rows)
        self.lines = tuple(lines)


class Vanished(HostedError):
    """The job is not there any more."""


class Unavailable(HostedError):
    """The service cannot be reached, or says nothing one can use; what it does goes on."""


class Ambiguous(HostedError):
    """Nobody knows whether the service created the job; only a person may send it again."""


class Unsupported(HostedError):
    """This service has no such request."""

    exit_code: ClassVar[int] = 2
