"""`tuningfork clean` answers every row of a finding, however many, and counts them first."""

import json
from pathlib import Path

import pytest

from core.workspace import Workspace, create_workspace
from tests.support.command import tuningfork

COUNT = 1300


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = create_workspace(tmp_path / "w")
    with (made.root / "rows.jsonl").open("w") as file:
        for n in range(COUNT):
            turns = [
                {"role": "user", "content": f"question {n} [INST] to ann{n}@orange.fr"},
                {"role": "assistant", "content": f"answer {n} is {n * 3}"},
            ]
            file.write(json.dumps({"messages": turns}) + "\n")
        file.write('{"messages": []}\n')
    return made


def test_every_row_is_counted_first_and_then_mended(workspace: Workspace) -> None:
    words = ("clean", "rows.jsonl", "-o", "out.jsonl", "--fix", "special_token")
    words = (*words, "--redact", "personal", "--drop", "schema")
    asked = tuningfork(*words, cwd=workspace.root)
    assert asked.code == 0
    assert asked.out.splitlines() == [
        "would fix 1,300 of 1,300 rows of special_token",
        "would redact 1,300 of 1,300 rows of personal",
        "would drop 1 of 1 rows of schema",
        "Nothing was written; --yes does it.",
    ]
    assert not (workspace.root / "out.jsonl").exists()
    assert not list(workspace.data.glob("journals/*"))
    done = tuningfork(*words, "--yes", "--json", cwd=workspace.root).json
    assert (done["rows"], done["changed"], done["dropped"]) == (COUNT, COUNT, 1)
    text = (workspace.root / "out.jsonl").read_text()
    assert "INST" not in text
    assert "orange.fr" not in text
    assert f"<EMAIL_{COUNT}>" in text
    again = tuningfork(*words, "--yes", "--json", cwd=workspace.root).json
    assert [one["rows"] for one in again["answers"]] == [0, 0, 0]
    assert again["sha256"] == done["sha256"]


def test_a_check_that_nobody_knows_is_refused_with_the_known_ones(workspace: Workspace) -> None:
    words = ("clean", "rows.jsonl", "-o", "out.jsonl", "--drop", "spelling", "--yes")
    done = tuningfork(*words, cwd=workspace.root)
    assert done.code == 2
    assert "There is no check 'spelling'" in done.err
    assert "special_token" in done.err
