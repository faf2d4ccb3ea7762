"""Scanning a file: the same findings however it is cut, and nothing left behind."""

import json
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data.asked import Asked
from core.data.block import Block
from core.data.checking import all_checks
from core.data.near.candidates import candidates, nearest
from core.data.near.signatures import BINS
from core.data.profile import Profile, inspect_file, inspect_in_steps
from core.data.scan import run
from core.data.scan.columns import Columns, joined
from core.data.scan.kept import KeptArray
from core.data.scan.keys_of_block import columns_of
from core.data.scan.near_rows import KeptSignatures
from core.data.scan.piece import Found, check_piece
from core.data.scan.read_block import block_of_rows, read_block
from core.data.scan.run import scan_file
from core.data.scan.source import Source
from core.data.scan.whole import Whole
from core.data.scan.workers import _may_fork
from core.data.sources import file_sha256, to_row
from core.errors import MachineError

SAMPLE = Path(__file__).parents[3] / "sample_data"
WORDS = [
    'say "hi"',
    "a\\b/c",
    "\\",
    "yes",
    "no",
    "Reset my password",
    "a\0b",
    "ÄÖ ﬁ",
    "１２",
    "x  y\n z",
    "",
    " ",
    "💡",
]

turns = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system", "developer", "tool", "bot"]),
        "content": st.sampled_from([*WORDS, None, [{"type": "text", "text": "hi"}], 7]),
    },
    optional={
        "weight": st.sampled_from([0, 1, True, 0.0, 2, "1"]),
        "name": st.just("n"),
        "tool_call_id": st.just("c"),
        "tool_calls": st.just([{"id": "c"}]),
    },
)
rows = st.fixed_dictionaries(
    {"messages": st.lists(turns, max_size=4)},
    optional={
        "metadata": st.sampled_from([{"a": {"b": ["c", 1]}}, None, "x", {"licence": "MIT"}]),
        "id": st.integers(),
        "tools": st.sampled_from([[], None, "x"]),
        "other": st.just("y"),
    },
)
lines = st.one_of(
    rows.map(json.dumps),
    rows.map(lambda row: json.dumps(row, ensure_ascii=False).replace("/", "\\/")),
    rows.map(lambda row: json.dumps(row, separators=(" ,\t", " : "))),
    rows.map(lambda row: json.dumps(row).replace("e", "\\", 1)),
    rows.map(lambda row: json.dumps(row).replace(" ", "\\\\", 1)),
    rows.map(lambda row: json.dumps(row).replace(" ", '\\\\\\"', 1)),
    rows.map(lambda row: json.dumps(row).replace("a", "\t", 1)),
    rows.map(lambda row: json.dumps(row).replace('"role"', '"r\\u006fle"', 1)),
    rows.map(lambda row: json.dumps(row).replace("e", "\\ud800", 1)),
    rows.map(lambda row: json.dumps(row, ensure_ascii=False, separators=(",", ":"))),
    rows.map(lambda row: json.dumps(row).replace('"content": ', '"content" :')),
    rows.map(lambda row: json.dumps(row).replace('"role"', '"role":"user","role"', 1)),
    rows.map(lambda row: json.dumps(row).replace("metadata", 'x\\\\": 1, "metadata')),
    rows.map(lambda row: json.dumps(row)[:-1]),
    st.sampled_from(["", "  ", "\ufeff{}", "[1]", '{"messages":{}}', '{"a":1,"a":2}', "\x0c"]),
).map(str.encode)


def said_by(block: Block) -> tuple[Any, ...]:
    columns = columns_of(block)
    return (
        block.text,
        block.numbers.tolist(),
        block.firsts.tolist(),
        block.orders,
        block.roles.tolist(),
        block.trains.tolist(),
        sorted(block.faults, key=str),
        columns.content.tolist(),
        columns.spoken.tolist(),
        columns.frame.tolist(),
        columns.kind.tolist(),
        columns.licensed.tolist(),
        columns.target_answer.tolist(),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, max_size=6))
@example(
    [b'{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"id":1}']
)
def test_typed_decoding_says_what_the_explaining_reader_says(content: list[bytes]) -> None:
    numbered = [(n, raw.rstrip(b"\r\n")) for n, raw in enumerate(content, 1)]
    read = [to_row(raw, number=n) for n, raw in numbered if raw.strip()]
    assert said_by(read_block(b"\n".join(content))) == said_by(block_of_rows(read))


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, min_size=1, max_size=12), st.integers(1, 400))
def test_a_profile_is_the_same_over_pieces_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, content: list[bytes], size: int
) -> None:
    file = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    file.write_bytes(b"\n".join(content))
    whole, parts = Found(), Found()
    whole.extend(check_piece(file.read_bytes(), first=1, asked=Asked()))
    with file.open("rb") as opened:
        for piece in Source(file, piece_bytes=size).pieces(opened):
            parts.extend(check_piece(piece.lines, first=piece.first, asked=Asked()))
    assert whole.tallies == parts.tallies
    assert {id: +counts for id, counts in whole.counts.items()} == {
        id: +parts.counts.get(id, Counter()) for id in whole.counts
    }
    assert whole.lines == parts.lines
    if parts.columns:
        one, other = joined(whole.columns), joined(parts.columns)
        for field in fields(Columns):
            assert getattr(one, field.name).tolist() == getattr(other, field.name).tolist()


