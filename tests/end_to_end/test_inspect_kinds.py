"""`tuningfork inspect` on files that are not JSONL, as a person would call it."""

import gzip
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from core.data.sources import file_sha256
from core.data.staging.opening import open_source
from core.data.triage.desk import Desk
from core.data.triage.operations import Drop
from core.workspace import create_workspace
from tests.support.command import TUNINGFORK, tuningfork

TABLE = "question,answer\n" + "".join(f'"what is\n{n}?",it is {n}\n' for n in range(1, 61))


def test_a_table_gets_roles_that_its_workspace_remembers(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    tuningfork("init", workspace, cwd=tmp_path)
    (tmp_path / "qa.csv").write_text(TABLE + "only one\n")
    unknown = tuningfork("inspect", tmp_path / "qa.csv", cwd=workspace)
    assert unknown.code == 2
    assert "--map question=user --map answer=assistant" in unknown.out
    assert "row 1 is line 2, row 2 is line 4" in unknown.out
    roles = ("--map", "question=user", "--map", "answer=assistant")
    mapped = tuningfork("inspect", tmp_path / "qa.csv", *roles, cwd=workspace)
    assert mapped.code == 1
    assert "61 rows, 60 usable" in mapped.out
    again = tuningfork("inspect", tmp_path / "qa.csv", "--json", cwd=workspace).json
    assert (again["valid_rows"], again["source"]) == (60, str(tmp_path / "qa.csv"))
    assert again["read_as"]["mapping"] == {"question": "user", "answer": "assistant"}
    (finding,) = [one for one in again["findings"] if one["check"] == "schema"]
    assert (finding["rows"], finding["places"]) == ([61], ["line 122"])
    assert finding["faults"][0]["message"] == "has 1 fields where the header has 2"
    (tmp_path / "qa.csv").write_text(TABLE + "only one\nonly two,\n" + '"what is\n7?",it is 7\n')
    split = tuningfork("split", tmp_path / "qa.csv", "-w", workspace, "--json", cwd=tmp_path)
    assert split.json["name"] == "qa"
    twice = "duplicate: has the same content as line 14"
    left = {one["place"]: one["reason"] for one in split.json["left_out"]}
    assert set(left) == {"line 122", "line 123", "line 124"}
    assert left["line 124"] == twice
    said = tuningfork("split", tmp_path / "qa.csv", "-w", workspace, cwd=tmp_path).out
    assert f"left out: line 124: {twice}" in said
    assert (workspace / "data" / "qa" / "train.jsonl").exists()


def test_a_pipe_is_read_without_a_workspace(tmp_path: Path) -> None:
    rows = [{"instruction": f"do {n}", "output": f"did {n}"} for n in range(60)]
    done = subprocess.run(
        [TUNINGFORK, "inspect", "-", "--json"],
        input=gzip.compress(json.dumps(rows).encode()),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={"XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin"},
    )
    said = json.loads(done.stdout)
    assert (said["format"], said["source"], said["read_as"]["kind"]) == ("alpaca", "-", "json")
    assert said["read_as"]["shapes"] == {"alpaca": 60}
    assert not done.stderr


def test_what_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "a.parquet"
    broken.write_bytes(b"PAR1 and no more")
    for name, words in ((broken, "cannot be read as Parquet"), ("owner/name", "hf://owner/name")):
        done = tuningfork("inspect", name, cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert words in done.err
        assert "Traceback" not in done.err


def test_rows_of_a_table_are_mended_like_any_others(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    (tmp_path / "qa.csv").write_text("prompt,completion\nq,a\nother,\n")
    source = open_source(str(tmp_path / "qa.csv"), cache=workspace.source_cache)
    assert source.jsonl.name == "qa.jsonl"
    desk = Desk.open(
        workspace,
        source.jsonl,
        sha256=file_sha256(source.jsonl),
        salt=b"0123456789abcdef",
        by="me",
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    desk.do(Drop(rows=(2,), check="", reason="no answer"), now=datetime(2026, 1, 1, tzinfo=UTC))
    words = ("clean", tmp_path / "qa.csv", "-o", tmp_path / "clean.jsonl", "-w", workspace.root)
    done = tuningfork(*words, cwd=tmp_path)
    assert done.code == 0, done.err
    assert (tmp_path / "clean.jsonl").read_text() == '{"prompt":"q","completion":"a"}\n'
