"""What events hold beside plain fields: values with a name of their own."""

import msgspec


class Theirs(msgspec.Struct, frozen=True, kw_only=True):
    """Which item of a fine-tuning service a line stands for."""

    id: str
    """The service's own id, with what tells apart the lines of one item; unique in a log."""
    t: str = ""
    """When it happened by the service's clock, ISO 8601; empty where it did not say."""


class HostedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a hosted run stands at its service."""

    provider: str
    """As people call the service."""
    job: str = ""
    """The service's id of the job; empty before there is one."""
    status: str = ""
    """The service's own word for its state; not yet safe to show."""
    note: str = ""
    """What it waits for, or until when nobody is asked; not yet safe to show."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Something the program chose by itself, and why."""

    what: str
    was: str
    now: str
    why: str


class MixedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A further set that a run trains on beside its split."""

    path: str
    """As the recipe named it; not yet safe to show."""
    sha256: str
    """Of the file's bytes, or of the names and bytes of a folder's files."""
    rows: int
    """Rows of the set, all of which were compared with the holdout."""
    taken: int
    """Rows among them that are trained on."""
    share: float | None = None
    """Share of all train rows that was asked for; None for all rows of the set."""
    after: int = 0
    """What is added to the number of one of its rows to name it among all train rows."""


class GpuRead(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU at one moment."""

    index: int
    used: int
    """Bytes of its memory in use by anybody."""
    total: int
    busy: float
    """Share of time something ran on it."""
    celsius: int | None = None
