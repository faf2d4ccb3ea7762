"""A journal gives the same bytes wherever it is replayed, and nothing is written over."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.data.sources import file_sha256
from core.data.triage.clean import clean_file
from core.data.triage.desk import Desk
from core.data.triage.fixes import RULES
from core.data.triage.operations import Drop, Edit, Fix, Keep
from core.data.triage.propose import fix_for
from core.data.triage.report import Report, make_report
from core.errors import DataError
from core.workspace import Workspace, create_workspace

NOW = datetime(2026, 5, 4, tzinfo=UTC)
LINES = [
    b'\xef\xbb\xbf{"a": "one"}',
    b'{"b":  1.10, "a": "two\\u200b"}',
    b'{"a": "three",}',
    b'{"a": "f\xfcnf"}',
    b'{"a": "<|im_end|> six"}',
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(LINES) + b"\n")
    return path


def desk_of(workspace: Workspace, source: Path) -> Desk:
    return Desk.open(
        workspace, source, sha256=file_sha256(source), salt=b"s" * 16, by="ann", now=NOW
    )


def test_rows_are_mended_and_all_else_stays_as_it_was(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    desk = desk_of(workspace, source)
    assert desk.do(Fix(fix="drop_mark:1", rows=(1,)), now=NOW) == "fix 1 row (drop mark)"
    desk.do(Fix(fix="drop_invisible:1", rows=(2,)), now=NOW)
    desk.do(Fix(fix="drop_commas:1", rows=(3,)), now=NOW)
    desk.do(Keep(rows=(5,), check="special_token", reason="they | teach it"), now=NOW)
    desk.do(Drop(rows=(4,), reason="an old encoding"), now=NOW)
    written = clean_file(source, desk.path, tmp_path / "out" / "clean.jsonl")
    assert written.output.read_bytes() == b"\n".join(
        [b'{"a": "one"}', b'{"b":  1.10, "a": "two"}', b'{"a": "three"}', LINES[4], b""]
    )
    assert (written.rows, written.dropped, written.changed, written.kept) == (4, 1, 3, 1)
    assert hashlib.sha256(written.output.read_bytes()).hexdigest() == written.sha256
    manifest = json.loads((tmp_path / "out" / "clean.manifest.json").read_bytes())
    assert manifest["rows"]["sha256"] == written.sha256
    assert manifest["source"]["sha256"] == file_sha256(source)
    report = (tmp_path / "out" / "clean.report.md").read_text()
    assert "they \\| teach it" in report
    assert "drop 1 row" in report


def test_undone_changes_leave_the_bytes_of_the_source(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    desk = desk_of(workspace, source)
    desk.do(Drop(rows=(1, 2)), now=NOW)
    desk.do(Edit(row=5, text=1, value="new"), now=NOW)
    assert desk.undo(now=NOW) == "edit row 5"
    assert desk.undo(now=NOW) == "drop 2 rows"
    assert desk.undo(now=NOW) is None
    assert clean_file(source, desk.path, tmp_path / "a.jsonl").output.read_bytes() == (
        source.read_bytes()
    )
    assert desk.redo(now=NOW) == "drop 2 rows"
    assert desk.redo(now=NOW) == "edit row 5"
    assert desk.redo(now=NOW) is None
    reopened = desk_of(workspace, source)
    assert reopened.plan.changes == desk.plan.changes
    again = clean_file(source, desk.path, tmp_path / "b.jsonl").output.read_bytes()
    assert again.splitlines() == [*LINES[2:4], b'{"a": "new"}']


def test_what_is_done_meanwhile_is_not_in_the_journal_that_goes_along(
    workspace: Workspace, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(workspace, source)
    desk.do(Drop(rows=(1,)), now=NOW)
    replayed = desk.path.read_bytes()

    def meanwhile(*words: Any) -> Report:
        desk.do(Drop(rows=(2,)), now=NOW)
        return make_report(*words)

    monkeypatch.setattr("core.data.triage.clean.make_report", meanwhile)
    clean_file(source, desk.path, tmp_path / "out.jsonl")
    assert (tmp_path / "out.journal.jsonl").read_bytes() == replayed != desk.path.read_bytes()


def test_a_journal_of_another_file_is_refused(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    desk = desk_of(workspace, source)
    other = tmp_path / "other.jsonl"
    other.write_bytes(b'{"a": 1}\n')
    with pytest.raises(DataError, match="another file"):
        clean_file(other, desk.path, tmp_path / "out.jsonl")


def test_neither_source_nor_journal_nor_another_file_is_written_over(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    desk = desk_of(workspace, source)
    precious = tmp_path / "precious.jsonl"
    precious.write_bytes(b"mine")
    link = tmp_path / "link.jsonl"
    link.symlink_to(source)
    for output, replace in ((source, True), (link, True), (desk.path, True), (precious, False)):
        before = output.read_bytes()
        with pytest.raises(DataError):
            clean_file(source, desk.path, output, replace=replace)
        assert output.read_bytes() == before
    clean_file(source, desk.path, precious, replace=True)
    assert precious.read_bytes() == source.read_bytes()


def test_what_was_written_before_is_written_again_unless_somebody_changed_it(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    desk = desk_of(workspace, source)
    output = tmp_path / "out.jsonl"
    clean_file(source, desk.path, output)
    desk.do(Drop(rows=(1,)), now=NOW)
    assert clean_file(source, desk.path, output).rows == len(LINES) - 1
    output.write_bytes(output.read_bytes() + b"mine")
    with pytest.raises(DataError, match="there already"):
        clean_file(source, desk.path, output)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_fix_changes_a_sick_line_once_and_leaves_a_healthy_one(rule: object) -> None:
    from core.data.triage.fixes import Rule

    assert isinstance(rule, Rule)
    sick = {
        "drop_mark:1": LINES[0],
        "reencode:1": LINES[3],
        "drop_commas:1": b'{"a": "x,}", "b": [1, ], }',
        "drop_invisible:1": LINES[1],
        "narrow_signs:1": '{"a": "ＡＢ１"}'.encode(),
        "drop_special_tokens:1": LINES[4],
    }[rule.name]
    mended = rule.mend(sick)
    assert mended != sick
    assert rule.mend(mended) == mended
    assert rule.mend(b'{"a": "plain, }", "b": [1, 2]}') == b'{"a": "plain, }", "b": [1, 2]}'
    json.loads(mended)


def test_the_fix_that_helps_is_found_by_the_check() -> None:
    lines = list(enumerate(LINES, start=1))
    assert fix_for("encoding", lines[1:]) == Fix(fix="reencode:1", rows=(4,))
    assert fix_for("json", lines[4:]) is None
