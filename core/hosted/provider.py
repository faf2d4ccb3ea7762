"""What a fine-tuning service is to us: the values it gives and the requests it takes.

All it knows is in the ledger or the cursor. Every request may be made again but `create`, tried
once, which raises `Ambiguous` where nobody knows what came of it; see `core.hosted.failures`.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from core.hosted.consignment import Finding, Part, Progress
from core.hosted.job_values import Cursor, HostedCheckpoint, JobRef, JobView, Outcome, Poll
from core.hosted.offering import Capabilities
from core.hosted.spec import HostedSpec, PartName


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a provider takes from the world; tests give another."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The time."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that no clock setting moves."""
    sleep: Callable[[float], None] = time.sleep
    """Waits so many seconds, or less where somebody asks for an end."""
    draw: Callable[[], float] = random.random
    """Gives numbers from 0 to 1."""
    hurry: float = 1.0
    """By what deadlines are divided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a provider is made with, besides the spec."""

    key: str | None = field(repr=False)
    """None where the service needs none."""
    key_words: str = ""
    """Where the key came from, in words; never the key."""
    cover: Callable[[str], str] = field(repr=False)
    """Covers secrets in text that the service wrote."""
    keep: Callable[[str, int | None, bytes | str], None] = field(
        default=lambda doing, status, body: None, repr=False
    )
    """Keeps the body of a reply that refused or made no sense, with what was tried."""
    learn: Callable[[str], None] = field(default=lambda _: None, repr=False)
    """Takes a secret that was found on the way, as a token of an hour, so that it is covered."""
    world: World = World()


class Provider(Protocol):
    """One service, one account."""

    def capabilities(self) -> Capabilities:
        """Return what the service can do; asks nobody."""

    def validate(self, parts: Sequence[Part], spec: HostedSpec) -> list[Finding]:
        """Return what the service would refuse or drop; nothing leaves."""

    def find_file(self, part: Part, known: str | None) -> str | None:
        """Return the id of a file that holds just this part, `known` or another; None if none."""

    def upload(self, part: Part, progress: Progress) -> str:
        """Send a part and return the file's id."""

    def create(self, spec: HostedSpec, files: Mapping[PartName, str], submission: str) -> JobRef:
        """Start the job, in one attempt; the only call that can cost money.

        Raises `Ambiguous` where no definite answer came; every other failure means that nothing
        was created. `submission` is 32 hexadecimal characters that travel with the job.
        """

    def find(self, submission: str, since: float) -> list[JobRef]:
        """Return the jobs that carry the submission, oldest first, made since about then."""

    def poll(self, ref: JobRef, cursor: Cursor) -> Poll:
        """Return the job and what it said since the cursor."""

    def checkpoints(self, ref: JobRef) -> list[HostedCheckpoint]:
        """Return the models that there are from before the end, oldest first."""

    def cancel(self, ref: JobRef) -> JobView:
        """Ask for an end and return the job as it is then; one that has ended stays as it is."""

    def pause(self, ref: JobRef) -> JobView:
        """Ask for a pause; raises `Unsupported` where capabilities say so."""

    def resume(self, ref: JobRef) -> JobView:
        """Go on after a pause; raises `Unsupported` where capabilities say so."""

    def outcome(self, ref: JobRef) -> Outcome:
        """Return what the job left, with its result files."""

    def forget(self, files: Sequence[str]) -> list[str]:
        """Delete uploaded files and return the ids that are gone; gone before counts, too."""

    def close(self) -> None:
        """Let connections go."""
