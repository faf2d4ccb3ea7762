"""Every line is found at its number, whatever the file holds."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import line_index
from core.data.line_index import LineIndex
from core.errors import StorageError


@settings(max_examples=80, deadline=None)
@given(
    content=st.lists(st.sampled_from([b"\n", b"\r\n", b"a", b"{}", b"\0"]), max_size=40).map(
        b"".join
    ),
    chunk=st.integers(1, 9),
)
def test_lines_are_those_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, chunk: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "rows.jsonl"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(line_index, "_CHUNK", chunk)
        index = LineIndex.build(path)
    with path.open("rb") as file:
        expected = [line.rstrip(b"\r\n") for line in file]
    assert [index.line(n) for n in range(1, len(index) + 1)] == expected


def test_reading_can_be_ended_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"{}\n" * 100)
    monkeypatch.setattr(line_index, "_CHUNK", 30)
    heard: list[int] = []
    index = LineIndex.build(path, go_on=lambda done, _: not heard.append(done) and done < 60)
    assert heard == [30, 60]
    assert len(index) == 20
    assert index.line(20) == b"{}"


def test_a_file_that_went_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"{}\n")
    index = LineIndex.build(path)
    path.unlink()
    with pytest.raises(StorageError):
        index.line(1)
