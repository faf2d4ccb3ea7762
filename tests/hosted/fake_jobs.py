"""Jobs of the fake service: where each is on the virtual clock, and what it has said so far."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint

START = 1_795_000_000
"""When the virtual clock begins, in seconds since the epoch."""
_LISTED = {"validating_files", "queued", "running", "succeeded", "failed", "cancelled"}
_OVER = {"succeeded", "failed", "cancelled"}


@dataclass(kw_only=True)
class Plan:
    """How a job goes, in seconds of the virtual clock."""

    validate: float = 20.0
    queue: float = 20.0
    step_seconds: float = 10.0
    steps: int = 20
    checkpoint_every: int = 10
    finish: float = 20.0
    fault: tuple[str, str, str | None] | None = None
    """Code, message and parameter of a failure after the files were looked at."""
    status: str = ""
    """A status to show in place of `running`."""
    skip: frozenset[int] = frozenset()
    """Steps whose metrics are told in the result file only."""
    chatter: int = 0
    """Further messages told when training begins."""
    words: str = ""
    """What each of these says besides its number."""

    @property
    def begin(self) -> float:
        """Return when training begins."""
        return self.validate + self.queue

    @property
    def end(self) -> float:
        """Return when all is done."""
        return self.begin + self.steps * self.step_seconds + self.finish


@dataclass(kw_only=True)
class Job:
    """A job and what happened to it."""

    id: str
    request: dict[str, Any]
    created: float
    plan: Plan
    stopped_at: float | None = None
    paused_at: float | None = None
    rested: float = 0.0
    """Seconds it was paused in all."""
    gone: bool = False

    @property
    def model(self) -> str:
        """Return the name of what it makes."""
        suffix = self.request.get("suffix") or ""
        return f"ft:{self.request['model']}:acme:{suffix}:{self.id[6:]}"

    def age(self, now: float) -> float:
        """Return how long it has worked."""
        end = now if self.stopped_at is None else self.stopped_at
        rest = 0.0 if self.paused_at is None else end - self.paused_at
        return end - self.created - self.rested - rest

    def trained(self, now: float) -> int:
        """Return the steps that are done."""
        if self.plan.fault is not None:
            return 0
        past = self.age(now) - self.plan.begin
        return max(0, min(self.plan.steps, int(past // self.plan.step_seconds)))

    def status(self, now: float) -> str:
        """Return its state in the service's words."""
        plan, age = self.plan, self.age(now)
        if plan.fault is not None and age >= plan.validate:
            return "failed"
        if age >= plan.end:
            return "succeeded"
        if self.stopped_at is not None:
            return "cancelled"
        if self.paused_at is not None:
            return "paused"
        if age < plan.begin:
            return "validating_files" if age < plan.validate else "queued"
        return plan.status or "running"

    def live(self, now: float) -> bool:
        """Return whether it has not ended."""
        return self.status(now) not in _OVER

    def body(self, now: float, skew: float) -> dict[str, Any]:
        """Return it as the service describes it; an unlisted status is put in afterwards."""
        status = self.status(now)
        fault = self.plan.fault if status == "failed" else None
        done = self.trained(now)
        ended = self.created + self.age(now)
        body: dict[str, Any] = {
            "id": self.id,
            "object": "fine_tuning.job",
            "created_at": int(self.created + skew),
            "error": fault and dict(zip(("code", "message", "param"), fault, strict=True)),
            "fine_tuned_model": self.model if status == "succeeded" else None,
            "finished_at": int(ended + skew) if status in _OVER else None,
            "hyperparameters": {},
            "model": self.request["model"],
            "organization_id": "org-acme",
            "result_files": [f"file-result-{self.id}"] if status == "succeeded" else [],
            "seed": self.request.get("seed") or 1,
            "status": status if status in _LISTED else "running",
            "trained_tokens": 1000 * done if status in _OVER and done else None,
            "training_file": self.request["training_file"],
            "validation_file": self.request.get("validation_file"),
            "estimated_finish": int(self.created + self.plan.end + skew)
            if status == "running"
            else None,
            "metadata": self.request.get("metadata"),
            "method": self.request.get("method"),
        }
        FineTuningJob.model_validate(body)
        return {**body, "status": status}

    def _told(self, now: float) -> Iterator[tuple[float, str, str, dict[str, Any] | None]]:
        """Yield what it has said so far: when, level, words, figures."""
        plan, age = self.plan, self.age(now)
        yield 0.0, "info", f"Created fine-tuning job: {self.id}", None
        yield 0.1, "info", f"Validating training file: {self.request['training_file']}", None
        if plan.fault is not None:
            if age >= plan.validate:
                yield plan.validate, "error", plan.fault[1], None
            return
        if age >= plan.validate:
            yield plan.validate, "info", "Files validated, moving to queued state", None
        if age >= plan.begin:
            yield plan.begin, "info", "Fine-tuning job started", None
            for number in range(plan.chatter):
                yield plan.begin, "info", f"Note {number} {plan.words}".strip(), None
        yield from self._steps(now)
        if self.status(now) == "succeeded":
            yield plan.end, "info", f"New fine-tuned model created: {self.model}", None
            yield plan.end, "info", "The job has successfully completed", None
        if self.status(now) == "cancelled":
            yield age, "info", "Fine-tuning job cancelled", None

    def _steps(self, now: float) -> Iterator[tuple[float, str, str, dict[str, Any] | None]]:
        plan = self.plan
        for step in range(1, self.trained(now) + 1):
            at = plan.begin + step * plan.step_seconds
            if step not in plan.skip:
                figures = metrics_of(plan, step)
                words = f"Step {step}/{plan.steps}: training loss={figures['train_loss']:.2f}"
                yield at, "info", words, figures
            if step % plan.checkpoint_every == 0 and step < plan.steps:
                yield at, "info", f"Checkpoint created at step {step}", None

    def events(self, now: float, *, skew: float, same_second: bool) -> list[dict[str, Any]]:
        """Return what it has said so far, oldest first; an event keeps its id."""
        bodies = []
        for at, level, words, data in self._told(now):
            digest = hashlib.sha256(f"{self.id} {words}".encode()).hexdigest()
            body = {
                "id": f"ftevent-{digest[:20]}",
                "object": "fine_tuning.job.event",
                "created_at": int(self.created + (0 if same_second else at) + skew),
                "level": level,
                "message": words,
                "data": data or {},
                "type": "message" if data is None else "metrics",
            }
            FineTuningJobEvent.model_validate(body)
            bodies.append(body)
        return bodies

    def checkpoints(self, now: float, *, skew: float) -> list[dict[str, Any]]:
        """Return the models from before the end, newest first."""
        every = self.plan.checkpoint_every
        bodies = []
        for step in range(every, min(self.trained(now), self.plan.steps - 1) + 1, every):
            figures = metrics_of(self.plan, step)
            body = {
                "id": f"ftckpt-{self.id[6:]}-{step}",
                "object": "fine_tuning.job.checkpoint",
                "created_at": int(
                    self.created + self.plan.begin + step * self.plan.step_seconds + skew
                ),
                "fine_tuned_model_checkpoint": f"{self.model}:ckpt-step-{step}",
                "fine_tuning_job_id": self.id,
                "metrics": {name: figures[name] for name in figures if name != "total_steps"},
                "step_number": step,
            }
            FineTuningJobCheckpoint.model_validate(body)
            bodies.append(body)
        return bodies[::-1]

    def result_csv(self) -> bytes:
        """Return its result file."""
        lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
        for step in range(1, self.plan.steps + 1):
            one = metrics_of(self.plan, step)
            lines.append(f"{step},{one['train_loss']},0.5,{one['valid_loss']},0.5")
        return ("\n".join(lines) + "\n").encode()


def metrics_of(plan: Plan, step: int) -> dict[str, float]:
    """Return the figures of a step: a curve that falls, the same in every run."""
    train = 2.0 * math.exp(-step / plan.steps) + 0.1 * math.sin(step)
    figures = {
        "step": step,
        "total_steps": plan.steps,
        "train_loss": round(train, 4),
        "train_mean_token_accuracy": 0.5,
        "valid_loss": round(train + 0.2, 4),
    }
    if step % plan.checkpoint_every == 0:
        figures["full_valid_loss"] = round(train + 0.1, 4)
    return figures
