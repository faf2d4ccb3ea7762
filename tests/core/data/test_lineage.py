"""A row that was mended keeps the side that it had, whatever was done to it."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.data.dataset import read_salt
from core.data.holdout_lock import read_lock
from core.data.lineage import Ancestors, lineage_of
from core.data.sources import file_sha256
from core.data.split import split_file
from core.data.split_result import SplitResult
from core.data.triage.clean import clean_file
from core.data.triage.desk import Desk
from core.data.triage.operations import Change, Drop, Edit
from core.errors import DataError
from core.workspace import Workspace, create_workspace
from tests.support.split_draft import line

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUESTION, ANSWER = 4, 8
"""Their numbers among the texts of a line: names of fields count."""


def row(n: int) -> str:
    words = " ".join(f"w{n}x{at}" for at in range(12))
    return line(f"question {words}", f"answer {n} is {n * 7}")


ROWS = [row(n) for n in range(60)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.jsonl"
    path.write_text("\n".join(ROWS) + "\n")
    return path


def split(workspace: Workspace, source: Path, *, new_version: bool = False) -> SplitResult:
    return split_file(workspace, source, name="d", now=NOW, new_version=new_version)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def mended(workspace: Workspace, source: Path, name: str, *changes: Change) -> Path:
    """Return the file that cleaning writes after these changes."""
    salt, sha256 = read_salt(workspace), file_sha256(source)
    desk = Desk.open(workspace, source, sha256=sha256, salt=salt, by="ann", now=NOW)
    for change in changes:
        desk.do(change, now=NOW)
    return clean_file(source, desk.path, source.with_name(name)).output


def reworded(number: int, words: str) -> Edit:
    return Edit(row=number, text=QUESTION, value=words)


def number_of(source: Path, text: str) -> int:
    return lines(source).index(text) + 1


def test_a_holdout_row_mended_in_the_journal_stays_holdout(
    workspace: Workspace, source: Path
) -> None:
    first = split(workspace, source)
    lock = first.folder.lock.read_bytes()
    held = lines(first.folder.holdout)
    number = number_of(source, held[0])
    cleaned = mended(workspace, source, "mended.jsonl", reworded(number, "all other words now"))
    new = lines(cleaned)[number - 1]
    assert new != held[0]

    same = split(workspace, cleaned)
    assert (same.version, same.folder.lock.read_bytes()) == (1, lock)
    assert lines(same.folder.holdout) == held
    assert [(one.row, one.reason) for one in same.quarantined] == [
        (number, "is an edited form of a locked holdout row")
    ]
    assert new not in lines(same.folder.train) + lines(same.folder.validation)

    later = split(workspace, cleaned, new_version=True)
    assert later.version == 2
    assert set(lines(later.folder.holdout)) == {*held[1:], new}
    assert read_lock(later.folder.path / "holdout.1.lock").root == first.root


def test_a_file_cleaned_twice_is_followed_to_its_first_source(
    workspace: Workspace, source: Path
) -> None:
    held = lines(split(workspace, source).folder.holdout)
    number = number_of(source, held[0])
    once = mended(workspace, source, "once.jsonl", reworded(number, "all other words now"))
    twice = mended(workspace, once, "twice.jsonl", reworded(number, "and still others later"))
    (one,) = split(workspace, twice).quarantined
    assert one.row == number


def test_the_source_is_found_where_it_was_split(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    held = lines(split(workspace, source).folder.holdout)
    number = number_of(source, held[0])
    cleaned = mended(workspace, source, "mended.jsonl", reworded(number, "all other words now"))
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in tmp_path.glob("mended.*"):
        shutil.move(path, moved)
    (one,) = split(workspace, moved / cleaned.name).quarantined
    assert one.row == number


def _gone(cleaned: Path, source: Path) -> None:
    source.unlink()


def _changed(cleaned: Path, source: Path) -> None:
    cleaned.write_text(cleaned.read_text() + row(99) + "\n")


@pytest.mark.parametrize("spoil", [_gone, _changed])
def test_what_cannot_be_followed_is_refused_and_never_trained(
    workspace: Workspace, source: Path, spoil: Callable[[Path, Path], None]
) -> None:
    first = split(workspace, source)
    number = number_of(source, lines(first.folder.holdout)[0])
    cleaned = mended(workspace, source, "mended.jsonl", reworded(number, "all other words now"))
    spoil(cleaned, source)
    with pytest.raises(DataError, match="1 of its 9 rows are not in this file"):
        split(workspace, cleaned)


def test_a_journal_of_another_moment_is_refused(workspace: Workspace, source: Path) -> None:
    first = split(workspace, source)
    number = number_of(source, lines(first.folder.holdout)[0])
    cleaned = mended(workspace, source, "mended.jsonl", reworded(number, "all other words now"))
    journal = cleaned.with_name("mended.journal.jsonl")
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:1]))
    with pytest.raises(DataError, match="not the one that the file was made with"):
        split(workspace, cleaned)


def test_a_dropped_holdout_row_needs_a_new_version(workspace: Workspace, source: Path) -> None:
    first = split(workspace, source)
    number = number_of(source, lines(first.folder.holdout)[0])
    cleaned = mended(workspace, source, "mended.jsonl", Drop(rows=(number,)))
    with pytest.raises(DataError, match="1 of its 9 rows are not in this file"):
        split(workspace, cleaned)
    assert split(workspace, cleaned, new_version=True).version == 2


def test_a_train_row_that_becomes_equal_to_a_mended_holdout_row_leaves_train(
    workspace: Workspace, source: Path
) -> None:
    first = split(workspace, source)
    held, trained = lines(first.folder.holdout)[0], lines(first.folder.train)[0]
    one, other = number_of(source, held), number_of(source, trained)

    def same(number: int) -> list[Change]:
        return [reworded(number, "same words"), Edit(row=number, text=ANSWER, value="same")]

    cleaned = mended(workspace, source, "mended.jsonl", *same(one), *same(other))
    both = [lines(cleaned)[at - 1] for at in (one, other)]
    assert json.loads(both[0])["messages"][0] == json.loads(both[1])["messages"][0]
    again = split(workspace, cleaned)
    assert not set(both) & {*lines(again.folder.train), *lines(again.folder.validation)}


def test_all_earlier_forms_are_known_and_circles_end() -> None:
    ancestors = Ancestors(((b"a", b"c"), (b"b", b"c"), (b"z", b"a"), (b"c", b"z")))
    assert ancestors.of(b"c") == [b"a", b"b", b"z"]
    assert ancestors.of(b"unknown") == []


def test_one_row_that_became_several_is_the_ancestor_of_each() -> None:
    salt = b"s" * 16
    edits = [(ROWS[0].encode(), ROWS[n].encode()) for n in (1, 2)]
    lineage = lineage_of(edits, salt)
    (old,) = {old for old, _ in lineage}
    assert [Ancestors(lineage).of(new) for _, new in lineage] == [[old], [old]]
