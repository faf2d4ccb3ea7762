"""Stand-ins of Together and Fireworks on loopback, on their own paths and with a virtual clock.

What Together answers is held against the types of its own client where that is installed.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from typing import Any, Self

from tests.hosted.fake_jobs import START
from tests.hosted.fake_line import Fault, Refusal, Request, handler_of, multipart

STEPS = 6
_QUEUE, _STEP = 30.0, 10.0
END = _QUEUE + STEPS * _STEP


class FakeService:
    """What both have: files by id, jobs by id, a clock, a bill."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.calls: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        """Name and content by id."""
        self.jobs: dict[str, dict[str, Any]] = {}
        """What was asked for, with when, by id."""
        self.fails = ""
        """What a job says when it gives up; empty for one that succeeds."""
        self.keys: set[str] | None = None
        self.closing = threading.Event()
        self.turn = threading.RLock()
        self.seconds_a_request = 0.0
        self._now = float(START)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Return what a spec names as its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def billed(self) -> int:
        """Return how many jobs were created, whatever anybody heard of it."""
        return len(self.jobs)

    def clock(self) -> float:
        """Return the virtual clock, in seconds since the epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the virtual clock."""
        with self.turn:
            self._now += seconds

    @contextmanager
    def serving(self) -> Iterator[Self]:
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
        raise NotImplementedError

    def age(self, id: str) -> float:
        """Return the seconds since a job was made."""
        return self._now - float(self.jobs[id]["at"])

    def step(self, id: str) -> int:
        """Return how many steps a job has done."""
        return max(0, min(STEPS, int((self.age(id) - _QUEUE) // _STEP)))

    def state(self, id: str) -> str:
        """Return where a job is: queued, running, done, failed or cancelled."""
        if self.jobs[id].get("cancelled"):
            return "cancelled"
        if self.age(id) < _QUEUE:
            return "queued"
        if self.fails:
            return "failed"
        return "running" if self.age(id) < END else "done"

    def iso(self, after: float = 0.0, *, of: str = "") -> str:
        """Return a moment of the virtual clock as services write it."""
        at = float(self.jobs[of]["at"]) + after if of else self._now
        return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


_TOGETHER = {
    "queued": "queued",
    "running": "running",
    "done": "completed",
    "failed": "error",
    "cancelled": "cancelled",
}


class FakeTogether(FakeService):
    """Together's paths."""

    def handle(self, request: Request) -> Any:
        """Do one request and return its body, or a `Refusal`."""
        match (request.method, *request.words):
            case ("POST", "files", "upload"):
                fields, name, content = multipart(request.body, request.kind)
                id = f"file-{len(self.files) + 1}"
                self.files[id] = (fields["file_name"] or name, content)
                return self._file(id)
            case ("GET", "files"):
                return {"data": [self._file(id) for id in self.files]}
            case ("GET", "files", id) if id in self.files:
                return self._file(id)
            case ("DELETE", "files", id) if id in self.files:
                del self.files[id]
                return {"id": id, "deleted": True}
            case ("POST", "fine-tunes"):
                asked = json.loads(request.body)
                id = f"ft-{len(self.jobs) + 1}"
                self.jobs[id] = {**asked, "at": self._now}
                return self._job(id)
            case ("POST", "fine-tunes", "estimate-price"):
                return {
                    "estimation_available": True,
                    "allowed_to_proceed": True,
                    "estimated_total_price": 4.2,
                    "estimated_train_token_count": 12_345,
                }
            case ("GET", "fine-tunes"):
                return {"data": [self._job(id) for id in self.jobs]}
            case (_, "fine-tunes", id, *rest) if id in self.jobs:
                return self._of_job(request, id, *rest)
            case _:
                return Refusal(404, "not found", "not_found")

    def _of_job(self, request: Request, id: str, *rest: str) -> Any:
        match rest:
            case ("cancel",):
                self.jobs[id]["cancelled"] = True
                return self._job(id)
            case ("events",):
                return {"data": self._events(id)}
            case ("metrics",):
                first = int(request.query.get("global_step_from", 0))
                rows = [
                    {"global_step": float(n), "train/loss": 2.0 / n, "train/learning_rate": 1e-5}
                    for n in range(max(1, first), self.step(id) + 1)
                ]
                if self.step(id) >= 3:
                    rows.append({"global_step": 3.0, "eval/loss": 0.9})
                return {"metrics": rows}
            case ("checkpoints",):
                return {"data": []}
            case _:
                return self._job(id)

    def _file(self, id: str) -> dict[str, Any]:
        name, content = self.files[id]
        return {
            "id": id,
            "object": "file",
            "created_at": START,
            "filename": name,
            "bytes": len(content),
            "purpose": "fine-tune",
            "Processed": True,
            "FileType": "jsonl",
            "LineCount": content.count(b"\n"),
        }

    def _events(self, id: str) -> list[dict[str, Any]]:
        said = [("job_pending", "Job is waiting", 0.0, "info")]
        if self.age(id) >= _QUEUE:
            said.append(("training_start", "Training began", _QUEUE, "info"))
        if self.fails and self.age(id) >= _QUEUE:
            said.append(("job_error", self.fails, _QUEUE, "error"))
        elif self.age(id) >= END:
            said.append(("job_complete", "Job completed", END, "info"))
        return [
            {
                "object": "fine-tune-event",
                "created_at": self.iso(at, of=id),
                "type": name,
                "message": words,
                "level": level,
            }
            for name, words, at, level in said
        ]

    def _job(self, id: str) -> dict[str, Any]:
        job, done = self.jobs[id], self.state(id) == "done"
        suffix = job.get("suffix", "")
        return {
            "id": id,
            "status": _TOGETHER[self.state(id)],
            "user_id": "u",
            "created_at": self.iso(of=id),
            "model": job["model"],
            "suffix": suffix,
            "model_output_name": f"acme/{job['model'].rpartition('/')[2]}-{suffix}",
            "token_count": 12_345 if done else 0,
            "total_price": 4_200_000_000 if done else 0,
            "training_file": job["training_file"],
            "events": self._events(id),
        }


