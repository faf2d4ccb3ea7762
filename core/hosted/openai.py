"""Fine-tuning at OpenAI, or at a server that speaks its interface; only inside a worker."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

import openai
from openai.types.fine_tuning import FineTuningJob

from core.hosted.consignment import Finding, Part, Progress
from core.hosted.failures import BadKey, Rejected, Unsupported, Vanished
from core.hosted.job_values import (
    ENDED,
    Cursor,
    HostedCheckpoint,
    Item,
    JobRef,
    JobView,
    Outcome,
    Poll,
    ResultFile,
)
from core.hosted.kinds import kind_of
from core.hosted.offering import Capabilities
from core.hosted.openai_files import delete, fetch, find_file, upload
from core.hosted.openai_line import CREATE, Line
from core.hosted.openai_rules import CAPABILITIES, findings
from core.hosted.openai_shapes import (
    checkpoint_of,
    data_of,
    item_of,
    ref_of,
    result_files_of,
    result_items,
    view_of,
)
from core.hosted.provider import Access
from core.hosted.spec import HostedSpec, PartName
from core.hosted.walk import Page, moved, walk

SUBMISSION = "tuningfork_submission"
"""Under which name the submission stands in a job's metadata."""
_PAGE = 100
_DAY = 86_400.0
_LOOK_BACK = 7 * _DAY
"""How much older than its ledger a job may seem: clocks of services and laptops are wrong."""


def make(spec: HostedSpec, access: Access) -> "OpenAI":
    """Return the service of a spec."""
    return OpenAI(spec, access)


