"""The job that trains at a service: sends what was confirmed, once, and watches until the end."""

import os
import secrets
from collections.abc import Callable, Mapping

from core.errors import DataError, JobError
from core.events.parts import HostedPlace
from core.events.schema import CostKnown, MessageLogged
from core.hosted import cadence
from core.hosted.consignment import Part, Progress
from core.hosted.ending import end_of
from core.hosted.failures import Rejected
from core.hosted.job_values import JobRef
from core.hosted.kept_replies import KeptReplies
from core.hosted.keys import Key, ask_keyring, find_key, take_over
from core.hosted.kinds import Kind, kind_of, line_writer, make_provider
from core.hosted.named_rows import with_rows
from core.hosted.part_files import write_parts
from core.hosted.provider import Access, Provider, World
from core.hosted.same import refuse_same
from core.hosted.silence import Silence, silence_process
from core.hosted.spec import HostedSpec
from core.hosted.submission import Ledger, Submitter
from core.hosted.told import read_told
from core.hosted.watch import Left, Watch
from core.jobs.context import JobContext, Outcome, Stopped
from core.spec_file import build

_LOOK = 0.2


class Unwanted(Exception):
    """Somebody asked for an end before the job was started."""


def run(job: JobContext) -> Outcome:
    """Do the whole of a hosted run, or go on with it wherever an earlier attempt ended."""
    return train(job, World(), os.environ, silence=silence_process)


def train(
    job: JobContext,
    world: World,
    environment: Mapping[str, str],
    *,
    silence: Callable[[Callable[[str], str]], None],
) -> Outcome:
    """Do the same in a world of the caller's; `silence` keeps keys out of what a process prints."""
    spec = build(HostedSpec, job.spec, where=job.folder.record.name, error=JobError)
    kind = kind_of(spec.provider)
    key = _key(job, spec, kind, environment)
    cover = Silence([] if key is None else [key.value])
    job.cover_texts(cover)
    silence(cover)
    access = Access(
        key=None if key is None else key.value,
        key_words="" if key is None else key.words,
        cover=cover,
        keep=KeptReplies(
            job.folder.path,
            cover=cover,
            now=world.now,
            tell=lambda text: job.emit(MessageLogged(level="info", text=text)),
        ),
        learn=cover.learn,
        world=world,
    )
    provider = make_provider(spec, access)
    try:
        return _Run(job, spec, kind, provider, world).whole()
    finally:
        provider.close()


def _key(
    job: JobContext, spec: HostedSpec, kind: Kind, environment: Mapping[str, str]
) -> Key | None:
    """Return the key; None where the spec names none."""
    typed = "" if job.handed is None else take_over(job.handed)
    variable = spec.key
    if variable is None:
        return None
    return find_key(
        variable, service=kind.label, environment=environment, typed=typed, keyring=ask_keyring
    )


