"""Curves go elsewhere when asked, and nothing that goes wrong there reaches a training."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import MachineError, RecipeError
from core.events.folding import apply
from core.events.run_state import RunState
from core.events.schema import Evaluated, MessageLogged, SinkChanged, StepLogged
from core.foreign.find import open_viewer
from core.jobs.context import Finished, JobContext
from core.jobs.status import read_status
from core.training.recipe import job_of, make_recipe, recipe_toml
from core.training.report import require_sinks, said_safely, surroundings
from core.training.sinks import Sink, open_sinks
from core.training.start import start_run
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.path_job import SPLIT, events, open_job
from tests.support.tiny_model import save_tiny_model
from tui.plain import status_lines as plain_lines

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
KEY = "hf_" + "Planted0123456789abcdef"
STAND_IN = """
from pathlib import Path
from tests.support.foreign_runs import event, record, scalar

class SummaryWriter:
    def __init__(self, log_dir):
        Path(log_dir).mkdir(parents=True, exist_ok=True)
        self.file = (Path(log_dir) / "events.out.tfevents.1700000000.host.1.0").open("ab")

    def add_text(self, tag, text):
        self.file.write(record(event(0, [])))

    def add_scalar(self, tag, value, step):
        self.file.write(record(event(step, [scalar(tag, value)])))

    def flush(self):
        self.file.flush()

    def close(self):
        self.file.close()
"""
"""Stands in for the package that transformers' own callback writes with, which is no small one."""


class Broken:
    """Raises wherever it is touched once it is made."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{name} refused for {KEY} at https://ana:pw@host/x")


class Sulking:
    """Fails at some logs and remembers the others."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, dict[str, float]]] = []
        self.fails: set[int] = set()

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any) -> None:
        control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any, model: Any) -> None:
        if state.global_step in self.fails:
            raise SystemExit("no network")
        self.seen.append((state.global_step, logs))

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any) -> None:
        raise KeyError("late")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep what the sinks are told from the tests that follow."""
    before = dict(os.environ)
    yield
    for name in set(os.environ) - set(before):
        monkeypatch.delenv(name)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stand-in be found where the package would be."""
    package = tmp_path / "packages" / "tensorboardX"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.delitem(__import__("sys").modules, "tensorboardX", raising=False)


def made(monkeypatch: pytest.MonkeyPatch, sink: Any) -> None:
    """Let transformers answer with this instead of a sink of its own."""
    monkeypatch.setattr(
        "core.training.sinks.get_reporting_integration_callbacks", lambda names: [lambda: sink]
    )


def spec(model: Path, to: list[str]) -> dict[str, Any]:
    values = {
        "name": "tiny",
        "epochs": 1,
        "model": {"base": str(model)},
        "data": {"split": SPLIT},
        "batch": {"update_rows": 8, "tokens": 96},
        "evaluate": {"every": 2, "samples": 0},
        "report": {"to": to},
    }
    return job_of(make_recipe(values, where="test"))[1]


def told(job: JobContext) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in events(job.folder) if isinstance(one, SinkChanged)]


def begun(job: JobContext, sink: Sink) -> SimpleNamespace:
    control = SimpleNamespace(should_training_stop=False)
    sink.on_train_begin(None, SimpleNamespace(global_step=0), control)
    return control


def test_curves_reach_tensorboard_through_transformers_own_callback(
    workspace: Workspace, tmp_path: Path, installed: None
) -> None:
    model = save_tiny_model(tmp_path / "model")
    job = open_job(workspace, "train", spec(model, ["tensorboard"]))
    assert isinstance(run(job), Finished)
    assert told(job) == [("tensorboard", "on")]
    log = events(job.folder)
    viewer = open_viewer(job.folder.tensorboard, clock=lambda: datetime.now(UTC))
    viewer.look_until_caught_up()
    steps = {one.step: one.loss for one in log if isinstance(one, StepLogged)}
    assert {one.step: one.value for one in viewer.curves["loss"].points()} == pytest.approx(steps)
    evals = {one.step: one.loss for one in log if isinstance(one, Evaluated)}
    seen = {one.step: one.loss for one in viewer.status.run_state.evals}
    assert seen == pytest.approx(evals)


