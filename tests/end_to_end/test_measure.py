"""`tuningfork decide --measure` with a real worker, also one that is killed on the way."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from core.decide.record import read_decisions
from core.scoring.measured_rows import MeasureSpec
from core.scoring.measurement import read_measurement
from core.scoring.start import start_measure
from core.workspace import create_workspace
from tests.support.command import tuningfork
from tests.support.jobs import kill, wait_for_state, wait_until, workspace_of_jobs
from tests.support.path_job import chat
from tests.support.tiny_model import save_tiny_model


def write_rows(path: Path, count: int) -> Path:
    lines = [chat(f"{n * 7919} of {n * 104729} makes {n}", "AB"[n % 2]) for n in range(count)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_killed_measuring_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    with workspace_of_jobs(tmp_path / "w") as workspace:
        model = save_tiny_model(tmp_path / "m")
        rows = write_rows(tmp_path / "rows.jsonl", 160)
        spec = MeasureSpec(source=str(rows), base=str(model), most=150, max_new_tokens=200)
        folder = start_measure(
            workspace, spec, now=datetime.now(UTC), token="test", environment=os.environ
        )
        wait_until(folder.answers.exists, "the first answers")
        kill(folder)
        before = folder.answers.read_bytes()
        assert read_measurement(folder.path) is None
        resumed = tuningfork("resume", folder.id, "-w", workspace.root, cwd=tmp_path)
        assert resumed.code == 0, resumed
        wait_for_state(folder, "finished")
        assert folder.answers.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
        found = read_measurement(folder.path)
        assert found
        lines = [json.loads(line) for line in folder.answers.read_bytes().splitlines()]
        assert len(lines) == len({line["key"] for line in lines}) == 2 * found.items
        assert found.asked < 2 * found.items


def test_the_command_prints_the_figures_and_the_decision_keeps_them(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    rows, model = write_rows(tmp_path / "rows.jsonl", 20), save_tiny_model(tmp_path / "m")
    where = ("--model", model, "-w", workspace.root)
    done = tuningfork("decide", "--measure", rows, *where, "--save", "--json", cwd=tmp_path)
    assert done.code == 0, done
    measured = done.json["measured"]
    assert measured["contenders"]["few_shot"]["exact"]["n"] == measured["examples"] >= 7
    assert measured["answers"]["strong_prompt_tried"] == "yes"
    (saved,) = read_decisions(workspace.database)
    assert saved.result["measured"] == measured
    few = tuningfork(
        "decide", "--measure", write_rows(tmp_path / "few.jsonl", 4), *where, cwd=tmp_path
    )
    assert few.code == 2
    assert "Add 6 more" in few.err
    draft = tuningfork("decide", "--measure", rows, *where, "--draft-prompt", cwd=tmp_path)
    assert "the improved prompt: " in draft.out
    assert "and nothing else" in workspace.improved_prompt.read_text()