class OpenAI:
    """One account at one server."""

    def __init__(self, spec: HostedSpec, access: Access) -> None:
        self._spec = spec
        self._kind = kind_of(spec.provider)
        self._line = Line(spec, access)
        self._world = access.world

    def capabilities(self) -> Capabilities:
        """Return what the service can do; asks nobody."""
        return CAPABILITIES

    def validate(self, parts: Sequence[Part], spec: HostedSpec) -> list[Finding]:
        """Return what the service would refuse; nothing leaves."""
        return list(findings(parts, spec))

    def find_file(self, part: Part, known: str | None) -> str | None:
        """Return the id of a file that holds exactly this part."""
        return find_file(self._line, part, known)

    def upload(self, part: Part, progress: Progress) -> str:
        """Send a part and return the file's id."""
        return upload(self._line, part, progress)

    def create(self, spec: HostedSpec, files: Mapping[PartName, str], submission: str) -> JobRef:
        """Start the job, in one attempt; no definite answer raises `Ambiguous`."""
        settings: dict[str, Any] = {
            "model": spec.model,
            "training_file": files["train"],
            "seed": spec.seed,
            "metadata": {SUBMISSION: submission},
            "method": {
                "type": spec.method,
                spec.method: {"hyperparameters": dict(spec.hyperparameters)},
            },
        }
        if "validation" in files:
            settings["validation_file"] = files["validation"]
        if spec.suffix:
            settings["suffix"] = spec.suffix
        reply = self._line.once(
            "start the job",
            lambda c: c.fine_tuning.jobs.create(**settings),
            deadline=CREATE,
            creates=True,
        )
        ref = ref_of(reply)
        if ref is None:
            raise self._line.unusable("start the job", reply, creates=True)
        return ref

    def find(self, submission: str, since: float) -> list[JobRef]:
        """Return the jobs that carry the submission, oldest first.

        The server's own filter is not used: what it makes of a job that is seconds old is not
        known.
        """
        found: list[JobRef] = []
        after: dict[str, Any] = {}
        while True:
            place = dict(after)

            async def listed(c: openai.AsyncOpenAI, place: dict[str, Any] = place) -> object:
                return await c.fine_tuning.jobs.list(limit=_PAGE, **place)

            page = self._line.ask("list jobs", listed)
            jobs = self._items(page, "list jobs")
            for job in jobs:
                ref = ref_of(job)
                carried = getattr(job, "metadata", None)
                if ref and isinstance(carried, dict) and carried.get(SUBMISSION) == submission:
                    found.append(ref)
            last = ref_of(jobs[-1]) if jobs else None
            old = last is not None and (last.created_at or since) < since - _LOOK_BACK
            same = last is not None and after == {"after": last.id}
            if last is None or old or same or not getattr(page, "has_more", False):
                return sorted(found, key=lambda one: one.created_at or 0.0)
            after = {"after": last.id}

    def poll(self, ref: JobRef, cursor: Cursor) -> Poll:
        """Return the job, and what it said since the cursor; all it ever said once it has ended."""
        job = self._job(ref)
        walked = walk(lambda after: self._events(ref, after), cursor.ids, whole=job.stage in ENDED)
        known = set(cursor.ids)
        fresh = [one for one in walked.items if one.id not in known]
        items = list(walked.items) if job.stage in ENDED else fresh
        if fresh or job.stage in ENDED:
            items += [
                Item(
                    id=one.id,
                    at=one.at,
                    kind="checkpoint",
                    step=one.step,
                    figures=dict(one.figures),
                    model=one.model,
                )
                for one in self.checkpoints(ref)
                if one.id not in known or job.stage in ENDED
            ]
        notes = ("Its list of events does not end.",) if walked.endless else ()
        return Poll(job=job, items=tuple(items), cursor=moved(cursor, items), notes=notes)

    def _job(self, ref: JobRef) -> JobView:
        reply = self._line.ask(
            "look at the job", lambda c: c.fine_tuning.jobs.with_raw_response.retrieve(ref.id)
        )
        try:
            parsed: object = reply.parse()
        except ValueError:
            parsed = None
        view = self._view(parsed, "look at the job")
        said = reply.headers.get("date", "")
        return view if not said else _at(view, said)

    def _view(self, reply: object, doing: str) -> JobView:
        view = view_of(reply, self._line.covered) if isinstance(reply, FineTuningJob) else None
        if view is None:
            raise self._line.unusable(doing, reply)
        return view

    def _events(self, ref: JobRef, after: str | None) -> Page:
        doing = "read the job's events"
        place: dict[str, Any] = {} if after is None else {"after": after}
        page = self._line.ask(
            doing, lambda c: c.fine_tuning.jobs.list_events(ref.id, limit=_PAGE, **place)
        )
        items = (item_of(one) for one in self._items(page, doing))
        return Page(
            [one for one in items if one is not None], bool(getattr(page, "has_more", False))
        )

    def _items(self, page: object, doing: str) -> list[Any]:
        """Return the items of a page that has the shape of one."""
        if not isinstance(getattr(page, "data", None), list):
            raise self._line.unusable(doing, page)
        return data_of(page)

    def checkpoints(self, ref: JobRef) -> list[HostedCheckpoint]:
        """Return the models that there are from before the end, oldest first."""
        try:
            page = self._line.ask(
                "list checkpoints",
                lambda c: c.fine_tuning.jobs.checkpoints.list(ref.id, limit=_PAGE),
            )
        except (Vanished, Rejected):
            return []  # a server without checkpoints
        found = [checkpoint_of(one) for one in data_of(page)]
        return sorted((one for one in found if one is not None), key=lambda one: one.step)

    def cancel(self, ref: JobRef) -> JobView:
        """Ask for an end; a job that has ended stays as it is."""
        try:
            reply = self._line.ask("cancel the job", lambda c: c.fine_tuning.jobs.cancel(ref.id))
        except Rejected:
            job = self._job(ref)
            if job.stage in ENDED:
                return job
            raise
        return self._view(reply, "cancel the job")

    def pause(self, ref: JobRef) -> JobView:
        """Ask for a pause."""
        return self._turned("pause", ref)

    def resume(self, ref: JobRef) -> JobView:
        """Go on after a pause."""
        return self._turned("resume", ref)

    def _turned(self, verb: str, ref: JobRef) -> JobView:
        doing = f"{verb} the job"
        try:
            reply = self._line.ask(
                doing,
                lambda c: (
                    c.fine_tuning.jobs.pause(ref.id)
                    if verb == "pause"
                    else c.fine_tuning.jobs.resume(ref.id)
                ),
            )
        except (Rejected, Vanished, BadKey) as refused:
            raise Unsupported(
                what=f"{self._line.service} does not {verb} this job.",
                why=refused.why,
                remedy="The job goes on as it was; `stop` ends it.",
            ) from None
        return self._view(reply, doing)

    def outcome(self, ref: JobRef) -> Outcome:
        """Return what the job left, with its result files."""
        doing = "look at the result"
        reply = self._line.ask(doing, lambda c: c.fine_tuning.jobs.retrieve(ref.id))
        job = self._view(reply, doing)
        files: list[ResultFile] = []
        items: list[Item] = []
        unreadable: list[str] = []
        for name in result_files_of(reply):
            content = fetch(self._line, name)
            if content is None:
                unreadable.append(name)
                continue
            files.append(ResultFile(name=name, content=content))
            rows = result_items(content, name)
            if rows is None:
                unreadable.append(name)
            items += rows or []
        return Outcome(
            model=job.model,
            billed_tokens=job.billed_tokens,
            items=tuple(items),
            files=tuple(files),
            unreadable=tuple(unreadable),
        )

    def forget(self, files: Sequence[str]) -> list[str]:
        """Delete uploaded files and return the ids that are gone; gone before counts, too."""
        return delete(self._line, files)

    def close(self) -> None:
        """Let the connection go."""
        self._line.close()


def _at(view: JobView, said: str) -> JobView:
    """Return a job with the time that the reply's header says."""
    try:
        return replace(view, server_time=parsedate_to_datetime(said).timestamp())
    except ValueError:
        return view
