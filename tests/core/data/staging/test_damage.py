"""No byte of a file may bring reading down: a clear error or a finding, and bounded memory."""

import csv
import gzip
import io
import json
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from core.data.lines import LONGEST_LINE
from core.data.rows import Row
from core.data.sources import read_rows
from core.data.staging import json_values
from core.data.staging.csv_table import stage_table
from core.data.staging.json_values import stage_json
from core.data.staging.opening import open_source
from core.data.staging.source import Options
from core.data.staging.staged import CopyWriter, make_copy
from core.errors import TuningforkError

ROWS = [
    {"prompt": f"q{n} [{{", "completion": 'say "é" \\ to it\n', "tools": None} for n in range(8)
]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\r\n" for row in ROWS).encode()


def table() -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["prompt", "completion", "tools"])
    writer.writeheader()
    writer.writerows(ROWS)
    return out.getvalue().encode()


def columns() -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(ROWS), out)
    return out.getvalue()


VALID = {
    "a.jsonl": LINES,
    "a.json": json.dumps(ROWS, indent=1).encode(),
    "o.json": json.dumps({"n": 1, "rows": ROWS}).encode(),
    "a.csv": table(),
    "a.jsonl.gz": gzip.compress(LINES),
    "a.parquet": columns(),
}
CASES = {"a.parquet": 50, "a.jsonl.gz": 100}
"""Opening these costs more; the others have 200 each, and with the whole files over 1,000."""