def test_a_sink_that_raises_everywhere_harms_no_run(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: None
) -> None:
    model = save_tiny_model(tmp_path / "model")
    plain = open_job(workspace, "train", spec(model, []), id="plain")
    run(plain)
    made(monkeypatch, Broken())
    job = open_job(workspace, "train", spec(model, ["tensorboard"]), id="broken")
    assert isinstance(run(job), Finished)
    both = (
        [(e.step, e.loss) for e in events(one.folder) if isinstance(e, StepLogged)]
        for one in (plain, job)
    )
    assert next(both) == next(both)
    assert told(job) == [("tensorboard", "failed"), ("tensorboard", "off")]
    (newest,) = reduce(apply, events(job.folder), RunState()).sinks
    assert (newest.name, newest.state) == ("tensorboard", "off")
    assert "reports to: tensorboard (off)" in plain_lines(read_status(job.folder))
    warnings = [
        e.text for e in events(job.folder) if isinstance(e, MessageLogged) and e.level == "warning"
    ]
    assert len(warnings) == 1
    assert "training goes on" in warnings[0]
    content = job.folder.events.read_text()
    assert KEY not in content
    assert "ana:pw" not in content


def test_a_sink_that_cannot_be_made_is_off(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, installed: None
) -> None:
    def refuse(names: list[str]) -> Any:
        raise ImportError("broken package")

    monkeypatch.setattr("core.training.sinks.get_reporting_integration_callbacks", refuse)
    job = open_job(workspace, "train", {})
    (sink,) = open_sinks(["tensorboard"], job, {})
    begun(job, sink)
    assert told(job) == [("tensorboard", "failed"), ("tensorboard", "off")]


def test_a_sink_that_recovers_goes_on_and_cannot_change_the_training(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, installed: None
) -> None:
    sulking = Sulking()
    sulking.fails = {2, 3}
    made(monkeypatch, sulking)
    job = open_job(workspace, "train", {})
    (sink,) = open_sinks(["tensorboard", "tensorboard"], job, {})
    control = begun(job, sink)
    for step in range(1, 6):
        job.emit(StepLogged(step=step, loss=None if step == 5 else 1.0, lr=0.1))
    job.emit(Evaluated(step=5, loss=2.0, best=True, best_step=5, best_loss=2.0))
    sink.on_train_end(None, SimpleNamespace(), control)
    assert not control.should_training_stop
    assert [step for step, _ in sulking.seen] == [1, 4, 5, 5]
    assert sulking.seen[-1] == (5, {"eval_loss": 2.0})
    assert told(job) == [("tensorboard", state) for state in ("on", "failed", "failed")]


def test_sinks_stay_local_unless_somebody_says_otherwise() -> None:
    assert surroundings({})["WANDB_MODE"] == "offline"
    assert "WANDB_MODE" not in surroundings({"WANDB_MODE": "online"})


@pytest.mark.parametrize("name", ["wandb", "mlflow", "trackio", "tensorboard"])
def test_a_missing_package_is_said_before_anything_starts(
    workspace: Workspace, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    with pytest.raises(MachineError) as error:
        require_sinks([name])  # type: ignore[list-item]
    assert f"-m pip install {name}`" in error.value.remedy
    monkeypatch.setattr("core.training.start.require_local", lambda: None)
    recipe = make_recipe(
        {"name": "r", "data": {"split": SPLIT}, "report": {"to": [name]}}, where=""
    )
    with pytest.raises(MachineError, match="not installed"):
        start_run(workspace, recipe, now=datetime.now(UTC), token="t", environment={})
    assert list(workspace.run_folders()) == []


def test_a_recipe_names_known_sinks_and_none_by_default() -> None:
    recipe = make_recipe({"name": "r", "trainer": "rehearsal"}, where="")
    assert recipe.report.to == ()
    assert "[report]" in recipe_toml(recipe)
    with pytest.raises(RecipeError, match="report"):
        make_recipe({"name": "r", "trainer": "rehearsal", "report": {"to": ["comet"]}}, where="")


def test_errors_of_others_are_told_without_keys_and_without_obeying_them() -> None:
    words = said_safely(ValueError(f"\x1b[2Jkey {KEY} at http://me:secret@host rejected\n" * 90))
    assert KEY not in words
    assert "secret" not in words
    assert "\x1b" not in words
    assert "rejected" in words
    assert len(words) <= 300
