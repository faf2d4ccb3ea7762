from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import core
from core.errors import JobError, StorageError
from core.events.schema import RunCreated
from core.jobs import environment
from core.jobs import launch as module
from core.jobs.environment import worker_environment
from core.jobs.launch import launch
from core.jobs.record import read_record
from core.jobs.status import read_status
from core.jobs.store import list_jobs
from core.workspace import Workspace, create_workspace
from tests.support.jobs import read_events

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = str(Path(core.__file__).parents[1])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


def asked(workspace: Workspace, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "kind": "rehearsal",
        "name": "Probe 1",
        "spec": {"steps": 3},
        "now": NOW,
        "token": "ab",
        "environment": {},
    }
    return launch(workspace, **(values | changes))


def test_a_worker_gets_no_secret_it_has_no_use_for() -> None:
    given = {
        "OPENAI_API_KEY": "s",
        "AWS_SECRET_ACCESS_KEY": "s",
        "WANDB_API_KEY": "s",
        "MY_TOKEN": "s",
        "DB_PASSWORD": "s",
        "GITHUB_TOKEN": "s",
        "HF_TOKEN": "needed",
        "PATH": "/bin",
        "KEYBOARD": "us",
        "PYTHONSTARTUP": "x.py",
        "PYTHONINSPECT": "1",
        "MONKEY": "1",
    }
    inherited = worker_environment(given)
    assert "s" not in inherited.values()
    assert {"HF_TOKEN", "PATH", "KEYBOARD", "MONKEY"} <= set(inherited)
    assert not {"PYTHONSTARTUP", "PYTHONINSPECT"} & set(inherited)


def test_waiting_threads_do_not_spin_unless_the_person_says_so() -> None:
    assert worker_environment({})["OMP_WAIT_POLICY"] == "PASSIVE"
    assert worker_environment({"OMP_WAIT_POLICY": "ACTIVE"})["OMP_WAIT_POLICY"] == "ACTIVE"


def test_a_source_tree_comes_first_and_the_working_folder_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"PYTHONPATH": ":.:relative:/opt/more"}
    monkeypatch.setattr(environment.site, "getsitepackages", lambda _prefixes: ["/elsewhere"])
    assert worker_environment(given)["PYTHONPATH"] == f"{SOURCE}:/opt/more"
    monkeypatch.setattr(environment.site, "getsitepackages", lambda _prefixes: [SOURCE])
    assert worker_environment(given)["PYTHONPATH"] == "/opt/more"
    assert "PYTHONPATH" not in worker_environment({})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "dance"}, "The kinds are: answer, export, gateway"),
        ({"device": "cuda"}, "is no device"),
        ({"device": "../x"}, "is no device"),
        ({"after": ("nobody",)}, "There is no job nobody to wait for"),
    ],
)
def test_what_cannot_be_launched_is_refused_and_leaves_nothing(
    workspace: Workspace, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(JobError, match=message):
        asked(workspace, **changes)
    assert list(workspace.runs.iterdir()) == []


def test_a_worker_that_cannot_start_is_told_and_written_down(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.sys, "executable", "/nonexistent/python")
    with pytest.raises(JobError, match="could not be started"):
        asked(workspace)
    (job,) = list_jobs(workspace)
    assert job.state == "failed"
    assert job.run_state.failure is not None
    assert "No such file" in job.run_state.failure.why


def test_a_worker_whose_modules_are_missing_is_told_with_what_it_printed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        module, "worker_environment", lambda _given, **_more: {"PYTHONHOME": "/nonexistent"}
    )
    with pytest.raises(JobError, match="ended at once with status 1"):
        asked(workspace)
    (job,) = list_jobs(workspace)
    assert job.state == "failed"


def test_the_same_job_twice_in_a_second_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "spawn", lambda *_args, **_more: None)
    folder = asked(workspace)
    with pytest.raises(JobError, match="already is a job"):
        asked(workspace)
    assert [type(event) for event in read_events(folder.events)] == [RunCreated]


def test_the_record_is_private_and_says_what_was_asked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "spawn", lambda *_args, **_more: None)
    folder = asked(workspace, recipe=b"steps = 3\n", recipe_hash="h1", split_hash="h2")
    record = read_record(folder)
    assert (record.kind, record.name, record.spec) == ("rehearsal", "Probe 1", {"steps": 3})
    assert folder.recipe.read_bytes() == b"steps = 3\n"
    (created,) = read_events(folder.events)
    assert isinstance(created, RunCreated)
    assert (created.recipe_hash, created.split_hash) == ("h1", "h2")
    for path in folder.path.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_record_that_cannot_be_read_says_why(workspace: Workspace) -> None:
    folder = workspace.run("probe")
    with pytest.raises(JobError, match="There is no job probe"):
        read_record(folder)
    folder.path.mkdir()
    folder.record.write_text("{}")
    with pytest.raises(JobError, match="cannot be read"):
        read_record(folder)
    assert list_jobs(workspace) == ()


def test_a_record_of_a_newer_program_is_not_guessed_at(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "spawn", lambda *_args, **_more: None)
    folder = asked(workspace)
    text = folder.record.read_text().replace('"v": 1', '"v": 2')
    folder.record.write_text(text)
    with pytest.raises(JobError, match="newer tuningfork"):
        read_status(folder)


def test_a_full_disk_refuses_a_launch_in_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StorageError, match="no space is left"):
        asked(workspace)


def test_a_worker_gets_the_keys_its_job_names_and_no_setting_of_the_client() -> None:
    given = {
        "MY_API_KEY": "s",
        "OTHER_API_KEY": "o",
        "OPENAI_API_KEY": "o",
        "OPENAI_BASE_URL": "o",
        "OPENAI_LOG": "o",
        "OPENAI_CUSTOM_HEADERS": "o",
    }
    inherited = worker_environment(given, keys=("MY_API_KEY",))
    assert inherited["MY_API_KEY"] == "s"
    assert "o" not in inherited.values()
    assert worker_environment(given, keys=("OPENAI_API_KEY",))["OPENAI_API_KEY"] == "o"