def stage(
    folder: Path, convert: Callable[[CopyWriter], None], key: str = "one"
) -> tuple[list[Row], list[int]]:
    copy = make_copy(folder, key, Options(), convert)
    assert copy.places is not None or copy.jsonl.stat().st_size == 0
    numbers = copy.places.read_bytes() if copy.places else b""
    places = [int.from_bytes(numbers[n : n + 8], "little") for n in range(0, len(numbers), 8)]
    return list(read_rows(copy.jsonl)), places


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the disk a thousand times proves nothing about damage."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("name", VALID)
def test_damage_is_a_finding_or_an_error_and_never_more(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    path = tmp_path / name
    errors: list[TuningforkError] = []
    for case in range(CASES.get(name, 230)):
        content = bytearray(VALID[name])
        place = chance.randrange(len(content))
        if case % 3 == 0:
            del content[place:]
        elif case % 3 == 1:
            content[place] ^= 1 << chance.randrange(8)
        else:
            content[place : place + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        path.write_bytes(content)
        try:
            source = open_source(str(path), cache=tmp_path / "cache")
        except TuningforkError as error:
            errors.append(error)
            continue
        for row in read_rows(source.jsonl):
            assert row.example is not None or row.faults
            assert source.locate(row.number).number >= 1
    assert all(error.what and error.why and error.remedy for error in errors)


NEVER = "never ends: the file stops inside it or behind its comma"
JSON_TEXT = st.text(st.sampled_from('ab"\\[]{}:,\n é\u2028'), max_size=12)
OBJECTS = st.lists(
    st.dictionaries(JSON_TEXT, JSON_TEXT | st.lists(JSON_TEXT, max_size=3) | st.integers()),
    max_size=6,
)


@given(OBJECTS, st.sampled_from([None, 0, 2]), st.integers(1, 40), st.sampled_from("lov"))
def test_the_rows_of_a_json_file_are_those_of_a_parser(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[Any],
    indent: int | None,
    chunk: int,
    form: str,
) -> None:
    texts = {
        "l": lambda: json.dumps(rows, indent=indent),
        "o": lambda: json.dumps({"before": [1, {"x": []}], "rows": rows}, indent=indent),
        "v": lambda: " ".join(json.dumps(row, indent=indent) for row in rows),
    }
    if form == "o" and not rows:
        return
    text = texts[form]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_values, "_CHUNK", chunk)
        found, places = stage(
            tmp_path_factory.mktemp("json"),
            lambda out: stage_json(io.BytesIO(text.encode()), out, name="x"),
        )
    assert [row.value for row in found] == rows
    lines = text.split("\n")
    for row, place in zip(found, places, strict=True):
        assert lines[place - 1].lstrip(), row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", []),
        ("[ \n ]", []),
        ("", []),
        ('[{"text": "a"},]', ["ok", "is missing behind the last comma"]),
        ('[,{"text": "a"}]', ["is missing before a comma", "ok"]),
        ('[{"text": "a",}, {"text": "b"}]', ["has a comma before a closing bracket", "ok"]),
        ('[{"text": "a"} {"text": "b"}]', ["has a second value after the first"]),
        ('[{"text": "a"}] x', ["ok", "stands behind the end of the list"]),
        ('[{"text": "a"}, {"text": "b"', ["ok", NEVER]),
        ('[{"text": "a"}, {"text": "b', ["ok", NEVER]),
        ('[{"text": "a", "text": "b"}]', ["has the key 'text' twice; parsers keep the last one"]),
        ('[{"text": NaN}]', ["NaN is not JSON"]),
        ('["a"]', ["is a text, not an object with messages"]),
        ('{"text": "a"', ["never ends: the file stops inside it"]),
        ('\ufeff[{"text": "a"}]', ["starts with a byte order mark"]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_json_file_is_said_at_its_row(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    content = io.BytesIO(text.encode())
    rows, _ = stage(tmp_path, lambda out: stage_json(content, out, name="x"))
    said = [[fault.message for fault in row.faults] or ["ok"] for row in rows]
    assert [one[0] for one in said] == expected


def test_a_row_beyond_the_limit_is_skipped_and_never_held(tmp_path: Path) -> None:
    class Huge(io.RawIOBase):
        """A list whose second row has 64 MB, made while it is read."""

        def __init__(self) -> None:
            self.parts = [b'[{"text": "a"},\n{"text": "', *[b"\\\\x[{" * 200_000] * 64]
            self.parts += [b'"},\n{"text": "c"}]']

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self.parts.pop(0) if self.parts else b""

    tracemalloc.start()
    rows, places = stage(tmp_path, lambda out: stage_json(Huge(), out, name="x", longest=2 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.example is not None for row in rows] == [True, False, True]
    assert "are not read" in rows[1].faults[0].message
    assert places == [1, 2, 3]
    assert peak < 20 << 20


CELLS = st.text(st.sampled_from('ab",;\t\né\u2028 '), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_the_rows_of_a_table_are_those_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, str]]
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["question", "answer"])
    writer.writerows(records)
    text = out.getvalue()
    rows, places = stage(
        tmp_path_factory.mktemp("csv"),
        lambda to: stage_table(io.BytesIO(text.encode()), to, kind="csv", name="x"),
    )
    assert [tuple(row.value.values()) for row in rows if isinstance(row.value, dict)] == records
    begins = 2
    for place, record in zip(places, records, strict=True):
        assert place == begins
        begins += 1 + sum(cell.count("\n") for cell in record)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (b"1", "has 1 fields where the header has 2"),
        (b"1,2,3", "has 3 fields where the header has 2"),
        (b'"a"b,c', "is no record of a table: ',' expected after '\"'"),
        (b"a,\xff", "is not UTF-8"),
        (b"a,\x00", "holds a NUL byte"),
        (b'a,"never closed', "is no record of a table: unexpected end of data"),
    ],
)
def test_a_record_that_fits_none_says_why(tmp_path: Path, record: bytes, message: str) -> None:
    content = io.BytesIO(b"prompt,completion\nq,a\n" + record + b"\n")
    rows, places = stage(tmp_path, lambda out: stage_table(content, out, kind="csv", name="x"))
    assert [fault.message for row in rows for fault in row.faults] == [message]
    assert places == [2, 3]


def test_a_line_of_a_table_beyond_the_limit_is_skipped(tmp_path: Path) -> None:
    content = io.BytesIO(b"prompt,completion\nq," + b"x" * 5000 + b"\nq,a\n")
    rows, places = stage(
        tmp_path, lambda out: stage_table(content, out, kind="csv", name="x", longest=1000)
    )
    assert [row.example is not None for row in rows] == [False, True]
    assert places == [2, 3]


def test_lists_in_cells_are_read_where_rows_have_lists(tmp_path: Path) -> None:
    turns = json.dumps([{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}])
    out = io.StringIO()
    csv.writer(out).writerows([["id", "messages"], ["[1]", turns], ["2", "[broken"]])
    content = io.BytesIO(out.getvalue().encode())
    rows, _ = stage(tmp_path, lambda to: stage_table(content, to, kind="csv", name="x"))
    assert rows[0].example
    assert [(fault.path, fault.message) for fault in rows[1].faults] == [
        ("messages", "is a text, not a list")
    ]


def test_the_limit_is_far_beyond_any_real_row() -> None:
    assert LONGEST_LINE == 64 * 1024 * 1024