def far(profile: Profile) -> list[dict[str, object]]:
    return [f.as_json() for f in profile.findings if f.check != "near_duplicate"]


def test_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes((SAMPLE / "support_tickets.jsonl").read_bytes() * 2)
    monkeypatch.setattr("core.data.scan.source.PIECE_BYTES", 100_000)
    alone, together = (inspect_file(file, processes=count) for count in (0, 2))
    # Signatures find near rows of .7 with a chance of .98, and name another of several equal ones.
    assert far(alone) == far(together)


def test_cancelling_leaves_no_process_behind(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes((SAMPLE / "support_tickets.jsonl").read_bytes() * 8)
    scanning = scan_file(file, Asked(), processes=3)
    first = next(scanning)
    before = psutil.Process().children()
    assert len(before) >= 2
    assert 0 < first.bytes_read < first.bytes_total
    scanning.close()
    assert not [child for child in before if child.is_running()]


@pytest.mark.parametrize("copied", [False, True])
def test_a_process_that_dies_is_said_in_words(
    copied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.data.scan.source.PIECE_BYTES", 100_000)
    monkeypatch.setattr("core.data.scan.workers._may_fork", lambda: copied)
    monkeypatch.setattr("core.data.scan.workers.sys.executable", "/bin/false")
    monkeypatch.setattr("core.data.scan.workers.serve", lambda *_: None)
    with pytest.raises(MachineError, match="ended early"):
        inspect_file(SAMPLE / "support_tickets.jsonl", processes=2)


def test_a_copy_of_this_process_finds_what_another_interpreter_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.data.scan.source.PIECE_BYTES", 100_000)
    found = []
    for copied in (True, False):
        monkeypatch.setattr("core.data.scan.workers._may_fork", lambda copied=copied: copied)
        found.append(inspect_file(SAMPLE / "support_tickets.jsonl", processes=2).as_json())
    assert found[0] == found[1]
    assert not psutil.Process().children()


def test_a_process_in_which_more_is_going_on_is_not_copied() -> None:
    asked = threading.Event()
    other = threading.Thread(target=asked.wait)
    other.start()
    try:
        assert not _may_fork()
    finally:
        asked.set()
        other.join()


def test_a_worker_ends_with_whoever_started_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core.data.scan.worker"],
        input=b"",
        capture_output=True,
        timeout=300,
        check=True,
    )
    assert done.stdout == b""


def test_profiles_grow_until_the_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes((SAMPLE / "support_tickets.jsonl").read_bytes() * 4)
    steps = list(inspect_in_steps(file))
    shares = [step.read for step in steps]
    assert shares == sorted(shares)
    assert steps[0].read < 1 == steps[-1].read
    assert steps[0].rows < steps[-1].rows
    assert steps[0].findings


def test_counts_are_exact_where_lists_end(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"messages": [{"role": "bot"}]}\n' * 1500)
    (schema,) = [f for f in inspect_file(file).findings if f.check == "schema"]
    assert (schema.count, schema.row_count) == (4500, 1500)
    assert (list(schema.rows), len(schema.faults)) == (list(range(1, 1501)), 1000)
    assert len(schema.as_json()["rows"]) == 1000  # type: ignore[arg-type]


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.touch()
    profile = inspect_file(file)
    assert (profile.rows, profile.verdict, profile.format) == (0, "blocked", "unknown")


@pytest.mark.parametrize("processes", [0, 1])
def test_an_absurdly_long_line_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr("core.data.scan.source.LONGEST_LINE", 3 << 20)
    file = tmp_path / "rows.jsonl"
    good = (SAMPLE / "support_tickets.jsonl").read_bytes().splitlines(keepends=True)[0]
    file.write_bytes(good + b"x" * (6 << 20) + b"\n" + good)
    profile = inspect_file(file, processes=processes)
    (finding,) = [f for f in profile.findings if f.check == "json"]
    assert (profile.rows, profile.valid_rows, finding.rows) == (3, 2, (2,))
    assert f"{(6 << 20) + 1:,} bytes" in finding.faults[0].message
    assert profile.sha256 == file_sha256(file)


def test_no_piece_holds_a_line_above_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.data.scan.source.LONGEST_LINE", 20)
    lines = [b"a" * size for size in (3, 20, 21, 19, 45, 20, 80, 0, 7, 21)]
    file = tmp_path / "rows.txt"
    for tail in (b"", b"\n"):
        file.write_bytes(b"\n".join(lines) + tail)
        for piece_bytes in (1, 4, 7, 16):
            source = Source(file, piece_bytes=piece_bytes)
            with file.open("rb") as opened:
                pieces = list(source.pieces(opened))
            kept = [line for piece in pieces for line in piece.lines.split(b"\n") if line]
            assert kept == [line for line in lines if 0 < len(line) <= 20]
            assert sum(piece.length for piece in pieces) == file.stat().st_size
            skipped = [piece.first for piece in pieces if not piece.lines]
            assert skipped == [3, 5, 7, 10]
            assert source.sha256 == file_sha256(file)


def test_blocked_rows_are_those_of_the_findings() -> None:
    source = SAMPLE / "support_tickets.jsonl"
    *_, scan = scan_file(source, Asked())
    blocked = scan.blocked
    row_local = {id for id, module in all_checks().items() if module.find}
    expected = {
        row
        for finding in inspect_file(source).findings
        if finding.severity == "blocker"
        and finding.check in row_local
        and all_checks()[finding.check].check.bars
        for row in finding.rows
    }
    assert set(blocked) == expected


def test_marks_in_an_answer_are_a_blocker_that_a_person_decides(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a<|im_end|>"}]
    file.write_text(json.dumps({"messages": turns}) + "\n")
    *_, scan = scan_file(file, Asked())
    assert ("special_token", "blocker") in scan.tallies
    assert scan.blocked == {}


def test_small_files_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "check_with_workers", None)
    assert inspect_file(SAMPLE / "support_tickets.jsonl").rows == 676


def chat(*words: str) -> bytes:
    roles = ("user", "assistant") * len(words)
    turns = [{"role": role, "content": said} for role, said in zip(roles, words, strict=False)]
    return json.dumps({"messages": turns}).encode()


def test_a_byte_that_is_no_utf8_condemns_its_own_line_only() -> None:
    good = chat("q", "a")
    block = read_block(b"\n".join([good, good.replace(b"a", b"\xff"), good]))
    assert block.numbers.tolist() == [1, 3]
    assert [fault.row for fault in block.faults] == [2]


@pytest.mark.parametrize("turns", [1, 20, 21, 22, 23, 64])
def test_a_chat_of_many_turns_is_read_as_a_short_one_is(turns: int) -> None:
    chat = [{"role": ("user", "assistant")[n % 2], "content": f"say {n}"} for n in range(turns + 1)]
    lines = [json.dumps({"messages": chat}).encode(), json.dumps({"messages": chat[:2]}).encode()]
    read = [to_row(line, number=number) for number, line in enumerate(lines, 1)]
    assert said_by(read_block(b"\n".join(lines))) == said_by(block_of_rows(read))


def test_a_long_run_of_backslashes_is_read_as_it_is_written() -> None:
    for count in (61, 62, 63, 64, 65, 200):
        words = "\\" * count
        block = read_block(b"\n".join([chat("q", words), chat("q", words + '"')]))
        assert [block.words(1), block.words(3)] == [words, words + '"']


def test_plain_chats_are_read_without_looking_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.data.scan.read_block._decode_beside", None)
    monkeypatch.setattr("core.data.scan.read_block.to_row", None)
    rows = [chat("q", 'say "hi"\n'), chat("é", "\0", "x", "y"), b"", chat("q", "")]
    assert read_block(b"\n".join(rows)).numbers.tolist() == [1, 2, 4]


def test_signatures_are_the_same_in_memory_and_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.arange(5000 * BINS, dtype=np.uint32).reshape(-1, BINS) // 700
    monkeypatch.setattr("core.data.scan.kept._IN_MEMORY", 1000)
    monkeypatch.setattr("core.data.scan.near_rows._HELD", 50_000)
    kept = KeptArray()
    for part in (rows[:10], rows[10:]):
        kept.add(part)
    file = KeptSignatures(kept)
    assert len(file) == 5000
    assert (file[3:4999] == rows[3:4999]).all()
    assert (file[np.array([4999, 0, 7])] == rows[[4999, 0, 7]]).all()
    assert candidates(file).tolist() == candidates(rows).tolist()
    assert (nearest(file, rows[:50]).row == nearest(rows, rows[:50]).row).all()


def test_what_rows_say_is_read_again_in_the_order_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"\n".join([chat("one", "two"), b"", chat("three", "é"), chat("4", "5")]))
    *_, scan = scan_file(file, Asked())
    assert scan.columns is not None
    whole = Whole(columns=scan.columns, signatures=None, index=scan.index, asked=Asked(), lines=3)
    assert whole.said([2, 0, 1]) == ["4\0005", "one\0two", "three\0é"]


def test_keys_of_equal_words_are_equal_and_of_others_not() -> None:
    def row(question: str, answer: str, **more: object) -> bytes:
        chat = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        return json.dumps({"messages": chat, **more}).encode()

    spoken = columns_of(
        read_block(
            b"\n".join(
                (
                    row("Reset my password", "Open Settings, then Security."),
                    row("reset  my PASSWORD", "Open Settings,\nthen Security."),
                    row("Ｒｅｓｅｔ my password", "Open Settings, then Security."),
                    row("Reset my password", "Call the help desk."),
                    row("Reset mypassword", "Open Settings, then Security."),
                )
            )
        )
    ).spoken
    assert len(np.unique(spoken[:3])) == 1
    assert len(np.unique(spoken[2:])) == 3
