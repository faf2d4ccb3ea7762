"""A fine-tuning service on loopback: a virtual clock, a bill, and faults when told to have them.

Normal bodies are built with the `openai` package's own types and pass their validation, which the
client itself does not make, so that this server cannot drift from them. Typical use:

    with FakeOpenAI(seconds_a_request=10).serving() as service:
        spec.base_url = service.url   # and any key
"""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any, Literal

from openai.types import FileObject, Model
from openai.types.chat import ChatCompletion

from tests.hosted.fake_jobs import START, Job, Plan
from tests.hosted.fake_line import Fault, Refusal, Request, handler_of, multipart


class _Server(ThreadingHTTPServer):
    """Says nothing about lines that a client cuts."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let it go."""


@dataclass(kw_only=True)
class File:
    """A file that somebody sent."""

    id: str
    name: str
    content: bytes
    purpose: str
    created: float


_JITTER = 40
"""So far apart may neighbours of a shuffled list change places."""


class FakeOpenAI:
    """The service. `billed` counts the jobs that were really created."""

    def __init__(self, *, plan: Plan | None = None, seconds_a_request: float = 0.0) -> None:
        self.plan = plan or Plan()
        self.seconds_a_request = seconds_a_request
        """How far every request moves the virtual clock."""
        self.faults: list[Fault] = []
        self.calls: Counter[str] = Counter()
        """Requests by endpoint, faulty ones too."""
        self.headers: list[dict[str, str]] = []
        self.files: dict[str, File] = {}
        self.uploads = 0
        """Files that were ever stored."""
        self.jobs: dict[str, Job] = {}
        self.order: Literal["newest", "oldest", "shuffled"] = "newest"
        """How events are listed; `shuffled` is newest first, but for neighbours."""
        self.duplicates = False
        """Whether every event stands twice in the list."""
        self.same_second = False
        """Whether all events happen in one second."""
        self.endless = False
        """Whether every page says that there are more, the last one again and again."""
        self.page_size = 100
        """Most items of a page, whatever is asked for."""
        self.skew = 0.0
        """Seconds by which its clock is wrong."""
        self.hidden_for = 0.0
        """Seconds for which a new job is not listed."""
        self.filters = True
        """Whether the filter by metadata is obeyed."""
        self.keys: set[str] | None = None
        """Keys that are let in; None for any."""
        self.models: dict[str, str | None] = {"gpt-4o-mini-2024-07-18": None}
        """Base models and the day of their end."""
        self.usage: list[list[dict[str, Any]]] | None = None
        """Pages of what models were used for; None for a key that may not read them."""
        self.closing = threading.Event()
        self.turn = threading.RLock()
        self._now = float(START)
        self._listed: tuple[Any, list[dict[str, Any]]] = (None, [])
        self._server = _Server(("127.0.0.1", 0), handler_of(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Return what a spec names as its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def billed(self) -> int:
        """Return how many jobs were created, whatever anybody heard of it."""
        return len(self.jobs)

    @property
    def requests(self) -> int:
        """Return how many requests came in all."""
        return self.calls.total()

    def now(self) -> float:
        """Return the virtual clock, in seconds since the epoch."""
        return self._now

    def clock(self) -> float:
        """Return the time it says in its answers."""
        return self._now + self.skew

    def advance(self, seconds: float) -> None:
        """Move the virtual clock."""
        with self.turn:
            self._now += seconds

    def vanish(self, job: str) -> None:
        """Let a job be gone, from everywhere."""
        self.jobs[job].gone = True

    @contextmanager
    def serving(self) -> Iterator["FakeOpenAI"]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def handle(self, request: Request) -> Any:
        """Do one request and return its body, or a `Refusal`."""
        match (request.words[0], *request.words[1:2]):
            case ("files",):
                return self._files(request)
            case ("files", id):
                return self._file(request, id)
            case ("fine_tuning", "jobs"):
                return self._tuning(request)
            case ("models",):
                return {"object": "list", "data": self._models()}
            case ("organization", "usage"):
                return self._usage(int(request.query.get("page", "0")))
            case ("chat", "completions"):
                return _answer(json.loads(request.body))
            case _:
                return Refusal(404, "no such path", "unknown_url")

    def _models(self) -> list[dict[str, Any]]:
        """Return every model there is, tuned ones too."""
        now = self.now()
        tuned = [one.model for one in self.jobs.values() if one.status(now) == "succeeded"]
        bodies = []
        for name, end in {**self.models, **dict.fromkeys(tuned)}.items():
            body = {
                "id": name,
                "object": "model",
                "created": START,
                "owned_by": "system",
                "shutdown_date": end,
            }
            Model.model_validate(body)
            bodies.append(body)
        return bodies

    def _usage(self, number: int) -> Any:
        """Return one page of the use of models."""
        if self.usage is None:
            return Refusal(403, "Missing scopes: api.usage.read", "insufficient_permissions")
        more = number + 1 < len(self.usage)
        return {
            "object": "page",
            "data": [{"object": "bucket", "results": self.usage[number]}],
            "has_more": more,
            "next_page": str(number + 1) if more else None,
        }

    def _files(self, request: Request) -> Any:
        """Take a file, or list them."""
        if request.method == "POST":
            fields, name, content = multipart(request.body, request.kind)
            if not name.endswith(".jsonl"):
                return Refusal(400, "Invalid extension", "invalid_file")
            self.uploads += 1
            id, purpose = f"file-{self.uploads:04d}", fields["purpose"]
            self.files[id] = File(
                id=id, name=name, content=content, purpose=purpose, created=self.now()
            )
            return self._file_body(self.files[id])
        found = [self._file_body(one) for one in reversed(self.files.values())]
        wanted = request.query.get("purpose")
        found = [one for one in found if wanted in {None, one["purpose"]}]
        return self._page(found, request.query)

    def _file(self, request: Request, id: str) -> Any:
        """Show, read or delete one file."""
        result = self.jobs.get(id.removeprefix("file-result-"))
        if request.words[2:] == ["content"] and result is not None:
            return result.result_csv()
        if id not in self.files:
            return _missing(id)
        if request.words[2:] == ["content"]:
            return self.files[id].content
        if request.method == "DELETE":
            del self.files[id]
            return {"id": id, "object": "file", "deleted": True}
        return self._file_body(self.files[id])

    def _file_body(self, one: File) -> dict[str, Any]:
        body = {
            "id": one.id,
            "object": "file",
            "bytes": len(one.content),
            "created_at": int(one.created + self.skew),
            "filename": one.name,
            "purpose": one.purpose,
            "status": "processed",
        }
        FileObject.model_validate(body)
        return body

    def _tuning(self, request: Request) -> Any:
        """Start a job, list them, or do something with one."""
        if len(request.words) == 2:
            if request.method == "POST":
                return self._create(json.loads(request.body))
            return self._list(request.query)
        id, *rest = request.words[2:]
        job = self.jobs.get(id)
        if job is None or job.gone:
            return _missing(id)
        return self._of_job(job, "/".join(rest), request.query)

    def _create(self, request: dict[str, Any]) -> Any:
        for name in ("training_file", "validation_file"):
            if request.get(name) is not None and request[name] not in self.files:
                return Refusal(400, f"{name} does not exist", "invalid_file", name)
        if request["model"] not in self.models:
            return Refusal(400, f"Model {request['model']} is not available", "model_not_available")
        id = f"ftjob-{len(self.jobs) + 1:04d}"
        self.jobs[id] = Job(id=id, request=request, created=self.now(), plan=self.plan)
        return self.jobs[id].body(self.now(), self.skew)

    def _list(self, query: Mapping[str, str]) -> Any:
        listed = [
            one
            for one in reversed(self.jobs.values())
            if not one.gone and self.now() - one.created >= self.hidden_for
        ]
        wanted = {k[9:-1]: v for k, v in query.items() if k.startswith("metadata[")}
        if self.filters:
            listed = [
                one
                for one in listed
                if wanted.items() <= (one.request.get("metadata") or {}).items()
            ]
        return self._page([one.body(self.now(), self.skew) for one in listed], query)

    def _of_job(self, job: Job, what: str, query: Mapping[str, str]) -> Any:
        now, live = self.now(), job.live(self.now())
        match what:
            case "events":
                return self._page(self._events(job), query)
            case "checkpoints":
                return self._page(job.checkpoints(now, skew=self.skew), query)
            case "cancel" if live:
                job.stopped_at = now
            case "pause" if live and job.paused_at is None:
                job.paused_at = now
            case "resume" if live and job.paused_at is not None:
                job.rested += now - job.paused_at
                job.paused_at = None
            case "cancel" | "pause" | "resume":
                return Refusal(400, f"Job has already ended or cannot {what}", "invalid_request")
        return job.body(now, self.skew)

    def _events(self, job: Job) -> list[dict[str, Any]]:
        """Return what a job said, in the order in which it is listed."""
        order = (job.id, self.now(), self.skew, self.same_second, self.duplicates, self.order)
        if self._listed[0] == order:
            return self._listed[1]
        events = job.events(self.now(), skew=self.skew, same_second=self.same_second)
        if self.order == "shuffled":
            places = {one["id"]: at + _JITTER * _drawn(one["id"]) for at, one in enumerate(events)}
            events.sort(key=lambda one: places[one["id"]])
        if self.order != "oldest":
            events.reverse()
        if self.duplicates:
            events = [one for event in events for one in (event, event)]
        self._listed = (order, events)
        return events

    def _page(self, items: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
        """Return the items after the one that is named."""
        places = [at for at, one in enumerate(items) if one["id"] == query.get("after")]
        start = places[-1] + 1 if places else 0
        size = min(int(query.get("limit", 20)), self.page_size)
        page = items[start : start + size]
        if self.endless and not page:
            page = items[-1:]
        return {
            "object": "list",
            "data": page,
            "has_more": self.endless or start + size < len(items),
        }


def _drawn(id: str) -> float:
    """Return a number from 0 to 1 that is always the same for an id."""
    return int(hashlib.sha256(id.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def _missing(id: str) -> Refusal:
    return Refusal(404, f"No such object: {id}", "not_found", "id")


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a model: the question in capitals."""
    words = str(request["messages"][-1]["content"]).upper()
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": START,
        "model": request["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "logprobs": None,
                "message": {"role": "assistant", "content": words},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
    ChatCompletion.model_validate(body)
    return body
