"""Whatever holds rows is opened as JSONL, and each row knows where it came from."""

import gzip
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from core.data.rows import Row
from core.data.sources import read_rows
from core.data.staging import columnar, unpack
from core.data.staging.opening import open_source
from core.data.staging.source import Options, Source, StagingCancelled
from core.data.staging.staged import prune
from core.errors import DataError, MachineError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROWS = [{"prompt": f"q{n}", "completion": f"a{n}"} for n in range(1, 6)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
TABLE = b"prompt,completion\n" + b"".join(f"q{n},a{n}\n".encode() for n in range(1, 6))

MEMBERS = gzip.compress(LINES[:40]) + gzip.compress(LINES[40:])
OBJECT = json.dumps({"v": 1, "data": ROWS, "n": {"k": 1}}, indent=1).encode()
ROW_BY_ROW = "\n".join(json.dumps(row, indent=1) for row in ROWS).encode()


def opened(tmp_path: Path, name: str, content: bytes, **options: Any) -> Source:
    (tmp_path / name).write_bytes(content)
    return open_source(str(tmp_path / name), cache=tmp_path / "cache", options=Options(**options))


def rows(source: Source) -> list[Row]:
    return list(read_rows(source.jsonl))


def values(source: Source) -> list[object]:
    return [row.value for row in rows(source)]


def table() -> Any:
    return pa.Table.from_pylist(ROWS)


def parquet_bytes(made: Any) -> bytes:
    out = io.BytesIO()
    parquet.write_table(made, out, row_group_size=2)
    return out.getvalue()


def arrow_bytes(made: Any, new: Callable[..., Any]) -> bytes:
    out = io.BytesIO()
    with new(out, made.schema) as writer:
        writer.write_table(made, max_chunksize=2)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind", "places"),
    [
        ("a.jsonl", LINES, "jsonl", ["line 1", "line 5"]),
        ("a.txt", LINES, "jsonl", ["line 1", "line 5"]),
        ("a.jsonl.gz", gzip.compress(LINES), "jsonl", ["line 1", "line 5"]),
        ("a.gz", MEMBERS, "jsonl", ["line 1", "line 5"]),
        ("a.jsonl.zst", zstd.compress(LINES), "jsonl", ["line 1", "line 5"]),
        ("misnamed.jsonl", gzip.compress(LINES), "jsonl", ["line 1", "line 5"]),
        ("a.json", json.dumps(ROWS).encode(), "json", ["line 1", "line 1"]),
        ("a.json", json.dumps(ROWS, indent=1).encode(), "json", ["line 2", "line 18"]),
        ("a.json", OBJECT, "json", ["line 4", "line 20"]),
        ("a.json", LINES, "jsonl", ["line 1", "line 5"]),
        ("a.json", ROW_BY_ROW, "json", ["line 1", "line 17"]),
        ("a.csv", TABLE, "csv", ["line 2", "line 6"]),
        ("a.csv", TABLE.replace(b",", b";"), "csv", ["line 2", "line 6"]),
        ("a.tsv.gz", gzip.compress(TABLE.replace(b",", b"\t")), "tsv", ["line 2", "line 6"]),
        ("a.parquet", parquet_bytes(table()), "parquet", ["row 1", "row 5"]),
        ("a.arrow", arrow_bytes(table(), ipc.new_file), "arrow", ["row 1", "row 5"]),
        ("b.arrow", arrow_bytes(table(), ipc.new_stream), "arrow", ["row 1", "row 5"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_every_kind_of_file_gives_the_same_rows(
    tmp_path: Path, name: str, content: bytes, kind: str, places: list[str]
) -> None:
    source = opened(tmp_path, name, content)
    assert source.kind == kind
    assert values(source) == ROWS
    assert [source.locate(1).words, source.locate(5).words] == places
    assert source.staged is (source.jsonl != tmp_path / name)
    assert all(row.example for row in rows(source))


def test_a_copy_is_made_once_and_made_anew_for_other_bytes(tmp_path: Path) -> None:
    first = opened(tmp_path, "a.csv", TABLE)
    before = first.jsonl.stat()
    assert opened(tmp_path, "a.csv", TABLE).jsonl.stat().st_ino == before.st_ino
    assert opened(tmp_path, "a.csv", TABLE + b"q,a\n").jsonl != first.jsonl
    assert opened(tmp_path, "a.csv", TABLE, kind="tsv").jsonl != first.jsonl


def test_standard_input_is_told_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content, kind in (
        (LINES, "jsonl"),
        (gzip.compress(LINES), "jsonl"),
        (json.dumps(ROWS).encode(), "json"),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        source = open_source("-", cache=tmp_path / "cache")
        assert (source.kind, source.original, values(source)) == (kind, "-", ROWS)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TABLE)))
    source = open_source("-", cache=tmp_path / "cache", options=Options(kind="csv"))
    assert values(source) == ROWS


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("words")
    (folder / "data" / "train-0.parquet").write_bytes(parquet_bytes(table().slice(0, 2)))
    (folder / "data" / "train-1.jsonl").write_bytes(b"\n".join(LINES.splitlines()[2:]))
    source = open_source(str(folder), cache=tmp_path / "cache")
    assert (source.kind, values(source)) == ("folder", ROWS)
    assert [source.locate(n).words for n in (2, 3)] == [
        "row 2 of data/train-0.parquet",
        "line 1 of data/train-1.jsonl",
    ]
    (folder / "data" / "test.csv").write_bytes(TABLE)
    with pytest.raises(DataError, match="several splits") as caught:
        open_source(str(folder), cache=tmp_path / "cache")
    assert "test, train" in caught.value.why
    chosen = open_source(str(folder), cache=tmp_path / "cache", options=Options(split="test"))
    assert chosen.locate(1).words == "line 2 of data/test.csv"
    with pytest.raises(DataError, match="no split 'dev'"):
        open_source(str(folder), cache=tmp_path / "cache", options=Options(split="dev"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no file of rows"):
        open_source(str(tmp_path / "empty"), cache=tmp_path / "cache")


def test_what_datasets_saved_is_read_without_it(tmp_path: Path) -> None:
    def saved(folder: Path, part: Any) -> None:
        folder.mkdir(parents=True)
        (folder / "data-00000-of-00001.arrow").write_bytes(arrow_bytes(part, ipc.new_stream))
        (folder / "state.json").write_text(
            '{"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}'
        )
        (folder / "dataset_info.json").write_text("{}")

    saved(tmp_path / "one", table())
    assert values(open_source(str(tmp_path / "one"), cache=tmp_path / "cache")) == ROWS
    saved(tmp_path / "two" / "train", table())
    saved(tmp_path / "two" / "test", table().slice(4))
    (tmp_path / "two" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(DataError, match="several splits"):
        open_source(str(tmp_path / "two"), cache=tmp_path / "cache")
    source = open_source(
        str(tmp_path / "two"), cache=tmp_path / "cache", options=Options(split="test")
    )
    assert values(source) == ROWS[4:]


def test_nulls_of_columns_count_as_left_out(tmp_path: Path) -> None:
    called = {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function"}]}
    turns = [{"role": "user", "content": "hi"}, called]
    content = parquet_bytes(pa.Table.from_pylist([{"messages": turns}]))
    (row,) = rows(opened(tmp_path, "a.parquet", content))
    assert row.value == {"messages": [turns[0], {k: v for k, v in called.items() if v}]}
    assert row.example


def test_a_missing_reader_names_the_command_that_adds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MachineError, match="pyarrow") as caught:
        opened(tmp_path, "a.parquet", b"PAR1")
    assert "pip install" in caught.value.remedy
    with pytest.raises(MachineError, match="datasets"):
        open_source("hf://owner/name", cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.gz", gzip.compress(LINES)[:-9], "ends early"),
        ("a.gz", b"\x1f\x8b\x08" + b"\x55" * 30, "damaged"),
        ("a.zst", zstd.compress(LINES)[:-4], "ends early"),
        ("a.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 30, "damaged"),
        ("a.parquet", b"PAR1 columns", "cannot be read as Parquet"),
        ("a.parquet.gz", gzip.compress(b"PAR1 columns"), "packed Parquet"),
        ("a.zip", b"PK\x03\x04rest", "a zip archive"),
        ("a.csv", "prompt,completion\n".encode("utf-16"), "UTF-16"),
        ("a.csv", b"", "names no columns"),
        ("a.csv", b"a,a\n1,2\n", "'a' twice"),
        ("a.json", b'{"a": [{"x": 1}], "b": [{"y": 1}]}', "a and b"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_said_in_words(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(DataError) as caught:
        opened(tmp_path, name, content)
    assert words in str(caught.value)
    assert not list((tmp_path / "cache").glob("*"))


def test_a_file_made_to_fill_the_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "UNSUSPECTED", 1 << 20)
    for name, bomb in (
        ("a.gz", gzip.compress(bytes(8 << 20))),
        ("a.zst", zstd.compress(bytes(8 << 20))),
    ):
        with pytest.raises(DataError, match="200 times its size"):
            opened(tmp_path, name, bomb)


def test_staging_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    content = gzip.compress(LINES * 2000)
    source = opened(
        tmp_path, "a.gz", content, on_progress=lambda done, total: told.append((done, total))
    )
    assert len(values(source)) == 10_000
    assert told[0][1] == len(content)
    with pytest.raises(StagingCancelled):
        opened(tmp_path, "b.gz", content + gzip.compress(b"x"), cancelled=lambda: True)
    assert not list((tmp_path / "cache").glob(".*"))


def test_unused_copies_go_and_those_in_use_stay(tmp_path: Path) -> None:
    paths = [
        opened(tmp_path, f"{n}.csv", TABLE + str(n).encode() + b",x\n").jsonl.parent
        for n in range(3)
    ]
    (tmp_path / "cache" / ".left.1.new").mkdir()
    for age, path in enumerate(paths):
        os.utime(path, (1000.0 - age, 1000.0 - age))
    os.utime(tmp_path / "cache" / ".left.1.new", (1000.0, 1000.0))
    size = sum(file.stat().st_size for file in paths[0].iterdir())
    prune(tmp_path / "cache", now=1001.0, most=2 * size)
    assert [path.exists() for path in paths] == [True, True, False]
    prune(tmp_path / "cache", now=1001.0 + 29 * 86_400)
    assert paths[0].exists()
    assert not (tmp_path / "cache" / ".left.1.new").exists()
    prune(tmp_path / "cache", now=1001.0 + 31 * 86_400)
    assert not any(path.exists() for path in paths)


def test_a_set_of_the_hub_is_read_by_a_child(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "train.jsonl").write_bytes(LINES)
    (folder / "test.jsonl").write_bytes(LINES)
    name = f"hf://{folder}"
    with pytest.raises(DataError, match="several splits"):
        open_source(name, cache=tmp_path / "cache")
    source = open_source(name, cache=tmp_path / "cache", options=Options(split="test"))
    assert (source.kind, source.original, values(source)) == ("hub", name, ROWS)
    assert source.locate(2).words == "row 2"
    with pytest.raises(DataError, match="no data set of the Hub"):
        open_source("hf://a/b/c", cache=tmp_path / "cache")
