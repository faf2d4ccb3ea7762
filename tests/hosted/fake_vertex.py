"""A stand-in of Vertex AI, Cloud Storage and Google's sign-in on loopback, with a virtual clock.

Jobs are made of the client's own types, which refuse a field or a shape that they do not have.
"""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from google.genai import types

from tests.hosted.fake_line import Refusal, Reply, Request
from tests.hosted.fake_others import END, STEPS, FakeService

PROJECT, REGION, BUCKET = "acme-tuning", "europe-west4", "acme-rows"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
TOKEN = "an.hour.for.acme.tuning"
"""What the sign-in gives for a service account; it has the look of no known key."""
_STATES = {
    "queued": "JOB_STATE_PENDING",
    "running": "JOB_STATE_RUNNING",
    "done": "JOB_STATE_SUCCEEDED",
    "failed": "JOB_STATE_FAILED",
    "cancelled": "JOB_STATE_CANCELLED",
}
_DETAILS = (
    (40.0, "TUNING_JOB_STATE_PROCESSING_DATASET"),
    (50.0, "TUNING_JOB_STATE_WAITING_FOR_CAPACITY"),
    (END - 10.0, "TUNING_JOB_STATE_TUNING"),
    (END, "TUNING_JOB_STATE_POST_PROCESSING"),
)
"""Until which age a job is at what, once it runs."""
_ENDPOINTS = (
    (r"POST .*/tuningJobs", "jobs.create"),
    (r"GET .*/tuningJobs", "jobs.list"),
    (r"POST .*/tuningJobs/[^/]+:cancel", "jobs.cancel"),
    (r"GET .*/tuningJobs/[^/]+", "jobs.get"),
    (r"POST .*/endpoints/[^/]+:generateContent", "generate"),
    (r"POST /upload/storage/.*", "objects.begin"),
    (r"PUT /session/.*", "objects.put"),
    (r"GET /storage/.*", "objects.get"),
    (r"DELETE /storage/.*", "objects.delete"),
    (r"POST /token", "token"),
)
_SPAN = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")


