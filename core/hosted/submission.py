"""The ledger of a submission, so that nobody pays twice: what was done is on disk before the next.

`planned -> uploading -> uploaded -> creating -> created`, or `refused`, or `ambiguous`. A worker
that finds `creating` does not know what came of it, so it looks for the job before it asks for one.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from core.errors import JobError
from core.hosted.consignment import Part, Progress
from core.hosted.failures import Ambiguous, HostedError, Rejected, Throttled, Unavailable
from core.hosted.job_values import JobRef
from core.hosted.provider import Provider
from core.hosted.spec import HostedSpec, PartName
from core.storage import replace_file, storage_error
from core.text_safety import visible

Step = Literal["planned", "uploading", "uploaded", "creating", "created", "refused", "ambiguous"]
LOOKS = (10.0, 30.0, 120.0, 600.0)
"""Seconds to wait before each look for a job that may be there."""
UPLOAD_WAITS = (5.0, 60.0)
"""Seconds to wait after each upload that failed, before the last try."""
NAME = "submission.json"
_ANSWER = "submit_again.json"
_VERSION = 1


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent, and what is known to have come of it."""

    v: int = _VERSION
    submission: str
    """Random, and carried by the job."""
    fingerprint: str
    """Of the training and of who pays."""
    step: Step = "planned"
    files: dict[str, str] = {}
    """Ids at the service, by the name of the part."""
    since: float = 0.0
    """When `create` was first called, by our clock, seconds since the epoch."""
    job: str = ""
    """The service's id of the job; empty while none is known."""
    job_created: float | None = None
    others: tuple[str, ...] = ()
    """Further jobs that carry the submission: paid for by mistake, and offered to be cancelled."""
    why: str = ""
    """Why it was refused, or why nobody knows."""
    answers: tuple[str, ...] = ()
    """Who said that it may be sent again, and when."""

    @property
    def ref(self) -> JobRef | None:
        """Return the job; None while none is known."""
        return JobRef(id=self.job, created_at=self.job_created) if self.job else None


def read_ledger(folder: Path) -> Ledger | None:
    """Return the ledger of a run's folder; None where nothing was begun."""
    path = folder / NAME
    try:
        ledger = msgspec.json.decode(path.read_bytes(), type=Ledger)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error, path, doing="read the ledger") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise JobError(
            what=f"{visible(str(path))} cannot be read.",
            why="Without it nobody knows whether the job was started, so nothing is sent.",
            remedy="Put it back from a copy, or look on the service's page.",
        ) from broken
    if ledger.v > _VERSION:
        raise JobError(
            what=f"{visible(str(path))} was made by a newer tuningfork.",
            why="It will not be guessed at: money hangs on it.",
            remedy="Upgrade tuningfork; nothing was changed.",
        )
    return ledger


def write_ledger(folder: Path, ledger: Ledger) -> Ledger:
    """Put the ledger safely on disk and return it."""
    content = msgspec.json.format(msgspec.json.encode(ledger), indent=1)
    replace_file(folder / NAME, content + b"\n")
    return ledger


def needs_answer(folder: Path) -> bool:
    """Return whether only a person can say if the job may be sent again."""
    ledger = read_ledger(folder)
    return ledger is not None and ledger.step == "ambiguous"


def allow_again(folder: Path, *, by: str, host: str, at: str) -> None:
    """Note that a person looked and wants the job sent again; the next attempt does it."""
    if not needs_answer(folder):
        raise JobError(
            what="There is nothing to send again.",
            why="It is known whether this run's job was started.",
            remedy="`tuningfork resume` goes on with the run.",
        )
    replace_file(folder / _ANSWER, msgspec.json.encode({"by": by, "host": host, "at": at}))


