"""The program of a child process that trains a little for real, and says what works.

Arguments: an empty folder to work in, a device, a precision. Writes one JSON object a line to
standard output.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file

from core.data.split import split_file
from core.errors import TuningforkError
from core.events.envelope import Envelope
from core.events.reader import EventReader
from core.events.schema import CheckpointSaved, PreflightDone, Resumed, StepLogged
from core.events.writer import EventWriter
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.jobs.kinds import entry_of
from core.jobs.record import JobRecord, write_record
from core.sizes import human_bytes
from core.training.device import torch_device
from core.training.recipe import job_of, make_recipe
from core.training.trainer import run
from core.workspace import RunFolder, Workspace, create_workspace

_ROWS = 40
_STOP_AFTER = 3
_WORDS = ("red", "green", "blue", "black", "white", "amber", "cyan", "pink")
_SPLIT = "trial"

_E = TypeVar("_E", bound=Envelope)
Said = dict[str, Any]


class _StopsEarly(JobContext):
    """A job that somebody asks to stop after some steps."""

    left = _STOP_AFTER

    def stop_requested(self) -> bool:
        """Return whether it is time."""
        self.left -= 1
        return self.left <= 0


def main(arguments: list[str]) -> int:
    """Train, stop, go on, compare; say each thing once it is known."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no line of ours
    root, device, dtype = arguments
    try:
        found = str(torch_device(device))
        for said in trials(Path(root), found, dtype):
            output.write(json.dumps(said | {"device": found}) + "\n")
            output.flush()
    except TuningforkError as error:
        output.write(json.dumps({"error": error.as_json()}) + "\n")
        output.flush()
        return error.exit_code
    return 0


def trials(root: Path, device: str, dtype: str) -> Iterator[Said]:
    """Yield what was tried, how it went, and the first loss at the end."""
    workspace = _workspace(root)
    spec = _spec(device, dtype)
    whole = _job(workspace, spec, "whole")
    _carried_out(whole)
    yield _steps(whole.folder)
    yield from _preflight(whole.folder)
    yield _checkpoint(whole.folder)
    halted = _job(workspace, spec, "halted", kind=_StopsEarly)
    _carried_out(halted)
    _carried_out(_job(workspace, spec, "halted", attempt=2))
    yield _resume(whole.folder, halted.folder)
    losses = [one.loss for one in _events(whole.folder, StepLogged)]
    yield {"first_loss": losses[0]}


def _workspace(root: Path) -> Workspace:
    workspace = create_workspace(root, name="trial")
    rows = [
        _row(f"{_WORDS[n % 8]} {_WORDS[n * 5 // 8 % 8]} {n}", _WORDS[n % 8]) for n in range(_ROWS)
    ]
    source = root / "trial.jsonl"
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    split_file(workspace, source, name=_SPLIT, now=datetime.now(UTC))
    return workspace


def _row(question: str, word: str) -> Said:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": word.upper()}]
    return {"messages": turns}


def _spec(device: str, dtype: str) -> Said:
    values: Said = {
        "name": "trial",
        "device": device,
        "epochs": 2,
        "model": {"dtype": dtype},
        "data": {"split": _SPLIT},
        "lora": {"rank": 8, "dropout": 0.05},
        "optim": {"lr": 2e-3},
        "batch": {"update_rows": 8},
        "evaluate": {"every": 2, "patience": 99, "samples": 1, "sample_tokens": 4},
    }
    return job_of(make_recipe(values, where="trial"))[1]


def _job(
    workspace: Workspace,
    spec: Said,
    id: str,
    *,
    attempt: int = 1,
    kind: type[JobContext] = JobContext,
) -> JobContext:
    """Return the worker's side of a job, without its process."""
    folder = workspace.run(id)
    folder.path.mkdir(parents=True, exist_ok=True)
    record = JobRecord(
        id=id,
        kind="train",
        name=id,
        device="cpu",
        created_at="",
        created_by="",
        host="",
        entry=entry_of("train"),
        spec=spec,
    )
    write_record(folder, record)
    log = EventWriter.open(folder.events, run=id, attempt=attempt, clock=lambda: datetime.now(UTC))
    return kind(workspace=workspace, folder=folder, record=record, attempt=attempt, writer=log)


def _carried_out(job: JobContext) -> None:
    outcome: Outcome = run(job)
    assert isinstance(outcome, Stopped if isinstance(job, _StopsEarly) else Finished), outcome


def _events(folder: RunFolder, kind: type[_E]) -> list[_E]:
    return [one for one in EventReader(folder.events).read().events if isinstance(one, kind)]


def _steps(folder: RunFolder) -> Said:
    steps = _events(folder, StepLogged)
    losses = [one.loss for one in steps if one.loss is not None]
    seconds = sorted(one.seconds for one in steps)[len(steps) // 2]
    fell = len(losses) == len(steps) and losses[-1] < losses[0]
    words = (
        f"{len(steps)} updates in {seconds:.2g} s each, loss {losses[0]:.3g} to {losses[-1]:.3g}"
    )
    return _said("forward and backward", words, ok=fell, bad="broken")


def _preflight(folder: RunFolder) -> Iterator[Said]:
    (tried,) = _events(folder, PreflightDone)
    why = next((one.why for one in tried.decisions if one.what == "loss"), "")
    lean = tried.loss_path != "model"
    yield _said("loss", f"computed by `{tried.loss_path}`. {why}".strip(), ok=lean, bad="limited")
    peak, predicted = human_bytes(tried.peak_bytes), human_bytes(tried.predicted_bytes)
    free = human_bytes(tried.capacity_bytes)
    yield _said("memory", f"{peak} at the peak, {predicted} by the formula, {free} there", ok=True)


def _checkpoint(folder: RunFolder) -> Said:
    saved = _events(folder, CheckpointSaved)
    words = (
        f"{len(saved)} written, {human_bytes(saved[-1].bytes or 0)} in {saved[-1].seconds:.2g} s"
    )
    return _said("checkpoint", words, ok=True)


def _resume(whole: RunFolder, halted: RunFolder) -> Said:
    """Return whether a run that was stopped and resumed ended with the same weights."""
    one, other = (load_file(run.adapter / "adapter_model.safetensors") for run in (whole, halted))
    (resumed,) = _events(halted, Resumed)
    off = max(float((one[name] - other[name]).abs().max()) for name in one)
    same = all(torch.equal(one[name], other[name]) for name in one)
    begun = f"stopped after update {resumed.from_step} and gone on with"
    if same:
        return _said("resume", f"{begun}: the same weights bit by bit", ok=True)
    largest = max(float(tensor.abs().max()) for tensor in one.values())
    words = f"{begun}: weights differ by {off:.1e} at most, the largest is {largest:.1e}"
    close = off <= 1e-3 * largest
    more = "; sums in another order on this device, no harm" if close else ""
    return _said("resume", words + more, ok=close, bad="broken")


def _said(subject: str, finding: str, *, ok: bool, bad: str = "limited") -> Said:
    return {"subject": subject, "state": "ok" if ok else bad, "finding": finding}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
