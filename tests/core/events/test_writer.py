import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import StorageError
from core.events import writer as module
from core.events.schema import (
    CheckpointSaved,
    MessageLogged,
    PhaseEntered,
    RunFinished,
    StepLogged,
)
from core.events.writer import EventWriter, read_tail
from tests.support.jobs import read_events
from tests.support.logs import RUN, Ticks, short_run, step, writer


def test_lines_are_numbered_from_one_and_read_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with writer(path) as log:
        written = [log.write(event) for event in short_run(5)]
    assert [event.seq for event in written] == list(range(1, len(written) + 1))
    assert read_events(path) == written
    assert path.stat().st_mode & 0o077 == 0


def test_a_second_writer_continues_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with writer(path) as log:
        log.write(step(1))
    with writer(path, attempt=2) as log:
        event = log.write(step(2))
    assert (event.seq, event.attempt) == (2, 2)
    assert read_tail(path).attempt == 2


@pytest.mark.parametrize("long", [False, True])
def test_a_line_torn_at_any_byte_is_closed_and_the_log_goes_on(tmp_path: Path, long: bool) -> None:
    path = tmp_path / "events.jsonl"
    with writer(path) as log:
        log.write(MessageLogged(level="info", text="x" * 200_000 if long else "x"))
        log.write(step(2))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    cuts = range(first, len(whole)) if not long else (first + 1, len(whole) - 1)
    for cut in cuts:
        path.unlink()
        path.write_bytes(whole[:cut])
        with writer(path) as log:
            log.write(step(3))
            log.write(step(4))
        events = read_events(path)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.step for event in events[-2:]] == [3, 4]  # type: ignore[union-attr]
        assert len(events) == 4 if cut == len(whole) - 1 else 3


def test_a_file_of_garbage_is_kept_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\x00\xff not a log\n" * 20_000)
    with writer(path) as log:
        assert log.write(step(1)).seq == 1
    assert path.read_bytes().startswith(b"\x00\xff")
    assert len(read_events(path)) == 1


@pytest.mark.parametrize("missing", [1, 2, 30])
def test_a_short_write_is_an_error_and_leaves_a_log_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: int
) -> None:
    path = tmp_path / "events.jsonl"
    real = os.write
    with writer(path) as log:
        log.write(step(1))
        monkeypatch.setattr(module.os, "write", lambda fd, data: real(fd, data[:-missing]))
        with pytest.raises(StorageError, match="Free some space"):
            log.write(step(2))
        monkeypatch.setattr(module.os, "write", real)
        log.write(step(3))
    events = read_events(path)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    kept = [1, 2, 3] if missing == 1 else [1, 3]
    assert [event.step for event in events] == kept  # type: ignore[union-attr]


def test_a_refused_write_uses_up_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with writer(tmp_path / "events.jsonl") as log:
        monkeypatch.setattr(module.os, "write", full)
        with pytest.raises(StorageError, match="no space is left"):
            log.write(step(1))
        monkeypatch.undo()
        assert log.write(step(1)).seq == 1


def test_a_clock_that_goes_back_changes_no_order(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with writer(path, clock=Ticks(-3600)) as log:
        for number in range(1, 4):
            log.write(step(number))
    events = read_events(path)
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[0].t > events[2].t


def test_a_value_no_reader_accepts_never_reaches_the_log(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with writer(path) as log:
        with pytest.raises(ValueError, match="float"):
            log.write(StepLogged(step=1, loss=1.0, lr=float("nan")))
        assert log.write(step(1)).seq == 1
    assert len(read_events(path)) == 1


def test_text_that_is_no_unicode_is_written_as_codes(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with writer(path) as log:
        log.write(MessageLogged(level="info", text="file \udcff"))
    (event,) = read_events(path)
    assert isinstance(event, MessageLogged)
    assert event.text == "file \\udcff"


def test_what_ends_something_is_safe_on_disk_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(module.os, "fsync", synced.append)
    with writer(tmp_path / "events.jsonl") as log:
        log.write(step(1))
        log.write(PhaseEntered(name="training", done=1))
        log.write(PhaseEntered(name="training", done=2))
        assert len(synced) == 1
        log.write(PhaseEntered(name="saving"))
        log.write(CheckpointSaved(step=1, path="c", bytes=1, why="periodic"))
        log.write(RunFinished(reason="Done.", seconds=1.0))
    assert len(synced) == 4


def test_threads_may_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter.open(path, run=RUN, attempt=1, clock=lambda: datetime.now(UTC)) as log:
        threads = [
            threading.Thread(target=lambda: [log.write(step(n)) for n in range(200)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [event.seq for event in read_events(path)] == list(range(1, 801))