class Submitter:
    """Brings a training to its service, once; goes on wherever an earlier attempt ended."""

    def __init__(
        self,
        folder: Path,
        provider: Provider,
        spec: HostedSpec,
        *,
        now: Callable[[], float],
        rest: Callable[[float], None],
        submission: str,
    ) -> None:
        """Take the run's folder.

        `rest` waits; `submission` is the random id to use if none was drawn before.
        """
        self._folder = folder
        self._provider = provider
        self._spec = spec
        self._now = now
        self._rest = rest
        fresh = Ledger(submission=submission, fingerprint=spec.fingerprint)
        self.ledger = read_ledger(folder) or write_ledger(folder, fresh)

    def _to(self, step: Step, **changes: object) -> None:
        self.ledger = write_ledger(self._folder, replace(self.ledger, step=step, **changes))

    @property
    def settled(self) -> JobRef | None:
        """Return the job that is known to be there; None while there is none."""
        return self.ledger.ref

    def upload(self, parts: Sequence[Part], progress: Callable[[Part], Progress]) -> None:
        """Bring every part to the service; what is there already is used again."""
        if self.ledger.step in {"creating", "created", "ambiguous"}:
            return
        self._to("uploading")
        for part in parts:
            found = self._file(part, progress(part))
            self._to("uploading", files={**self.ledger.files, part.name: found})
        self._to("uploaded")

    def _file(self, part: Part, progress: Progress) -> str:
        """Return the id of a part at the service; one whose reply was lost is looked for first."""
        known = self.ledger.files.get(part.name)
        found = self._provider.find_file(part, known) if known else None
        for wait in UPLOAD_WAITS:
            found = found or self._provider.find_file(part, None)
            if found is not None:
                return found
            try:
                return self._sent(part, progress)
            except (Unavailable, Throttled) as lost:
                self._rest(max(wait, getattr(lost, "wait", None) or 0.0))
        return self._provider.find_file(part, None) or self._sent(part, progress)

    def _sent(self, part: Part, progress: Progress) -> str:
        """Return the id of a part that was sent; a refusal names the part it is about."""
        try:
            return self._provider.upload(part, progress)
        except Rejected as refused:
            refused.part = refused.part or part.name
            raise

    def create(self) -> JobRef:
        """Return the job: the one that is there, or one that is started now."""
        if self.ledger.ref is not None:
            return self.ledger.ref
        if self.ledger.step in {"creating", "ambiguous"}:
            found = self._look(first=0.0 if self.ledger.step == "ambiguous" else None)
            if found is not None:
                return found
            self._ask()
        files: dict[PartName, str] = {}
        for name in self._spec.parts:
            files[name] = self.ledger.files[name]
        self._to("creating", since=self._now(), why="")
        try:
            ref = self._provider.create(self._spec, files, self.ledger.submission)
        except Ambiguous as unknown:
            self._to("creating", why=unknown.why)
            found = self._look()
            if found is not None:
                return found
            self._ask()
            raise AssertionError("nobody has answered yet") from unknown
        except HostedError as refused:
            self._to("refused", why=refused.why)
            raise
        return self._created(ref)

    def _created(self, ref: JobRef, others: tuple[str, ...] = ()) -> JobRef:
        self._to("created", job=ref.id, job_created=ref.created_at, others=others, why="")
        return ref

    def _look(self, *, first: float | None = None) -> JobRef | None:
        """Return the job that carries the submission, waiting for it to be listed; None without.

        `first` replaces the waits by one look.
        """
        for wait in LOOKS if first is None else (first,):
            self._rest(wait)
            try:
                found = self._provider.find(self.ledger.submission, self.ledger.since)
            except Unavailable:
                if wait == LOOKS[-1] or first is not None:
                    raise  # nothing is known, so nothing is asked either
                continue
            if found:
                oldest, *others = found
                return self._created(oldest, tuple(one.id for one in others))
        return None

    def _ask(self) -> None:
        """Go on if a person has answered, else say that one has to."""
        self._to("ambiguous")
        path = self._folder / _ANSWER
        try:
            answer = path.read_text()
        except FileNotFoundError:
            raise Ambiguous(
                what="Nobody knows whether the job was started, and none is listed.",
                why=f"{self.ledger.why or 'The worker ended while it asked for it.'} A second job"
                " would be paid for as well.",
                remedy="Look on the service's page. If there is no job: `tuningfork resume RUN"
                " --send-again`; else `tuningfork resume RUN` looks for it once more.",
            ) from None
        except OSError as error:
            raise storage_error(error, path, doing="read the answer") from error
        self._to("uploaded", answers=(*self.ledger.answers, answer))
        path.unlink(missing_ok=True)
