"""What a job's code is given: where it works, how it reports, what it is asked."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from msgspec import UNSET, UnsetType

from core.events import alerts
from core.events.envelope import Envelope, PhaseName
from core.events.fold import WORTH_BYTES, keep_snapshot
from core.events.parts import HostedPlace
from core.events.schema import ControlAnswered, PhaseEntered
from core.events.writer import EventWriter
from core.jobs.control import Request, read_requests
from core.jobs.record import JobRecord
from core.jobs.usage import Usage
from core.workspace import RunFolder, Workspace

_POLL_SECONDS = 0.1
_PHASE_SECONDS = 0.2
_USAGE_SECONDS = 10.0

_E = TypeVar("_E", bound=Envelope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """All that was asked for is done."""

    reason: str = "Done."
    best_step: int | None = None
    best_path: str = ""
    """The result, relative to the job's folder; empty when there is none."""
    preflight_error: float | None = None
    """Measured peak memory over that of the preflight, less 1; None where none was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Ended early because somebody asked."""

    reason: str = "Stopped on request."
    best_step: int | None = None
    best_path: str = ""
    """The result so far, relative to the job's folder; empty when there is none."""


Outcome: TypeAlias = Finished | Stopped


class JobContext:
    """The worker's side of a job; safe to use from several threads."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        folder: RunFolder,
        record: JobRecord,
        attempt: int,
        writer: EventWriter,
        handed: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.workspace = workspace
        self.folder = folder
        self.record = record
        self.attempt = attempt
        self.handed = handed
        """Pipe with a secret that was typed for this attempt; None where none was."""
        self._writer = writer
        self._now = monotonic
        self._turn = threading.RLock()
        self._watch = alerts.Watch()
        self._usage = Usage(folder.path)
        self.usage_seconds = _USAGE_SECONDS
        """How often what the worker uses is written down."""
        self._usage_due = monotonic() + _USAGE_SECONDS
        self._snapshot_due = WORTH_BYTES
        self._poll_due = 0.0
        self._phase: PhaseEntered | None = None
        self._phase_due = 0.0
        self._known: set[str] = set()
        self._desk: list[Request] | None = None
        self._stop = False
        self.pausing = False
        """Whether the end somebody asked for is a pause, to be resumed."""
        self._checkpoint = False
        self._signal = ""
        self._listeners: list[Callable[[Envelope], None]] = []

    @property
    def spec(self) -> dict[str, Any]:
        """What this kind of job was told to do."""
        return self.record.spec

    def emit(self, event: _E) -> _E:
        """Write an event, and what the alert rules make of it; return it as written."""
        with self._turn:
            written = self._writer.write(event)
            for listener in self._listeners:
                listener(written)
            self._watch, found = alerts.look(self._watch, event)  # type: ignore[arg-type]
            for alert in found:
                self._writer.write(alert)
            if self._now() >= self._usage_due:
                self.resources()
        return written

    def cover_texts(self, cover: Callable[[str], str]) -> None:
        """Let `cover` change every text before it stands in the log."""
        self._writer.cover = cover

    def listen(self, listener: Callable[[Envelope], None]) -> None:
        """Let `listener` have every event once it is in the log; it must not raise."""
        self._listeners.append(listener)

    def phase(
        self,
        name: PhaseName,
        done: int | None = None,
        total: int | None = None,
        unit: str = "",
        hosted: HostedPlace | UnsetType = UNSET,
    ) -> None:
        """Say which part of the work this is; lines that only count are thinned out."""
        with self._turn:
            was = self._phase
            moved = was is not None and (was.name, was.total, was.unit, was.hosted) == (
                name,
                total,
                unit,
                hosted,
            )
            if moved and done != total and self._now() < self._phase_due:
                return
            event = PhaseEntered(name=name, done=done, total=total, unit=unit, hosted=hosted)
            if was == event:
                return
            self._phase = event
            self._phase_due = self._now() + _PHASE_SECONDS
            self.emit(event)

    def resources(self) -> None:
        """Write what the worker uses; happens by itself every `usage_seconds` of events."""
        with self._turn:
            self._usage_due = self._now() + self.usage_seconds
            self.emit(self._usage.read())
            self._keep_snapshot()

    def _keep_snapshot(self) -> None:
        """Spare whoever opens a long run the reading of its whole log."""
        size = self.folder.events.stat().st_size
        if size >= self._snapshot_due:
            self._snapshot_due = size + WORTH_BYTES
            keep_snapshot(self.folder.events, self.folder.snapshot)

    def stop_requested(self) -> bool:
        """Return whether somebody asked for an end; cheap enough for every step."""
        self._poll()
        return self._stop

    def take_checkpoint_request(self) -> bool:
        """Return whether somebody asked for a checkpoint since the last call."""
        self._poll()
        with self._turn:
            asked, self._checkpoint = self._checkpoint, False
        return asked

    def stop_by_signal(self, name: str) -> None:
        """Note a signal that asks for an end; answered at the next look at the requests."""
        self._signal = name

    def take_requests(self) -> list[Request]:
        """Return what was asked since the last call, for the caller to answer each by an event.

        From the first call on nothing is answered here any more.
        """
        with self._turn:
            if self._desk is None:
                self._desk = []
            self._poll()
            taken, self._desk = self._desk, []
        return taken

    def _poll(self) -> None:
        """Answer what was asked since the last look."""
        with self._turn:
            if self._now() < self._poll_due and not self._signal:
                return
            self._poll_due = self._now() + _POLL_SECONDS
            if self._signal:
                asked = Request(id=self._signal, verb="stop", by=self._signal, host="", at="")
                self._signal = ""
                self._take(asked)
            for asked in read_requests(self.folder, known=self._known):
                self._take(asked)
            if self._now() >= self._usage_due:
                self.resources()

    def _take(self, asked: Request) -> None:
        """Answer a request, or keep it for who answers by itself."""
        if self._desk is None:
            self.emit(self._answer(asked))
        else:
            self._desk.append(asked)

    def _answer(self, asked: Request) -> ControlAnswered:
        """Return what the worker will do about a request, having noted it."""
        match asked.verb:
            case "stop" | "pause" if self._stop:
                return asked.answered(accepted=True, effect="Already stopping.")
            case "stop":
                self._stop = True
                return asked.answered(
                    accepted=True, effect="Stops after this step and keeps what there is."
                )
            case "pause":
                self._stop = self.pausing = True
                return asked.answered(
                    accepted=True,
                    effect="Saves a checkpoint after this step and frees the device.",
                )
            case "checkpoint":
                self._checkpoint = True
                return asked.answered(accepted=True, effect="Saves a checkpoint after this step.")
            case _:
                return asked.answered(accepted=False, effect="This worker knows no such request.")
