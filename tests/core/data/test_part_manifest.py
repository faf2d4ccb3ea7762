"""A part is used only as its split wrote it."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.data.dataset import DatasetFolder
from core.data.part_manifest import Part, manifest_bytes, read_manifest, refuse_changed
from core.data.split import split_file
from core.errors import DataError
from core.training.rows import check_holdout, read_parts
from core.workspace import Workspace, create_workspace
from tests.support.split_draft import line

LINES = [line(f"question {n} about topic {n * 7}", f"answer {n}") for n in range(40)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = create_workspace(tmp_path / "ws")
    source = tmp_path / "rows.jsonl"
    source.write_text("\n".join(LINES) + "\n")
    split_file(workspace, source, name="d", now=datetime(2026, 1, 1, tzinfo=UTC))
    return workspace


def test_the_manifest_has_the_hash_and_the_rows_of_every_part(workspace: Workspace) -> None:
    folder = DatasetFolder(workspace.data / "d")
    parts = read_manifest(folder.manifest)
    assert parts == {
        path.name: Part(
            rows=sum(line[:1] == b"{" or line[:4] == b"row " for line in lines),
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in (folder.train, folder.validation, folder.holdout, folder.lock)
        for lines in [path.read_bytes().split(b"\n")]
    }


@pytest.mark.parametrize("part", ["train", "validation"])
def test_training_refuses_a_part_that_was_changed_and_names_it(
    workspace: Workspace, part: str
) -> None:
    check_holdout(workspace, "d", read_parts(workspace, "d"))
    path = workspace.data / "d" / f"{part}.jsonl"
    path.write_text(path.read_text() + line("one more", "that no split has seen") + "\n")
    parts = read_parts(workspace, "d")
    with pytest.raises(DataError, match=rf"{part}\.jsonl is not the part that the split wrote"):
        check_holdout(workspace, "d", parts)
    assert check_holdout(workspace, "d", parts, override="looked at by hand").override == ""


def test_a_folder_that_no_split_made_is_used_as_it_is(workspace: Workspace) -> None:
    folder = DatasetFolder(workspace.data / "d")
    folder.manifest.unlink()
    folder.train.write_text(line("anything", "at all") + "\n")
    check_holdout(workspace, "d", read_parts(workspace, "d"))


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"split_manifest": 2, "parts": {}}'])
def test_a_manifest_that_says_nothing_is_refused(tmp_path: Path, said: str) -> None:
    (tmp_path / "manifest.json").write_text(said)
    with pytest.raises(DataError, match="cannot be trusted"):
        refuse_changed(tmp_path, {})


def test_the_same_parts_are_the_same_bytes() -> None:
    one, other = {"a": Part(1, "x"), "b": Part(2, "y")}, {"b": Part(2, "y"), "a": Part(1, "x")}
    assert manifest_bytes(one) == manifest_bytes(other)
    assert json.loads(manifest_bytes(one))["parts"]["a"] == {"rows": 1, "sha256": "x"}
