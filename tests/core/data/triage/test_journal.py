"""A journal loses nothing that was done, and does not believe what was changed behind its back."""

import hashlib
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.triage.journal import append, begin, read
from core.data.triage.operations import Change, Drop, Edit, Fix, Keep, Redo, Undo
from core.data.triage.replay import plan
from core.errors import DataError, StorageError

NOW = datetime(2026, 5, 4, tzinfo=UTC)
ROWS = st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True).map(tuple)
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(Drop, rows=ROWS),
    st.builds(Keep, rows=ROWS, check=st.just("duplicate"), reason=st.text(max_size=5)),
    st.builds(Fix, rows=ROWS, fix=st.sampled_from(["drop_invisible:1", "drop_special_tokens:1"])),
    st.builds(Edit, row=st.integers(1, 6), text=st.integers(0, 1), value=st.text(max_size=5)),
)
STEPS = st.lists(CHANGES | st.sampled_from(["undo", "redo"]), max_size=14)


def made(folder: Path) -> Path:
    path = folder / "journal.jsonl"
    begin(path, source="00", name="x.jsonl", now=NOW)
    return path


def done(path: Path, steps: list[Change | str]) -> list[Change]:
    """Write the steps and return the changes that count, by a stack of our own."""
    active: list[tuple[int, Change]] = []
    undone: list[tuple[int, Change]] = []
    seq = 0
    for step in steps:
        if step == "undo":
            if not active:
                continue
            undone.append(active.pop())
            append(path, Undo(of=undone[-1][0]), by="a", now=NOW)
        elif step == "redo":
            if not undone:
                continue
            active.append(undone.pop())
            append(path, Redo(of=active[-1][0]), by="a", now=NOW)
        else:
            assert not isinstance(step, str)
            active.append((seq + 1, step))
            undone.clear()
            append(path, step, by="a", now=NOW)
        seq += 1
    return [change for _, change in active]


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_what_counts_is_what_was_done_and_not_undone(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Change | str]
) -> None:
    path = made(tmp_path_factory.mktemp("journal"))
    expected = done(path, steps)
    standing = read(path).standing
    assert [step.change for step in standing.steps] == expected
    line = '{"a": "x\u200b<|im_end|>"}'.encode()
    again = plan(read(path).standing.steps)
    assert [plan(standing.steps).mended(n, line) for n in range(1, 7)] == [
        again.mended(n, line) for n in range(1, 7)
    ]


def test_a_line_cut_off_by_a_crash_is_as_if_it_had_not_been(tmp_path: Path) -> None:
    path = made(tmp_path)
    append(path, Drop(rows=(1,)), by="a", now=NOW)
    whole = path.read_bytes()
    append(path, Drop(rows=(2,)), by="a", now=NOW)
    longer = path.read_bytes()
    for cut in range(len(whole), len(longer)):
        path.write_bytes(longer[:cut])
        assert len(read(path).entries) == 1
        append(path, Drop(rows=(3,)), by="a", now=NOW)
        assert [s.change for s in read(path).standing.steps] == [Drop(rows=(1,)), Drop(rows=(3,))]


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = made(tmp_path)
    for row in (1, 2, 3):
        append(path, Drop(rows=(row,), reason="twice"), by="a", now=NOW)
    content = path.read_bytes()
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(DataError, match=r"The journal .*journal\.jsonl cannot be trusted"):
            read(path)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_damage_is_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = made(tmp_path_factory.mktemp("journal"))
    for row in (1, 2, 3):
        append(path, Drop(rows=(row,)), by="a", now=NOW)
    content = path.read_bytes()
    start = data.draw(st.integers(0, len(content) - 1))
    gone = data.draw(st.integers(0, len(content) - start - 1))
    put = data.draw(st.binary(max_size=40))
    damaged = content[:start] + put + content[start + gone :]
    path.write_bytes(damaged)
    if content.startswith(damaged):  # what a crash leaves: a beginning, of whole lines and one torn
        whole = damaged.count(b"\n")
        if whole:
            assert len(read(path).entries) == whole - 1
            return
    if damaged != content:
        with pytest.raises(DataError, match=r"The journal .*journal\.jsonl cannot be trusted"):
            read(path)


def test_a_journal_of_the_first_version_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    opening = b'{"journal":1,"source":"00","name":"x.jsonl","at":"2026-05-04T00:00:00+00:00"}'
    prev = hashlib.blake2b(opening, digest_size=16).hexdigest()
    does = '"by":"a","at":"x","does":{"op":"drop","rows":[1]}'
    entry = f'{{"seq":1,"prev":"{prev}",{does}}}'
    path.write_bytes(opening + b"\n" + entry.encode() + b"\n")
    append(path, Drop(rows=(2,)), by="a", now=NOW)
    assert [step.change for step in read(path).standing.steps] == [Drop(rows=(1,)), Drop(rows=(2,))]


def test_a_lost_line_is_noticed(tmp_path: Path) -> None:
    path = made(tmp_path)
    for row in (1, 2, 3):
        append(path, Drop(rows=(row,)), by="a", now=NOW)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    with pytest.raises(DataError):
        read(path)


def test_only_the_last_change_is_undone(tmp_path: Path) -> None:
    path = made(tmp_path)
    append(path, Drop(rows=(1,)), by="a", now=NOW)
    append(path, Drop(rows=(2,)), by="b", now=NOW)
    with pytest.raises(DataError):
        append(path, Undo(of=1), by="a", now=NOW)


def test_two_people_at_once_lose_nothing(tmp_path: Path) -> None:
    path = made(tmp_path)

    def work(first: int) -> None:
        for row in range(first, first + 10):
            append(path, Drop(rows=(row,)), by="a", now=NOW)

    threads = [threading.Thread(target=work, args=(first,)) for first in (1, 101, 201)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read(path).standing.steps) == 30


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path)
    append(path, Drop(rows=(1,)), by="a", now=NOW)
    before = path.read_bytes()
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, line, at: real(fd, line[: len(line) // 2], at))
    with pytest.raises(StorageError):
        append(path, Drop(rows=(2,)), by="a", now=NOW)
    assert path.read_bytes() == before
