"""`tuningfork demo` as a newcomer runs it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import extras
from core.demo import live_demo, start_demo
from core.errors import MachineError
from core.workspace import open_workspace
from tests.support.command import tuningfork
from tests.support.jobs import kill

POINTS = 2.0
"""What the tuned model must gain over its base, in rating points."""
EXACT = 0.5
"""The same as a share of exact matches."""


def _steps(folder: Path) -> list[str]:
    """Start the demo, end its jobs at once and return the names of its steps."""
    names = []
    walk = start_demo(
        folder,
        seed=None,
        clock=lambda: datetime.now(UTC),
        token=lambda: "test",
        environment={"PATH": "/usr/bin:/bin"},
    )
    jobs = []
    for step in walk:
        names.append(step.name)
        if step.job is not None:
            jobs.append(step.job)
    assert live_demo(open_workspace(folder)) == tuple(jobs)
    for job in reversed(jobs):
        kill(job)
    return names


def test_the_demo_walks_every_stage_and_can_be_joined(tmp_path: Path) -> None:
    assert _steps(tmp_path / "demo") == [
        "workspace",
        "decide",
        "inspect",
        "split",
        "measure",
        "train",
        "score",
        "rate",
    ]
    assert live_demo(open_workspace(tmp_path / "demo")) is None


def test_without_the_extra_the_demo_names_the_command_that_adds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "missing_packages", lambda: ("torch",))
    with pytest.raises(MachineError, match="pip install"):
        _steps(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


@pytest.mark.slow
def test_the_demo_ends_with_a_tuned_model_that_beat_its_base(tmp_path: Path) -> None:
    done = tuningfork("demo", tmp_path / "demo", "--headless", "--seed", "5", cwd=tmp_path)
    assert done.code == 0, done
    assert "\x1b" not in done.out
    said = tuningfork("verdict", "--json", "-w", tmp_path / "demo", cwd=tmp_path).json
    assert set(said) >= {"decision", "sentence", "comparisons", "agreement", "unsafe"}
    assert said["basis"] == "ratings"
    assert said["simulated_raters"] == said["raters"]
    assert said["sentence"].startswith("Simulated raters, no people: ")
    gained = {one["against"]: one["mean_difference"] for one in said["comparisons"]}
    assert set(gained) == {"base", "few_shot", "improved_prompt", "retrieval"}
    assert gained["base"] >= POINTS
    (exact,) = (tmp_path / "demo" / "runs").glob("*-score-*/verdict.json")
    matched = {one["against"]: one for one in json.loads(exact.read_text())["comparisons"]}
    assert matched["base"]["mean_difference"] >= EXACT, exact.read_text()
    studies = tuningfork("study", "list", "-w", tmp_path / "demo", cwd=tmp_path).out
    assert "by 3 simulated raters, no people, opened" in studies
    checked = tuningfork("study", "verify", "-w", tmp_path / "demo", cwd=tmp_path)
    assert checked.code == 0, checked
    overview = tuningfork(tmp_path / "demo", "--plain", cwd=tmp_path).out
    assert [line.split()[1] for line in overview.splitlines()[1:6]] == ["done"] * 5