_FIREWORKS = {
    "queued": "JOB_STATE_PENDING",
    "running": "JOB_STATE_RUNNING",
    "done": "JOB_STATE_COMPLETED",
    "failed": "JOB_STATE_FAILED",
    "cancelled": "JOB_STATE_CANCELLED",
}


class FakeFireworks(FakeService):
    """Fireworks' paths, of the account acme."""

    def handle(self, request: Request) -> Any:
        """Do one request and return its body, or a `Refusal`."""
        if request.words[:2] != ["accounts", "acme"]:
            return Refusal(404, "no such account", "NOT_FOUND")
        match (request.method, *request.words[2:]):
            case ("POST", "datasets"):
                asked = json.loads(request.body)
                self.files[asked["datasetId"]] = ("", b"")
                return self._dataset(asked["datasetId"])
            case ("POST", "datasets", named) if named.endswith(":upload"):
                id = named.removesuffix(":upload")
                _, name, content = multipart(request.body, request.kind)
                self.files[id] = (name, content)
                return {}
            case ("GET", "datasets", id) if id in self.files:
                return self._dataset(id)
            case ("DELETE", "datasets", id) if id in self.files:
                del self.files[id]
                return {}
            case ("POST", "supervisedFineTuningJobs"):
                id = request.query["supervisedFineTuningJobId"]
                if id in self.jobs:
                    return Refusal(409, "already exists", "ALREADY_EXISTS")
                self.jobs[id] = {**json.loads(request.body), "at": self._now}
                return self._job(id)
            case ("POST", "supervisedFineTuningJobs", named) if named.endswith(":cancel"):
                self.jobs[named.removesuffix(":cancel")]["cancelled"] = True
                return {}
            case ("GET", "supervisedFineTuningJobs", id) if id in self.jobs:
                return self._job(id)
            case _:
                return Refusal(404, "not found", "NOT_FOUND")

    def _dataset(self, id: str) -> dict[str, Any]:
        ready = bool(self.files[id][1])
        return {"name": f"accounts/acme/datasets/{id}", "state": "READY" if ready else "UPLOADING"}

    def _job(self, id: str) -> dict[str, Any]:
        state = self.state(id)
        message = self.fails if state == "failed" else ""
        return {
            "name": f"accounts/acme/supervisedFineTuningJobs/{id}",
            "createTime": self.iso(of=id),
            "state": _FIREWORKS[state],
            "status": {"code": "INVALID_ARGUMENT" if message else "OK", "message": message},
            "baseModel": self.jobs[id]["baseModel"],
            "outputModel": f"accounts/acme/models/{id}",
            "jobProgress": {"percent": 100 * self.step(id) // STEPS, "epoch": 1},
        }
