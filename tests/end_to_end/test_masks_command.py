"""`tuningfork masks` says before a launch what the launch would train, or why it would refuse."""

import json
from pathlib import Path

import pytest

from tests.support.command import Done, tuningfork

ROWS = 40


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("masks") / "w"
    assert tuningfork("init", root, cwd=root.parent).code == 0
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"question {n * 7} about w{n}" + " more" * (n % 7)},
                {"role": "assistant", "content": f"answer {n * 13}"},
            ]
        }
        for n in range(ROWS)
    ]
    source = root / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert tuningfork("split", source, "-w", root, cwd=root).code == 0
    (root / "recipe.toml").write_text('name = "r"\n[data]\nsplit = "rows"\n')
    return root


def ask(workspace: Path, *words: str) -> Done:
    return tuningfork("masks", workspace / "recipe.toml", *words, "-w", workspace, cwd=workspace)


def test_the_account_and_a_row_are_printed_and_kept(workspace: Path) -> None:
    first = ask(workspace, "--row", "2")
    assert first.code == 0, first
    lines = first.out.splitlines()
    assert lines[0].endswith("rows: nothing is cut, every row trains something")
    assert any(line.startswith("Train row 2") for line in lines)
    assert any(" trained " in line and line.endswith('"<|end|>"') for line in lines)
    assert "reading tokens" in first.err
    again = ask(workspace, "--row", "2")
    assert again.out == first.out
    assert again.err.splitlines() == ["looking for tokens made before …"]


def test_json_keeps_its_contract(workspace: Path) -> None:
    result = ask(workspace, "--row", "1", "--validation", "--json").json
    assert set(result) >= {"limit", "rows", "zero", "cut", "strategies", "findings", "row", "path"}
    assert result["refused"] is None
    assert (workspace / result["path"]).is_file()
    (row,) = result["row"]
    assert row["part"] == "validation"
    assert len(row["each"]) == row["tokens"] + row["padded"]
    assert sum(one["kind"] == "trained" for one in row["each"]) == row["supervised"]


def test_a_launch_that_would_be_refused_is_said_by_the_exit_code(workspace: Path) -> None:
    done = ask(workspace, "--set", "data.max_tokens=16", "--json")
    assert done.code == 1, done
    result = done.json
    assert result["refused"]["error"] == "RecipeError"
    assert result["findings"][0]["id"] == "too_long"
    assert result["findings"][0]["rows"]["train"]


def test_a_row_or_a_split_that_is_not_there_is_said_in_three_lines(workspace: Path) -> None:
    missing = ask(workspace, "--row", "4000")
    assert missing.code == 2
    assert "no train row 4000" in missing.err.splitlines()[-3]
    other = ask(workspace, "--set", "data.split=nowhere")
    assert other.code == 2
    assert "no split nowhere" in other.err


def plan(workspace: Path, *words: str) -> Done:
    recipe = workspace / "recipe.toml"
    return tuningfork("train", recipe, "--dry-run", *words, "-w", workspace, cwd=workspace)


def test_a_dry_run_counts_the_rows_and_says_what_the_run_takes(workspace: Path) -> None:
    done = plan(workspace)
    assert done.code == 0, done
    assert "# rows    ✓ " in done.out
    assert "# memory  ✓ " in done.out
    assert "the longest row has" in done.out
    found = plan(workspace, "--json").json
    assert found["estimate"]["peak_bytes"] < found["estimate"]["free_bytes"]
    assert not found["estimate"]["peak_is_bound"]
    assert found["rows"]["refused"] is None
    assert found["recipe"]["data"]["max_tokens"] % 64 == 0


def test_a_dry_run_says_by_its_exit_code_that_a_launch_would_be_refused(workspace: Path) -> None:
    done = plan(workspace, "--set", "data.max_tokens=16")
    assert done.code == 1
    assert "# REFUSED: " in done.out
    assert "longer than 16 tokens" in done.out