class FakeVertex(FakeService):
    """One project, one region, one bucket."""

    def __init__(self) -> None:
        super().__init__()
        self.word = ""
        """A state to show in place of the one of a running job."""
        self.dropped: list[tuple[int, str]] = []
        """Lines of the train file that are left out, and why."""
        self.metrics = b""
        """A file of figures that lies in the bucket at the end; empty for none."""
        self.checkpoints = (2, 4)
        """Steps with a model of their own."""
        self.page = 100
        """Jobs on a page of the list, the oldest first."""
        self.number = 0
        self.sessions: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, dict[str, str]] = {}
        """What was noted with each file."""
        self.elsewhere = ""
        """Where files are to be sent instead of here; empty for here."""
        self.skew = 0.0
        """Seconds by which the clock it says is ahead."""
        self.asked: list[dict[str, Any]] = []
        """What a tuned model was asked."""
        self.signs = 0
        """How often a token was asked for."""

    @property
    def url(self) -> str:
        """Return what a spec names as its address."""
        return super().url.removesuffix("/v1")

    def clock(self) -> float:
        """Return the time it says in its answers."""
        return self._now + self.skew

    def endpoint_of(self, method: str, path: str) -> str:
        """Return the name of a call."""
        said = f"{method} {path}"
        return next((name for form, name in _ENDPOINTS if re.fullmatch(form, said)), "other")

    def handle(self, request: Request) -> Any:
        """Do one request and return its body, or a `Refusal`."""
        base = f"/v1beta1/{PARENT}/tuningJobs"
        match self.endpoint_of(request.method, request.path):
            case "token":
                self.signs += 1
                return {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
            case "generate":
                return self._generate(json.loads(request.body))
            case "jobs.create" if request.path == base:
                return self._create(json.loads(request.body))
            case "jobs.list" if request.path == base:
                return self._list(request.query)
            case "jobs.get" | "jobs.cancel" as call:
                name = request.path.removeprefix("/v1beta1/").removesuffix(":cancel")
                if name not in self.jobs:
                    return Refusal(404, f"TuningJob {name} not found.", "NOT_FOUND")
                return self.job(name) if call == "jobs.get" else self._cancel(name)
            case "objects.begin" | "objects.put" | "objects.get" | "objects.delete" as call:
                return self._storage(call, request)
            case _:
                return Refusal(404, "The requested URL was not found.", "NOT_FOUND")

    def _create(self, asked: dict[str, Any]) -> Any:
        spec = asked.get("supervisedTuningSpec") or asked.get("preferenceOptimizationSpec")
        for field in ("trainingDatasetUri", "validationDatasetUri"):
            uri = spec.get(field) if spec else None
            name = (uri or "").removeprefix(f"gs://{BUCKET}/")
            if field == "trainingDatasetUri" and name not in self.files:
                return Refusal(400, f"No such object: {uri}", "INVALID_ARGUMENT")
        self.number += 1
        name = f"{PARENT}/tuningJobs/{1000 + self.number}"
        self.jobs[name] = {**asked, "at": self._now}
        return self.job(name)

    def _list(self, query: Any) -> Any:
        names = list(self.jobs)
        first = int(query.get("pageToken") or 0)
        size = min(self.page, int(query.get("pageSize") or self.page))
        body: dict[str, Any] = {"tuningJobs": [self.job(one) for one in names[first:][:size]]}
        if first + size < len(names):
            body["nextPageToken"] = str(first + size)
        return {key: value for key, value in body.items() if value}

    def _generate(self, asked: dict[str, Any]) -> Any:
        """Answer with the words that were asked, in capitals."""
        contents = [types.Content.model_validate(one) for one in asked["contents"]]
        types.GenerationConfig.model_validate(asked["generationConfig"])
        self.asked.append(asked)
        last = contents[-1]
        if last.role != "user":
            return Refusal(400, "The last turn has to be the user's.", "INVALID_ARGUMENT")
        words = "".join(part.text or "" for part in last.parts or [])
        made = types.GenerateContentResponse(
            candidates=[
                types.Candidate(
                    content=types.Content(role="model", parts=[types.Part(text=words.upper())]),
                    finish_reason=types.FinishReason.STOP,
                )
            ],
            usage_metadata=types.GenerateContentResponseUsageMetadata(
                prompt_token_count=7, candidates_token_count=3, thoughts_token_count=2
            ),
        )
        return made.model_dump(mode="json", by_alias=True, exclude_none=True)

    def _cancel(self, name: str) -> Any:
        if self.state(name) in {"done", "failed", "cancelled"}:
            return Refusal(400, "The job has ended already.", "FAILED_PRECONDITION")
        self.jobs[name]["cancelled"] = True
        return {}

    # Storage.

    def _storage(self, call: str, request: Request) -> Any:
        if call == "objects.put":
            return self._put(request)
        _, _, rest = request.path.partition("/b/")
        bucket, _, name = rest.partition("/o")
        name = unquote(name.strip("/"))
        if bucket != BUCKET:
            return Refusal(404, "The specified bucket does not exist.", "notFound")
        if call == "objects.begin":
            id = f"s{len(self.sessions) + 1}"
            self.sessions[id] = {
                "name": request.query["name"],
                "meta": json.loads(request.body)["metadata"],
                "data": b"",
            }
            return Reply(
                200,
                headers={"location": f"{self.elsewhere or self.url}/session/{id}?upload_id=x{id}"},
            )
        if name not in self.files:
            return Refusal(404, f"No such object: {BUCKET}/{name}", "notFound")
        if call == "objects.delete":
            del self.files[name], self.kept[name]
            return Reply(204)
        return self.files[name][1] if request.query.get("alt") == "media" else self._object(name)

    def _put(self, request: Request) -> Any:
        session = self.sessions[request.path.rpartition("/")[2]]
        span = _SPAN.fullmatch(request.headers.get("content-range", ""))
        assert span is not None, request.headers
        if span.group(1) is not None:
            if int(span.group(1)) != len(session["data"]):
                return Refusal(503, "The session has another part of the file.", "backendError")
            session["data"] += request.body
        if len(session["data"]) < int(span.group(3)):
            held = {"range": f"bytes=0-{len(session['data']) - 1}"} if session["data"] else {}
            return Reply(308, headers=held)
        self.files[session["name"]] = (session["name"], session["data"])
        self.kept[session["name"]] = session["meta"]
        return self._object(session["name"])

    def _object(self, name: str) -> dict[str, Any]:
        content = self.files[name][1]
        return {
            "kind": "storage#object",
            "name": name,
            "bucket": BUCKET,
            "size": str(len(content)),
            "md5Hash": base64.b64encode(hashlib.md5(content).digest()).decode(),
            "metadata": self.kept[name],
        }

    # Jobs.

    def job(self, name: str) -> dict[str, Any]:
        """Return a job as the service describes it."""
        job, state = self.jobs[name], self.state(name)
        asked = {key: value for key, value in job.items() if key not in {"at", "cancelled"}}
        made = types.TuningJob(
            name=name,
            state=types.JobState(_STATES[state]),
            create_time=datetime.fromtimestamp(float(job["at"]), UTC),
            **self._progress(name, state),
            **self._tuned(name, state),
        )
        body = made.model_dump(mode="json", by_alias=True, exclude_none=True)
        types.TuningJob.model_validate({**asked, **body})
        if self.word and state == "running":
            body["state"] = self.word
        return {**asked, **body}

    def _progress(self, name: str, state: str) -> dict[str, Any]:
        """Return what a job says of its way."""
        said: dict[str, Any] = {}
        if state == "running":
            detail = next(word for until, word in _DETAILS if self.age(name) < until)
            said["tuning_job_state"] = types.TuningJobState(detail)
        if state == "failed":
            said["error"] = types.GoogleRpcStatus(code=3, message=self.fails)
        if state in {"running", "done"} and self.age(name) >= 40.0:
            counted = types.SupervisedTuningDataStats(
                total_billable_token_count=12_345,
                tuning_step_count=STEPS,
                tuning_dataset_example_count=30,
                truncated_example_indices=[line for line, _ in self.dropped] or None,
                dropped_example_reasons=[why for _, why in self.dropped] or None,
            )
            said["tuning_data_stats"] = types.TuningDataStats(supervised_tuning_data_stats=counted)
        return said

    def _tuned(self, name: str, state: str) -> dict[str, Any]:
        """Return what a job has made."""
        if state != "done":
            return {}
        id = name.rpartition("/")[2]
        steps = self.checkpoints
        found = types.TunedModel(
            model=f"{PARENT}/models/{id}@1",
            endpoint=f"{PARENT}/endpoints/{id}",
            checkpoints=[
                types.TunedModelCheckpoint(
                    checkpoint_id=str(place),
                    epoch=place,
                    step=step,
                    endpoint=f"{PARENT}/endpoints/{id}{place}",
                )
                for place, step in enumerate(steps, 1)
            ]
            or None,
        )
        made: dict[str, Any] = {"tuned_model": found}
        if self.metrics:
            self.files["metrics/figures.bin"] = ("metrics/figures.bin", self.metrics)
            self.kept.setdefault("metrics/figures.bin", {})
            made["gcs_metrics_uri"] = f"gs://{BUCKET}/metrics/figures.bin"
        return made
