"""Tuning of Gemini on Google Vertex AI by Google's own client; only inside a worker.

A label of the job carries the submission, so a job that was started is found again by it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from google.genai import types

from core.hosted.consignment import Finding, Part, Progress
from core.hosted.failures import Rejected, Unsupported
from core.hosted.job_values import (
    ENDED,
    Cursor,
    HostedCheckpoint,
    JobRef,
    JobView,
    Outcome,
    Poll,
    ResultFile,
)
from core.hosted.offering import Capabilities
from core.hosted.provider import Access
from core.hosted.spec import HostedSpec, PartName
from core.hosted.vertex_files import Place, delete, fetch, find_file, place_of, upload
from core.hosted.vertex_line import CREATE, Reach, VertexLine
from core.hosted.vertex_rules import ADAPTER_SIZES, CAPABILITIES, findings, refuse_missing
from core.hosted.vertex_shapes import (
    checkpoints_of,
    dropped_of,
    items_of,
    label_of,
    ref_of,
    view_of,
)
from core.hosted.walk import moved

LABEL = "Google Vertex AI"
SUBMISSION = "tuningfork-submission"
"""The label that carries our own id."""
_PAGE = 100
_MOST_PAGES = 1000
_METHODS = {
    "supervised": types.TuningMethod.SUPERVISED_FINE_TUNING,
    "dpo": types.TuningMethod.PREFERENCE_TUNING,
}


def make(spec: HostedSpec, access: Access) -> "Vertex":
    """Return the service of a spec; its project, region and bucket have to be named."""
    refuse_missing(spec)
    return Vertex(spec, access, place_of(spec.bucket or ""))


class Vertex:
    """One project in one region."""

    def __init__(self, spec: HostedSpec, access: Access, place: Place) -> None:
        self._spec = spec
        self._line = VertexLine(spec, access)
        self._place = place

    def capabilities(self) -> Capabilities:
        """Return what the service can do; asks nobody."""
        return CAPABILITIES

    def validate(self, parts: Sequence[Part], spec: HostedSpec) -> list[Finding]:
        """Return what the service would refuse; nothing leaves."""
        return list(findings(parts, spec))

    def find_file(self, part: Part, known: str | None) -> str | None:
        """Return the address of a file that holds exactly this part: its name says the hash."""
        if known is not None and known != self._place.uri(part):
            return None
        return find_file(self._line, self._place, part)

    def upload(self, part: Part, progress: Progress) -> str:
        """Send a part to the bucket and return its address."""
        progress(0, part.bytes)
        return upload(self._line, self._place, part, progress)

    def create(self, spec: HostedSpec, files: Mapping[PartName, str], submission: str) -> JobRef:
        """Start the job, in one attempt; no definite answer raises `Ambiguous`."""
        doing = "start the job"
        config = _config(spec, files, submission)
        rows = types.TuningDataset(gcs_uri=files["train"])
        job = self._line.once(
            doing,
            lambda reach: reach.google.tunings.tune(
                base_model=spec.model, training_dataset=rows, config=config
            ),
            deadline=CREATE,
            creates=True,
        )
        ref = ref_of(job)
        if ref is None:
            raise self._line.unusable(doing, creates=True)
        return ref

    def find(self, submission: str, since: float) -> list[JobRef]:
        """Return the jobs that carry the submission, oldest first.

        No order of the list is promised, so all of it is read; `since` cuts nothing off.
        """
        found: list[JobRef] = []
        seen, token = set[str](), ""
        for _ in range(_MOST_PAGES):
            jobs, token = self._page(token)
            for job in jobs:
                ref = ref_of(job)
                if ref is not None and label_of(job, SUBMISSION) == submission:
                    found.append(ref)
            if not token or token in seen:
                break
            seen.add(token)
        return sorted(found, key=lambda one: one.created_at or 0.0)

    def _page(self, token: str) -> tuple[list[Any], str]:
        """Return some jobs, and what asks for the next ones; "" after the last."""
        doing = "list jobs"
        config = types.ListTuningJobsConfig(page_size=_PAGE, page_token=token or None)

        async def listed(reach: Reach) -> Any:
            return await reach.google.tunings.list(config=config)

        pager = self._line.ask(doing, listed)
        jobs, after = getattr(pager, "page", None), getattr(pager, "config", None)
        if not isinstance(jobs, list):
            raise self._line.unusable(doing)
        following = after.get("page_token") if isinstance(after, dict) else None
        return jobs, following if isinstance(following, str) else ""

    def poll(self, ref: JobRef, cursor: Cursor) -> Poll:
        """Return the job, and what it says of itself since the cursor; it tells no curve."""
        said = self._said(ref)
        job, items = self._view(said), items_of(said)
        if job.stage not in ENDED:
            items = [one for one in items if one.id not in set(cursor.ids)]
        return Poll(job=job, items=tuple(items), cursor=moved(cursor, items))

    def _said(self, ref: JobRef) -> Any:
        return self._line.ask(
            "look at the job", lambda reach: reach.google.tunings.get(name=ref.id)
        )

    def _view(self, said: Any) -> JobView:
        view = view_of(said, self._line.covered)
        if view is None:
            raise self._line.unusable("look at the job")
        return view

    def checkpoints(self, ref: JobRef) -> list[HostedCheckpoint]:
        """Return the models that there are from before the end, oldest first."""
        return checkpoints_of(self._said(ref))

    def cancel(self, ref: JobRef) -> JobView:
        """Ask for an end; a job that has ended stays as it is."""
        try:
            self._line.ask("cancel the job", lambda reach: reach.google.tunings.cancel(name=ref.id))
        except Rejected:
            job = self._view(self._said(ref))
            if job.stage in ENDED:
                return job
            raise
        return self._view(self._said(ref))

    def pause(self, ref: JobRef) -> JobView:
        """Refuse: there is no such request."""
        raise _no("pause")

    def resume(self, ref: JobRef) -> JobView:
        """Refuse: there is no such request."""
        raise _no("resume")

    def outcome(self, ref: JobRef) -> Outcome:
        """Return what the job left: its model, rows that were dropped, its file of figures.

        The form of that file is described nowhere, so it is kept as it is and not read.
        """
        said = self._said(ref)
        job, uri = self._view(said), getattr(said, "gcs_metrics_uri", None)
        files: tuple[ResultFile, ...] = ()
        unreadable: tuple[str, ...] = ()
        if isinstance(uri, str) and uri.startswith("gs://"):
            name, content = uri.rstrip("/").rpartition("/")[2], fetch(self._line, uri)
            unreadable = (name,)
            files = () if content is None else (ResultFile(name=name, content=content),)
        return Outcome(
            model=job.model,
            dropped=dropped_of(said, self._line.covered),
            files=files,
            unreadable=unreadable,
        )

    def forget(self, files: Sequence[str]) -> list[str]:
        """Delete uploaded files and return the addresses that are gone; gone before counts."""
        return [one for one in files if delete(self._line, one)]

    def close(self) -> None:
        """Let the connections go."""
        self._line.close()


def _config(
    spec: HostedSpec, files: Mapping[PartName, str], submission: str
) -> types.CreateTuningJobConfig:
    """Return a training as the client is asked for it."""
    settings: dict[str, Any] = dict(spec.hyperparameters)
    size = settings.pop("adapter_size", None)
    if size is not None:
        settings["adapter_size"] = types.AdapterSize[f"ADAPTER_SIZE_{ADAPTER_SIZES[size]}"]
    if "validation" in files:
        settings["validation_dataset"] = types.TuningValidationDataset(gcs_uri=files["validation"])
    return types.CreateTuningJobConfig(
        method=_METHODS[spec.method],
        tuned_model_display_name=spec.suffix or "tuningfork",
        labels={SUBMISSION: submission},
        **settings,
    )


def _no(verb: str) -> Unsupported:
    return Unsupported(
        what=f"{LABEL} cannot {verb} a job.",
        why="Its interface has no such request.",
        remedy="`stop` cancels it; what was trained until then may have to be paid.",
    )
