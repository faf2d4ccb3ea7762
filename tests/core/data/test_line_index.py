"""Every line is found at its number, whatever the file holds."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import line_index
from core.data.line_index import LineIndex
from core.data.scan.source import Source
from core.data.sources import file_sha256, read_rows
from core.errors import StorageError

SAMPLE = Path(__file__).parents[3] / "sample_data" / "support_tickets.jsonl"


def index_of(path: Path, *, piece_bytes: int = 1 << 20) -> Source:
    source = Source(path, piece_bytes=piece_bytes)
    with path.open("rb") as file:
        list(source.pieces(file))
    return source


@settings(max_examples=80, deadline=None)
@given(
    content=st.lists(st.sampled_from([b"\n", b"\r\n", b"a", b"{}", b"\0"]), max_size=40).map(
        b"".join
    ),
    piece=st.integers(1, 9),
)
def test_lines_are_those_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, piece: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "rows.jsonl"
    path.write_bytes(content)
    source = index_of(path, piece_bytes=piece)
    with path.open("rb") as file:
        expected = [line.rstrip(b"\r\n") for line in file]
    assert [source.index.line(n) for n in range(1, len(source.index) + 1)] == expected
    assert source.sha256 == file_sha256(path)


def test_a_row_is_read_again_by_its_number() -> None:
    assert index_of(SAMPLE).index.row(5) == list(read_rows(SAMPLE))[4]


def test_of_a_long_line_the_beginning_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_index, "_SHOWN", 3)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"[12345]\n")
    index = index_of(path).index
    assert index.line(1) == b"[12"
    assert index.row(1).value == [12345]


def test_a_file_that_went_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"{}\n")
    index = index_of(path).index
    path.unlink()
    with pytest.raises(StorageError):
        index.line(1)


def test_lines_that_were_not_read_yet_are_unknown(tmp_path: Path) -> None:
    index = LineIndex(tmp_path / "rows.jsonl")
    index.extend(b"{}\n[]\n")
    assert (len(index), index.end) == (2, 6)
