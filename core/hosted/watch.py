"""Watches a job at a service: asks, tells what is new in the events of every run, and rests.

The job itself goes on whether it is watched or not, so nothing here ends it but a request.
"""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from core.events.envelope import AlertLevel
from core.events.parts import HostedPlace
from core.events.schema import AlertRaised, MessageLogged, Planned
from core.hosted import cadence
from core.hosted.failures import (
    BadKey,
    HostedError,
    NoQuota,
    Rejected,
    Throttled,
    Unsupported,
    Vanished,
)
from core.hosted.job_values import ENDED, Cursor, Item, JobRef, JobView, Poll
from core.hosted.mapping import billed_of, moment, priced
from core.hosted.provider import Provider, World
from core.hosted.spec import HostedSpec
from core.hosted.told import Told
from core.jobs.context import JobContext
from core.jobs.control import Request
from core.storage import replace_file
from core.text_safety import clip, visible

CURSOR = "cursor.json"
_SLICE = 0.2
"""Requests are seen within so many seconds."""
_SKEW = 60.0
_UNREACHED = 900.0
"""Seconds without any answer after which it is said."""
_REFUSED = 900.0
"""Seconds for which a service that refuses to be asked is tried again."""
_MISSING, _MISSES = 600.0, 3
"""For so long, and so often, a job must be missing before it counts as gone."""
_SIGNALS = {"SIGTERM", "SIGINT"}


class Left(Exception):
    """The watching ended because the machine wants it; the job goes on."""


