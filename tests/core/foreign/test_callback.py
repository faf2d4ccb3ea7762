"""A real Trainer with our callback: its log is one of ours, and it never suffers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Trainer, TrainerCallback, TrainingArguments

from core.events.schema import (
    CheckpointSaved,
    Evaluated,
    PhaseEntered,
    Planned,
    Resumed,
    RunFinished,
    StepLogged,
    WorkerStarted,
)
from core.foreign.callback import TuningforkCallback
from core.foreign.find import open_viewer
from core.jobs.status import Viewer
from core.workspace import RunFolder
from tests.support.foreign_runs import at
from tests.support.jobs import read_events

ROOT = Path(__file__).parents[3]
FAILING = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from types import SimpleNamespace as Some
sys.modules["transformers"] = Some(TrainerCallback=object)  # loading it takes seconds
from core.foreign.callback import TuningforkCallback
args = Some(output_dir=sys.argv[1], run_name="theirs")
state = Some(is_world_process_zero=True, global_step=0, max_steps=9, num_train_epochs=1,
             log_history=[])
TuningforkCallback().on_train_begin(args, state, None)
{{end}}
"""


class Line(torch.nn.Module):
    """Learns y = 2x."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        guess = self.weight * x
        return {"loss": ((guess - labels) ** 2).mean(), "logits": guess}


ROWS = [{"x": torch.tensor([0.1 * n]), "labels": torch.tensor([0.2 * n])} for n in range(8)]


class Sight(TrainerCallback):
    """Looks at the run from outside while it trains."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.states: list[str] = []

    def on_log(self, *_: Any, **__: Any) -> None:
        self.states.append(
            open_viewer(self.folder, clock=lambda: at(0)).look_until_caught_up().state
        )


def train(output: Path, *callbacks: TrainerCallback, resume: bool = False, **changes: Any) -> None:
    settings = {
        "output_dir": str(output),
        "use_cpu": True,
        "max_steps": 6,
        "logging_steps": 2,
        "eval_strategy": "steps",
        "eval_steps": 2,
        "save_steps": 3,
        "learning_rate": 0.1,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        **changes,
    }
    trainer = Trainer(
        model=Line(),
        args=TrainingArguments(**settings),
        train_dataset=ROWS,
        eval_dataset=ROWS,
        callbacks=list(callbacks),
    )
    trainer.train(resume_from_checkpoint=resume or None)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "out" / "tuningfork")


@pytest.fixture(autouse=True)
def hooks_are_put_back() -> Iterator[None]:
    hook = sys.excepthook
    yield
    assert sys.excepthook is hook


def test_a_trainer_is_watched_like_a_run_of_ours(folder: RunFolder, tmp_path: Path) -> None:
    sight = Sight(tmp_path / "out")
    train(tmp_path / "out", TuningforkCallback(name="theirs"), sight)
    assert set(sight.states) == {"running"}
    log = read_events(folder.events)
    steps = [one for one in log if isinstance(one, StepLogged)]
    assert [one.step for one in steps] == [2, 4, 6]
    assert all(one.loss is not None and one.grad_norm is not None for one in steps)
    assert [one.step for one in log if isinstance(one, Evaluated)] == [2, 4, 6]
    assert [one.total_steps for one in log if isinstance(one, Planned)] == [6]
    saved = [one for one in log if isinstance(one, CheckpointSaved)]
    assert [one.step for one in saved] == [3, 6]
    assert all((folder.path / one.path).is_dir() and one.bytes for one in saved)
    assert isinstance(log[-1], RunFinished)
    viewer = open_viewer(tmp_path / "out", clock=lambda: at(0))
    assert isinstance(viewer, Viewer)
    status = viewer.look_until_caught_up()
    assert (status.state, status.record.name, status.run_state.kind) == (
        "finished",
        "theirs",
        "foreign",
    )


def test_a_resumed_training_is_the_next_attempt(folder: RunFolder, tmp_path: Path) -> None:
    train(tmp_path / "out", TuningforkCallback())
    train(tmp_path / "out", TuningforkCallback(), resume=True, max_steps=8)
    log = read_events(folder.events)
    assert [one.attempt for one in log if isinstance(one, WorkerStarted)] == [1, 2]
    assert [one.from_step for one in log if isinstance(one, Resumed)] == [6]
    assert [one.step for one in log if isinstance(one, StepLogged)] == [2, 4, 6, 8]


def test_only_the_first_rank_writes(folder: RunFolder, tmp_path: Path) -> None:
    class Other(TuningforkCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            state.is_world_process_zero = False
            super().on_train_begin(args, state, control, **more)
            state.is_world_process_zero = True

    train(tmp_path / "out", Other())
    assert not folder.path.exists()


@pytest.mark.parametrize("fault", ["file in the way", "lock held", "full"])
def test_a_fault_of_ours_is_said_once_and_training_goes_on(
    folder: RunFolder,
    tmp_path: Path,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder.path.parent.mkdir()
    if fault == "file in the way":
        folder.path.write_text("not a folder")
    elif fault == "lock held":
        monkeypatch.setattr("core.jobs.lock.take", lambda path: None)
    else:
        write = os.write
        full = OSError(28, "No space left on device")

        def limited(descriptor: int, content: bytes) -> int:
            if b'"type":"step"' in content:
                raise full
            return write(descriptor, content)

        monkeypatch.setattr(os, "write", limited)
    train(tmp_path / "out", TuningforkCallback())
    assert (tmp_path / "out" / "checkpoint-6").is_dir()
    ours = [one for one in caplog.records if one.name == "core.foreign.callback"]
    assert len(ours) == 1
    assert "training goes on" in ours[0].getMessage()
    if fault == "full":
        assert isinstance(read_events(folder.events)[-1], RunFinished)


def test_progress_is_said_between_two_logs(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.foreign.callback._PROGRESS_SECONDS", 0.0)
    train(tmp_path / "out", TuningforkCallback(), logging_steps=100, eval_strategy="no")
    phases = [one for one in read_events(folder.events) if isinstance(one, PhaseEntered)]
    assert [one.done for one in phases] == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("end", "state", "words"),
    [
        ("raise ValueError('secret')", "failed", "an error (ValueError)"),
        ("raise KeyboardInterrupt", "stopped", "Interrupted."),
        ("sys.exit(3)", "failed", "ended before the training did"),
        ("import os; os._exit(9)", "lost", ""),
    ],
)
def test_an_end_that_the_trainer_does_not_tell_is_told(
    folder: RunFolder, tmp_path: Path, end: str, state: str, words: str
) -> None:
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-c", FAILING.format(end=end), str(out)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode != 0
    assert ("ValueError: secret" in done.stderr) == ("ValueError" in end)
    status = open_viewer(out, clock=lambda: at(0)).look_until_caught_up()
    assert status.state == state
    assert words in status.run_state.end_reason
    assert "secret" not in folder.events.read_text()