class _Run:
    """One attempt."""

    def __init__(
        self, job: JobContext, spec: HostedSpec, kind: Kind, provider: Provider, world: World
    ) -> None:
        self._job = job
        self._spec = spec
        self._kind = kind
        self._provider = provider
        self._world = world
        self._told = read_told(job.folder.events)
        self._submitter = Submitter(
            job.folder.path,
            provider,
            spec,
            now=lambda: world.now().timestamp(),
            rest=self._rest,
            submission=secrets.token_hex(16),
        )

    @property
    def ledger(self) -> Ledger:
        """Return what was sent so far."""
        return self._submitter.ledger

    def whole(self) -> Outcome:
        """Return how it ended."""
        try:
            ref = self._submitted()
        except Unwanted:
            return Stopped(reason="Stopped before the job was started; nothing is paid for.")
        except Rejected as refused:
            folder = self._job.folder.path / "upload"
            raise with_rows(refused, self._job.workspace, self._spec, folder) from None
        watch = Watch(
            self._job,
            self._provider,
            self._spec,
            self._told,
            label=self._kind.label,
            submission=self.ledger.submission,
            since=self.ledger.since,
            world=self._world,
        )
        self._warn(watch)
        try:
            view = watch.until_the_end(ref)
        except Left:
            return Stopped(
                reason=f"Nobody watches any more; the job at {self._kind.label} goes on, and"
                " resume watches it again."
            )
        return end_of(self._job, self._provider, self._spec, view, watch, self._told, self.ledger)

    # Before there is a job.

    def _submitted(self) -> JobRef:
        """Return the job, started now or by an earlier attempt."""
        ref = self._submitter.settled
        if ref is not None:
            return ref
        refuse_same(self._job.workspace, self._spec, but=self._job.folder.id)
        if self.ledger.step not in {"creating", "ambiguous"}:
            self._submitter.upload(self._checked(), self._progress)
            self._refuse_stop()
        self._job.phase("uploading", hosted=self._place("starting the job"))
        ref = self._submitter.create()
        for part in ("train", "validation"):
            (self._job.folder.path / "upload" / f"{part}.jsonl").unlink(missing_ok=True)
        said = f"{self._kind.label} has started the job {ref.id}."
        self._job.emit(MessageLogged(level="info", text=said))
        if self.ledger.others:
            said = (
                f"{len(self.ledger.others)} more jobs carry this submission:"
                f" {', '.join(self.ledger.others)}. Cancel them on the service's page."
            )
            self._job.emit(MessageLogged(level="critical", text=said))
        return ref

    def _checked(self) -> tuple[Part, ...]:
        """Return the files that may leave: free of the holdout, and those that were confirmed."""
        self._job.phase("checking_files", hosted=self._place(""))
        self._say_estimate()
        spec = self._spec
        written = write_parts(
            self._job.workspace,
            spec.split,
            self._job.folder.path / "upload",
            line=line_writer(spec.provider),
            method=spec.method,
        )
        parts = tuple(part for part in written if part.name in spec.parts)
        for part in parts:
            if part.sha256 != spec.parts[part.name].sha256:
                raise DataError(
                    what=f"The {part.name} rows are not those that were confirmed.",
                    why="The split, or the way its rows are written, changed since. Nothing was"
                    " sent.",
                    remedy="Start a new run, which shows what would leave.",
                )
        if {part.name for part in parts} != set(spec.parts):
            raise DataError(
                what="A part that was confirmed is not in the split any more.",
                why="The split changed since. Nothing was sent.",
                remedy="Start a new run, which shows what would leave.",
            )
        blockers = [
            one for one in self._provider.validate(parts, spec) if one.severity == "blocker"
        ]
        if blockers:
            first = blockers[0]
            raise Rejected(
                what=first.message,
                why=f"{self._kind.label} would refuse it. Nothing was sent.",
                remedy=first.remedy or "Mend the rows, split again, then start a new run.",
                part=first.part or "",
                rows=[one.row for one in blockers if one.row is not None],
            )
        rows = sum(part.rows for part in parts)
        said = f"{rows:,} rows compared with the holdout: none in common."
        self._job.emit(MessageLogged(level="info", text=said))
        return parts

    def _say_estimate(self) -> None:
        price = self._spec.price
        if self._job.attempt == 1:
            self._job.emit(
                CostKnown(
                    basis="estimate",
                    tokens=price.tokens,
                    low=None if price.low is None else str(price.low),
                    high=None if price.high is None else str(price.high),
                    currency="" if price.low is None else price.currency,
                    source=price.source,
                    as_of=price.as_of,
                )
            )

    def _progress(self, part: Part) -> Progress:
        def tell(done: int, total: int) -> None:
            self._refuse_stop()
            place = self._place(f"{part.name} rows")
            self._job.phase("uploading", done=done, total=total, unit="bytes", hosted=place)

        return tell

    def _refuse_stop(self) -> None:
        """Answer requests while there is no job that could take them; raise if an end is wanted."""
        for asked in self._job.take_requests():
            ends = asked.verb == "stop"
            effect = "Nothing was started yet; stops." if ends else "There is no job yet."
            self._job.emit(asked.answered(accepted=ends, effect=effect))
            if ends:
                raise Unwanted

    def _rest(self, seconds: float) -> None:
        """Wait before a file is sent again, or before the job is looked for."""
        left = cadence.scaled(seconds, stays_here=self._spec.stays_here)
        looking = self.ledger.step in {"creating", "ambiguous"}
        note = "looking whether the job is there" if looking else "sending again soon"
        self._job.phase("waiting", hosted=self._place(note))
        while left > 0:
            self._world.sleep(min(_LOOK, left))
            left -= _LOOK
            if looking:
                self._put_off()
            else:
                self._refuse_stop()

    def _put_off(self) -> None:
        """Answer requests while nobody knows whether there is a job."""
        for asked in self._job.take_requests():
            effect = "It is not known yet whether the job was started; ask again then."
            self._job.emit(asked.answered(accepted=False, effect=effect))

    def _place(self, note: str) -> HostedPlace:
        return HostedPlace(provider=self._kind.label, job=self.ledger.job, note=note)

    def _warn(self, watch: Watch) -> None:
        """Say what a person should know of the money and of the model's days."""
        ends, today = self._spec.model_ends, self._world.now().date()
        if ends is not None and (ends - today).days <= 90:
            days = (ends - today).days
            watch.alert(
                "shutdown_near",
                "warning",
                f"What is trained here stops answering on {ends}, in {days} days.",
                "The same split trains on this machine or at another service.",
            )
        if self._spec.price.low is None:
            watch.alert(
                "price_unknown",
                "info",
                f"No price of this training at {self._kind.label} is known here.",
                "Its page says what it costs.",
            )