class Watch:
    """One watcher of one job; however many screens there are, a service is asked by it alone."""

    def __init__(
        self,
        job: JobContext,
        provider: Provider,
        spec: HostedSpec,
        told: Told,
        *,
        label: str,
        submission: str,
        since: float,
        world: World,
    ) -> None:
        """Take what the log says so far; `since` is when the submission was sent."""
        self._job = job
        self._provider = provider
        self._spec = spec
        self._told = told
        self._label = label
        self._submission = submission
        self._since = since
        self._world = world
        self._cursor = read_cursor(job.folder.path)
        self._cancel = False
        self._failures = 0
        self._failing_since: float | None = None
        self._missed = 0
        self._news_at = world.monotonic()

    def until_the_end(self, ref: JobRef) -> JobView:
        """Watch until the job has ended and return it."""
        view: JobView | None = None
        while True:
            self._requests(ref)
            try:
                self._cancel_if_asked(ref)
                poll = self._provider.poll(ref, self._cursor)
            except HostedError as failure:
                self._rest(ref, self._failed(ref, failure, view))
                continue
            self._failures, self._failing_since, self._missed = 0, None, 0
            view = poll.job
            self._tell(poll)
            if view.stage in ENDED:
                return view
            quiet = self._world.monotonic() - self._news_at
            wait = cadence.drawn_apart(cadence.between_looks(view.stage, quiet), self._world.draw)
            self._rest(ref, max(wait, poll.wait or 0.0))

    def _cancel_if_asked(self, ref: JobRef) -> None:
        """Send on a request to stop until it has arrived."""
        if not self._cancel:
            return
        try:
            self._provider.cancel(ref)
        except (Rejected, Unsupported) as refused:
            text = f"The job was not cancelled. {refused.why} It goes on."
            self._job.emit(MessageLogged(level="warning", text=text))
        self._cancel = False

    def alert(
        self, rule: str, level: AlertLevel, message: str, action: str, *, key: str = ""
    ) -> None:
        """Say something a person should see, once in the life of a run."""
        if rule in self._told.alerts:
            return
        event = AlertRaised(
            rule=rule,
            level=level,
            step=self._told.before.step,
            message=message,
            action=action,
            key=key,
        )
        self._told.note(self._job.emit(event))

    def place(self, view: JobView, *, note: str = "") -> HostedPlace:
        """Return where a job stands, for a phase."""
        return HostedPlace(
            provider=self._label,
            job=view.ref.id,
            status=visible(view.status),
            note=visible(note or view.note),
        )

    # What a look found.

    def _tell(self, poll: Poll) -> None:
        """Write what is new, and only then that it is known."""
        view, news = poll.job, False
        for item in poll.items:
            news = self._item(item) or news
        self._phase(view)
        self._figures(view)
        for note in poll.notes:
            self.alert("odd_answers", "info", f"{self._label}: {note}", "Nothing; it is told once.")
        if poll.cursor != self._cursor:
            self._cursor = poll.cursor
            write_cursor(self._job.folder.path, poll.cursor)
        if news:
            self._news_at = self._world.monotonic()

    def _item(self, item: Item) -> bool:
        """Write the events of an item that are not in the log; return whether there were any."""
        self._plan(item)
        events = self._told.untold(item)
        for event in events:
            self._told.note(self._job.emit(event))
        return bool(events)

    def _plan(self, item: Item) -> None:
        total = item.figures.get("total_steps")
        if total is not None and int(total) != self._told.total_steps:
            self._planned(int(total), "")

    def _planned(self, total: int, finish: str) -> None:
        epochs = self._spec.hyperparameters.get("n_epochs")
        known = float(epochs) if isinstance(epochs, int | float) else self._spec.price.epochs
        event = Planned(total_steps=total, epochs=known or 0.0, finish=finish or msgspec.UNSET)
        self._told.note(self._job.emit(event))

    def _phase(self, view: JobView) -> None:
        if view.phase is not None:
            self._job.phase(view.phase, hosted=self.place(view))
        if not view.known:
            self.alert(
                "unknown_state",
                "info",
                f"{self._label} calls the job {clip(visible(view.status), 60)!r}, which nobody"
                " here knows; it counts as running.",
                "Nothing; it is watched as before.",
            )

    def _figures(self, view: JobView) -> None:
        """Write plan, cost and clock, where the service says something new of them."""
        total = view.total_steps or self._told.total_steps
        finish = moment(view.estimated_finish)
        if total and (total != self._told.total_steps or _later(finish, self._told.finish)):
            self._planned(total, finish)
        billed = billed_of(view)
        if billed is not None:
            billed = priced(billed, self._spec.price)
            if self._told.billed is None or (
                (billed.tokens, billed.low) != (self._told.billed.tokens, self._told.billed.low)
            ):
                self._told.note(self._job.emit(billed))
        if view.server_time is not None:
            skew = view.server_time - self._world.now().timestamp()
            if abs(skew) > _SKEW:
                self.alert(
                    "clock_skew",
                    "info",
                    f"The clock of {self._label} differs from ours by {abs(skew) / 60:,.0f} min.",
                    "Check this machine's clock; times of the service are its own.",
                )

    # What went wrong.

    def _failed(self, ref: JobRef, failure: HostedError, view: JobView | None) -> float:
        """Return how long to wait after a failure; raise one that ends the run."""
        now = self._world.monotonic()
        self._failures += 1
        if self._failing_since is None:
            self._failing_since = now
        lasted = now - self._failing_since
        if isinstance(failure, Throttled):
            wait = failure.wait or cadence.after_failures(self._failures)
            if view is not None and view.phase is not None:
                until = datetime.fromtimestamp(self._world.now().timestamp() + wait, UTC)
                note = f"asked again at {until:%H:%M:%S} UTC, as it wants"
                self._job.phase(view.phase, hosted=self.place(view, note=note))
            return wait
        if isinstance(failure, Vanished):
            return self._vanished(ref, failure, lasted)
        if isinstance(failure, BadKey | NoQuota | Rejected | Unsupported):
            self.alert("refused", "critical", f"{failure.what} The job goes on.", failure.why)
            if lasted > _scale(self._spec, _REFUSED):
                raise failure
            return _MISSING / 10
        if lasted > _scale(self._spec, _UNREACHED):
            self.alert(
                "unreachable",
                "warning",
                f"{self._label} has not been reached for {lasted / 60:.0f} min; the job goes on"
                " there.",
                f"{failure.why} Check the network; it is tried again by itself.",
            )
        return cadence.after_failures(self._failures)

    def _vanished(self, ref: JobRef, failure: Vanished, lasted: float) -> float:
        """Return when to look again for a job that is missing; raise once it is surely gone."""
        self._missed += 1
        if self._missed >= _MISSES and lasted >= _scale(self._spec, _MISSING):
            try:
                found = self._provider.find(self._submission, self._since)
            except HostedError:
                return cadence.after_failures(self._failures)
            if ref.id not in {one.id for one in found}:
                self.alert("job_vanished", "critical", failure.what, failure.remedy)
                raise Vanished(
                    what=f"The job {visible(ref.id)} is not at {self._label} any more.",
                    why=f"{failure.why} It is not in the list of jobs either.",
                    remedy="If key or organisation changed, set the old ones and resume; else"
                    " look on the service's page.",
                )
        return _MISSING / (_MISSES + 1)

    # What somebody asks for.

    def _rest(self, ref: JobRef, seconds: float) -> None:
        """Wait, and answer requests meanwhile."""
        seconds = _scale(self._spec, seconds)
        end = self._world.monotonic() + seconds
        while (left := end - self._world.monotonic()) > 0:
            self._world.sleep(min(left, _SLICE if seconds < 60 else 1.0))
            if self._requests(ref):
                return

    def _requests(self, ref: JobRef) -> bool:
        """Answer what was asked; return whether there was anything."""
        asked = self._job.take_requests()
        for one in asked:
            self._answer(ref, one)
        return bool(asked)

    def _answer(self, ref: JobRef, asked: Request) -> None:
        if asked.by in _SIGNALS and asked.id == asked.by:
            effect = f"Stops watching; the job goes on at {self._label}."
            self._job.emit(asked.answered(accepted=True, effect=effect))
            raise Left
        match asked.verb:
            case "stop":
                self._cancel = True
                effect = f"Asks {self._label} to cancel; steps that are done are paid for."
                self._job.emit(asked.answered(accepted=True, effect=effect))
            case "pause" | "resume":
                accepted, effect = self._turn(ref, asked.verb)
                self._job.emit(asked.answered(accepted=accepted, effect=effect))
            case _:
                effect = f"{self._label} knows no such request; it decides by itself."
                self._job.emit(asked.answered(accepted=False, effect=effect))

    def _turn(self, ref: JobRef, verb: str) -> tuple[bool, str]:
        """Pause or resume, and return whether that was done and what it means."""
        try:
            view = self._provider.pause(ref) if verb == "pause" else self._provider.resume(ref)
        except HostedError as refused:
            return False, f"{refused.what} {refused.why}"
        if view.phase is not None:
            self._job.phase(view.phase, hosted=self.place(view))
        done = "pauses the job; `resume` goes on" if verb == "pause" else "goes on with the job"
        return True, f"{self._label} {done}."


def read_cursor(folder: Path) -> Cursor:
    """Return how much of a job's items is known; nothing where that cannot be read."""
    try:
        return msgspec.json.decode((folder / CURSOR).read_bytes(), type=Cursor)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Cursor()  # then items come again, and the log knows which were told


def write_cursor(folder: Path, cursor: Cursor) -> None:
    """Keep how much is known."""
    replace_file(folder / CURSOR, msgspec.json.encode(cursor))


def _later(finish: str, told: str) -> bool:
    """Return whether a service expects another end than it did, by more than a minute."""
    return bool(finish) and finish[:16] != told[:16]


def _scale(spec: HostedSpec, seconds: float) -> float:
    return cadence.scaled(seconds, stays_here=spec.stays_here)
