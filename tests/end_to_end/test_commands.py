"""The command line from outside: what it prints, what it promises to programs, how it exits."""

import json
import tomllib
from pathlib import Path

import pytest

from core.events.schema import Resumed
from core.workspace import RunFolder
from tests.support.command import Done, tuningfork
from tests.support.jobs import read_events, wait_for_step

STATUS_KEYS = {
    "run",
    "state",
    "phase",
    "step",
    "total_steps",
    "train_loss",
    "eval_loss",
    "best_step",
    "eta_s",
    "alerts",
}
ANSWERS = (
    'strong_prompt_tried = "yes"\nstrong_prompt_solves = "no"\n'
    'fixed_format_or_tone = "yes"\nlabelled_examples = 600\n'
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    assert tuningfork("init", folder, "--name", "Trial", cwd=tmp_path).code == 0
    return folder


def _train(workspace: Path, *words: str, **script: float) -> Done:
    recipe = workspace.parent / "recipe.toml"
    lines = "\n".join(f"{name} = {value}" for name, value in script.items())
    recipe.write_text(f'name = "trial"\ntrainer = "rehearsal"\n[rehearsal]\n{lines}\n')
    return tuningfork("train", recipe, "-w", workspace, *words, cwd=workspace.parent)


def _ask(workspace: Path, *words: str) -> Done:
    return tuningfork(*words, "-w", workspace, cwd=workspace.parent)


def test_a_followed_run_ends_with_its_result(workspace: Path) -> None:
    done = _train(workspace, steps=60, rate=20)
    assert done.code == 0, done
    lines = done.out.splitlines()
    assert "state: running" in lines
    assert any(line.startswith("finished: ") for line in lines)
    assert "\x1b" not in done.out


def test_a_run_that_fails_exits_with_no(workspace: Path) -> None:
    done = _train(workspace, steps=40, rate=200, fail_at=5)
    assert done.code == 1
    assert "failed: " in done.out
    assert "what to do: " in done.out


def test_the_status_of_a_run_keeps_its_contract(workspace: Path) -> None:
    launched = _train(workspace, "--detach", "--json", steps=40, rate=200).json
    assert set(launched) >= {"run", "directory"}
    assert Path(launched["directory"]).is_dir()
    followed = _ask(workspace, "watch", launched["run"], "--json").json
    assert set(followed) >= STATUS_KEYS
    assert followed["state"] == "finished"
    assert followed["step"] == followed["total_steps"] == 40
    asked = _ask(workspace, "status", "--json").json
    # A worker lives on for a moment after it has said that it is done.
    assert asked | {"liveness": ""} == followed | {"liveness": ""}


def test_a_second_run_waits_its_turn_and_says_behind_which(workspace: Path) -> None:
    first = _train(workspace, "--detach", "--json", steps=4000, rate=50).json["run"]
    second = _train(workspace, "--detach", "--json", steps=20, rate=200).json["run"]
    waiting = _ask(workspace, "status", second, "--json").json
    assert (waiting["state"], waiting["behind"]) in {("queued", first), ("starting", "")}
    stopped = _ask(workspace, "stop", first, "--json")
    assert stopped.code == 0
    assert stopped.json["accepted"] is True
    assert _ask(workspace, "watch", first, "--json").json["state"] == "stopped"
    assert _ask(workspace, "watch", second, "--json").json["state"] == "finished"
    listed = _ask(workspace, "runs", "--json").json
    assert [job["run"] for job in listed] == sorted((first, second), reverse=True)


def test_a_stopped_run_goes_on_where_it_was(workspace: Path) -> None:
    # More steps than any machine does between two commands: it runs until it is asked to stop.
    run = _train(workspace, "--detach", "--json", steps=100_000, rate=100).json["run"]
    assert "checkpoint" in _ask(workspace, "checkpoint", run).out
    assert _ask(workspace, "stop", run).code == 0
    before = _ask(workspace, "watch", run, "--json").json
    assert (before["state"], before["attempt"]) == ("stopped", 1)
    assert _ask(workspace, "resume", run).code == 0
    wait_for_step(RunFolder(workspace / "runs" / run), before["step"] + 10)
    assert _ask(workspace, "stop", run).code == 0
    after = _ask(workspace, "watch", run, "--json").json
    assert (after["state"], after["attempt"]) == ("stopped", 2)
    (resumed,) = [
        one
        for one in read_events(workspace / "runs" / run / "events.jsonl")
        if isinstance(one, Resumed)
    ]
    assert resumed.from_step == before["step"] < after["step"]


def test_a_run_that_is_over_cannot_be_stopped_or_resumed(workspace: Path) -> None:
    assert _train(workspace, steps=10, rate=200).code == 0
    for words in (("stop",), ("checkpoint",), ("resume",)):
        done = _ask(workspace, *words)
        assert done.code == 2, done
        assert len(done.err.strip().splitlines()) == 3


def test_a_dry_run_prints_the_resolved_recipe_and_launches_nothing(workspace: Path) -> None:
    done = _train(workspace, "--dry-run", "--set", "rehearsal.steps=7", rate=9)
    assert done.code == 0
    assert "steps = 7" in done.out
    assert _ask(workspace, "runs", "--json").json == []


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose rows are split, with a recipe beside it; nothing here changes it."""
    folder = tmp_path_factory.mktemp("planned") / "workspace"
    assert tuningfork("init", folder, cwd=folder.parent).code == 0
    rows = _rows(folder.parent / "rows.jsonl", broken=False)
    assert _ask(folder, "split", str(rows), "--name", "rows").code == 0
    (folder.parent / "recipe.yaml").write_text("name: a\ndata: {split: rows}\n")
    return folder


@pytest.mark.parametrize("reason", ["12345678901", 'they said "do it", and so on'])
def test_a_reason_to_train_on_the_holdout_stands_in_the_recipe_as_it_was_typed(
    planned: Path, reason: str
) -> None:
    recipe = planned.parent / "recipe.yaml"
    words = ("train", str(recipe), "--dry-run", "--allow-holdout", reason, "--json")
    plan = _ask(planned, *words).json
    assert plan["recipe"]["data"]["holdout_override"] == reason
    assert plan["command"][3:5] == ["--allow-holdout", reason]


def test_a_plan_says_what_is_chosen_and_why_and_reads_back(planned: Path) -> None:
    recipe = planned.parent / "recipe.yaml"
    words = ("train", str(recipe), "--dry-run", "--set", "lora.rank=4")
    done = _ask(planned, *words)
    assert done.code == 0, done
    assert "# chosen: epochs = 5: " in done.out
    assert "chosen: lora.rank" not in done.out
    assert f"# It runs with: tuningfork train {recipe} --set lora.rank=4 -w" in done.out
    assert tomllib.loads(done.out)["epochs"] == 5
    plan = _ask(planned, *words, "--json").json
    assert plan["recipe"]["lora"]["rank"] == 4
    assert {"field", "value", "reason"} == set(plan["chosen"][0])
    assert plan["command"][:2] == ["tuningfork", "train"]
    assert _ask(planned, "runs", "--json").json == []


def test_a_set_is_mixed_in_by_name_and_share(workspace: Path) -> None:
    rows = _rows(workspace.parent / "rows.jsonl", broken=False)
    assert _ask(workspace, "split", str(rows), "--name", "rows").code == 0
    for name in ("old.jsonl", "older.jsonl"):
        lines = rows.read_text().replace("question", f"asked for {name}")
        (workspace.parent / name).write_text(lines)
    recipe = workspace.parent / "mixing.yaml"
    recipe.write_text("name: a\ndata: {split: rows, mix: [old.jsonl]}\n")
    mixed = str(workspace.parent / "older.jsonl")
    words = ("train", str(recipe), "--dry-run", "--mix", f"{mixed}=0.1")
    plan = _ask(workspace, *words, "--json").json
    assert plan["recipe"]["data"]["mix"] == [
        {"path": str(workspace.parent / "old.jsonl"), "share": None},
        {"path": mixed, "share": 0.1},
    ]
    first, second = plan["estimate"]["mixed"]
    own = first["after"]
    assert (first["rows"], first["taken"], second["after"]) == (80, 80, own + 80)
    assert second["taken"] == round((own + 80) / 9)
    assert plan["command"][3:5] == ["--mix", f"{mixed}=0.1"]
    said = _ask(workspace, *words)
    assert said.code == 0, said
    share = second["taken"] / (own + 80 + second["taken"])
    assert f"# mixed   older.jsonl: {second['taken']} of 80 rows, {share:.1%} of all" in said.out
    assert tomllib.loads(said.out)["data"]["mix"][1] == {"path": mixed, "share": 0.1}


def test_every_field_of_a_recipe_is_printed(tmp_path: Path) -> None:
    done = tuningfork("train", "--fields", cwd=tmp_path)
    assert "lora.rank: whole number, at least 1, at most 1024; left out: 16" in done.out
    listed = tuningfork("train", "--fields", "--json", cwd=tmp_path).json
    assert {"name", "optim.lr", "rehearsal.rate"} <= {one["name"] for one in listed}
    none = tuningfork("train", cwd=tmp_path)
    assert none.code == 2
    assert "--fields" in none.err


@pytest.mark.parametrize(
    ("words", "field"), [("rehearsal.steps=0", "rehearsal.steps"), ("colour=1", "colour")]
)
def test_a_wrong_recipe_names_the_field_and_the_fix(
    workspace: Path, words: str, field: str
) -> None:
    done = _train(workspace, "--set", words, rate=9)
    assert done.code == 2
    assert field in done.err
    assert len(done.err.strip().splitlines()) == 3


def test_a_decision_keeps_its_contract_and_is_recorded(workspace: Path) -> None:
    answers = workspace.parent / "answers.toml"
    answers.write_text(ANSWERS)
    done = _ask(workspace, "decide", "--answers", str(answers), "--save", "--json")
    keys = {"recommendation", "reasons", "warnings", "would_change_if", "costs"}
    assert set(done.json) >= keys
    assert done.json["recommendation"] == "fine_tune"
    assert "Recommended: fine-tune." in _ask_overview(workspace)


def _ask_overview(workspace: Path) -> str:
    return tuningfork(workspace, "--plain", cwd=workspace.parent).out


def test_the_questions_are_listed_for_programs(tmp_path: Path) -> None:
    questions = tuningfork("decide", "--questions", "--json", cwd=tmp_path).json
    assert all(set(one) >= {"id", "text", "why", "allowed"} for one in questions)


def _rows(path: Path, broken: bool) -> Path:
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"question {word} {number * 7} about {number}"},
                {"role": "assistant", "content": f"answer {number * 13} {word}"},
            ]
        }
        for number, word in enumerate(f"w{chr(97 + place % 26)}{place}" for place in range(80))
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(text + ("{broken\n" if broken else ""))
    return path


def test_inspecting_says_no_by_its_exit_code(tmp_path: Path) -> None:
    broken = tuningfork("inspect", _rows(tmp_path / "b.jsonl", broken=True), "--json", cwd=tmp_path)
    assert broken.code == 1
    keys = {"verdict", "rows", "valid_rows", "format", "findings", "tokens", "not_scanned"}
    assert set(broken.json) >= keys
    finding = broken.json["findings"][0]
    assert set(finding) >= {"check", "severity", "count", "rows", "message", "remedy"}
    assert finding["rows"] == [81]
    clean = _rows(tmp_path / "c.jsonl", broken=False)
    assert tuningfork("inspect", clean, cwd=tmp_path).code == 0
    assert tuningfork("inspect", clean, "--fail-on", "review", cwd=tmp_path).code in {0, 1}
    empty = tmp_path / "e.jsonl"
    empty.write_text("nothing here\n")
    assert tuningfork("inspect", empty, cwd=tmp_path).code == 2
    assert tuningfork("inspect", tmp_path / "missing", cwd=tmp_path).code == 2


def test_a_split_keeps_its_contract_and_locks_the_holdout(workspace: Path) -> None:
    rows = _rows(workspace.parent / "rows.jsonl", broken=True)
    done = _ask(workspace, "split", str(rows), "--json")
    assert done.code == 0, done
    keys = {"train", "validation", "holdout", "quarantined", "lock", "clusters"}
    assert set(done.json) >= keys | {"max_cross_similarity"}
    assert done.json["train"] + done.json["validation"] + done.json["holdout"] == 80
    assert Path(done.json["lock"]).exists()
    assert _ask(workspace, "split", str(rows), "--json").json == done.json


def test_nothing_scored_yet_is_said_with_the_way_to_it(workspace: Path) -> None:
    assert "tuningfork score" in _ask(workspace, "verdict").err
    assert "tuningfork train" in _ask(workspace, "score").err


def test_the_overview_names_the_next_step(workspace: Path) -> None:
    assert "next: " in _ask_overview(workspace)


def test_the_version_is_one_line(workspace: Path) -> None:
    assert tuningfork("--version", cwd=workspace).out.startswith("tuningfork ")
