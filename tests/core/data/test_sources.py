"""What a path may lead to, and lines that are too long to be held."""

import os
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest

from core.data import sources
from core.data.lines import lines_of
from core.data.sources import file_sha256, read_rows, unreadable
from core.errors import DataError, StorageError


@pytest.mark.parametrize("longest", [1, 4, 5, 6, 100])
def test_lines_are_those_of_an_editor_whatever_the_limit(longest: int) -> None:
    content = b"12345\n\n123456789\r\nx\nend"
    found = list(lines_of(BytesIO(content), longest=longest))
    assert [line.number for line in found] == [1, 2, 3, 4, 5]
    assert [line.offset for line in found] == [0, 6, 7, 18, 20]
    assert sum(line.length for line in found) == len(content)
    whole = [line.rstrip(b"\r\n") for line in content.splitlines(keepends=True)]
    for line, expected in zip(found, whole, strict=True):
        assert line.raw == (
            expected if line.length <= longest + 1 and line.raw is not None else None
        )
        assert (line.raw is not None) or line.length > longest


def test_a_line_beyond_the_limit_is_named_and_never_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, huge = 1 << 20, 64 << 20
    monkeypatch.setattr(sources, "lines_of", lambda file: lines_of(file, longest=limit))
    file = tmp_path / "rows.jsonl"
    with file.open("wb") as out:
        out.write(b'{"text": "first"}\n')
        out.truncate(18 + huge)
        out.seek(0, os.SEEK_END)
        out.write(b'\n{"text": "last"}\n')
    tracemalloc.start()
    rows = list(read_rows(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.number for row in rows if row.example] == [1, 3]
    assert rows[1].faults[0].message.startswith(f"is {huge + 1:,} bytes long")
    assert peak < 8 * limit


def test_something_else_that_is_missing_is_not_taken_for_the_file(tmp_path: Path) -> None:
    missing = FileNotFoundError(2, "No usable temporary directory found")
    said = unreadable(missing, tmp_path / "rows.jsonl")
    assert isinstance(said, StorageError)
    assert "temporary" in said.why


def test_only_a_plain_file_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path, words in (
        (tmp_path, "a folder"),
        (tmp_path / "fifo", "a pipe"),
        (Path(os.devnull), "a device"),
        (tmp_path / "nowhere", "nowhere"),
        (tmp_path / "fifo" / "x", "nowhere"),
    ):
        for opener in (file_sha256, lambda path: list(read_rows(path))):
            with pytest.raises(DataError, match="no file") as caught:
                opener(path)
            assert words in caught.value.why
