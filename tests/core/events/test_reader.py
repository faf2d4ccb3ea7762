import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.events.reader import EventReader, read_ends
from core.events.schema import Event, MessageLogged
from tests.support.jobs import read_events
from tests.support.logs import as_lines, numbered, short_run, step

EVENTS = numbered(short_run(9))
LINES = as_lines(EVENTS)
LOG = b"".join(LINES)


def _drained(reader: EventReader) -> list[Event]:
    events: list[Event] = []
    while True:
        batch = reader.read()
        events += batch.events
        if not batch.more:
            return events


def _put(path: Path, content: bytes) -> None:
    """Make the file anew: some file systems wait for the disk when one is emptied and refilled."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def _read(path: Path, content: bytes) -> list[Event]:
    _put(path, content)
    return read_events(path)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "events.jsonl"


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    reader = EventReader(tmp_path / "events.jsonl")
    assert reader.read().events == []
    (tmp_path / "events.jsonl").write_bytes(LOG)
    assert _drained(reader) == EVENTS


def test_torn_last_line_is_read_once_it_is_whole_whatever_byte_it_tears_at(path: Path) -> None:
    for cut in range(len(LOG) + 1):
        _put(path, LOG[:cut])
        reader = EventReader(path)
        first = _drained(reader)
        assert first == EVENTS[: LOG[:cut].count(b"\n")]
        with path.open("ab") as file:
            file.write(LOG[cut:])
        assert first + _drained(reader) == EVENTS
        assert reader.faults.garbage == 0


def test_lines_written_again_after_a_tear_are_read_once(path: Path) -> None:
    starts = [sum(map(len, LINES[:count])) for count in range(len(LINES))]
    for cut in range(len(LOG) + 1):
        for start in starts[::3]:
            if start <= cut:
                assert _read(path, LOG[:cut] + b"\n" + LOG[start:]) == EVENTS


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=20))
def test_garbage_at_any_byte_costs_the_line_it_hits_and_no_other(
    path: Path, garbage: bytes
) -> None:
    for place in range(0, len(LOG), 7):
        events = _read(path, LOG[:place] + garbage + LOG[place:])
        hit = LOG[:place].count(b"\n")
        spared = [event for index, event in enumerate(EVENTS) if index != hit]
        assert [event for event in events if event in spared] == spared
        assert len(events) <= len(EVENTS)


@pytest.mark.parametrize("damage", [b"0", b"9", b"1", b"\n", b"\x00", b'"', b"}", b"\xff", b"\r"])
def test_one_changed_or_added_byte_anywhere_costs_one_line_at_most(
    path: Path, damage: bytes
) -> None:
    for place in range(len(LOG) - 1):
        hit = LOG[:place].count(b"\n")
        for after in (place, place + 1):
            if after > place and LOG[place : place + 1] == b"\n":
                continue
            events = _read(path, LOG[:place] + damage + LOG[after:])
            spared = [event for index, event in enumerate(EVENTS) if index != hit]
            assert [event for event in events if event in spared] == spared, (place, after)
            seqs = [event.seq for event in events]
            assert seqs == sorted(set(seqs))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(min_value=0, max_value=len(LOG)), max_size=8),
    st.integers(min_value=1, max_value=400),
)
def test_any_growth_read_in_any_pieces_gives_every_event_once_and_in_order(
    path: Path, cuts: list[int], limit: int
) -> None:
    path.unlink(missing_ok=True)
    reader = EventReader(path)
    events: list[Event] = []
    at = 0
    for cut in [*sorted(cuts), len(LOG)]:
        with path.open("ab") as file:
            file.write(LOG[at:cut])
        at = cut
        while True:
            batch = reader.read(limit)
            events += batch.events
            if not batch.more:
                break
    assert events == EVENTS


def test_lost_lines_are_counted_and_what_follows_is_read(path: Path) -> None:
    path.write_bytes(b"".join(LINES[:3] + LINES[6:]))
    reader = EventReader(path)
    assert _drained(reader) == EVENTS[:3] + EVENTS[6:]
    assert reader.faults.missing == 3


def test_an_event_after_lost_lines_is_shown_even_when_it_is_the_last(path: Path) -> None:
    path.write_bytes(b"".join(LINES[:3] + LINES[-1:]))
    assert _drained(EventReader(path)) == EVENTS[:3] + EVENTS[-1:]


def test_lines_of_a_newer_program_are_counted_and_passed_over(path: Path) -> None:
    newer = json.dumps({"v": 2, "seq": 4, "type": "step", "step": {"of": "another shape"}})
    same_shape = json.dumps({"v": 2, "seq": 5, "type": "step", "step": 9, "loss": 1.0})
    unknown = json.dumps({"v": 1, "seq": 6, "type": "telepathy", "run": "r"})
    extra = [line.encode() + b"\n" for line in (newer, same_shape, unknown)]
    path.write_bytes(b"".join(LINES[:3] + extra + LINES[6:]))
    reader = EventReader(path)
    assert _drained(reader) == EVENTS[:3] + EVENTS[6:]
    assert (reader.faults.newer, reader.faults.unknown) == (2, 1)
    assert (reader.faults.missing, reader.faults.garbage) == (0, 0)


def test_fields_that_a_newer_program_added_are_ignored(path: Path) -> None:
    line = json.loads(LINES[0]) | {"mood": "sunny"}
    assert _read(path, json.dumps(line).encode() + b"\n" + b"".join(LINES[1:])) == EVENTS


def test_a_replaced_log_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(LOG)
    reader = EventReader(path)
    _drained(reader)
    other = tmp_path / "other"
    other.write_bytes(LOG + LOG)
    other.replace(path)
    batch = reader.read()
    assert batch.restarted
    assert batch.events == EVENTS


def test_a_shortened_log_is_read_from_its_beginning(path: Path) -> None:
    path.write_bytes(LOG)
    reader = EventReader(path)
    _drained(reader)
    path.write_bytes(b"".join(LINES[:4]))
    batch = reader.read()
    assert batch.restarted
    assert batch.events == EVENTS[:4]


def test_a_line_longer_than_a_look_is_read_whole(path: Path) -> None:
    events = numbered([step(1), MessageLogged(level="info", text="x" * 3_000_000), step(2)])
    path.write_bytes(b"".join(as_lines(events)))
    reader = EventReader(path)
    assert reader.read(100).events == events[:1]
    assert _drained(reader) == events[1:]


def test_a_line_without_end_is_passed_over(path: Path) -> None:
    path.write_bytes(LINES[0] + b"\x00" * 40_000_000 + b"\n" + b"".join(LINES[1:]))
    reader = EventReader(path)
    assert _drained(reader) == EVENTS
    assert reader.faults.garbage == 1


def test_the_ends_of_a_long_log_are_enough_for_a_summary(path: Path) -> None:
    events = numbered(short_run(2000))
    path.write_bytes(b"".join(as_lines(events)))
    ends = read_ends(path)
    assert ends[0] == events[0]
    assert ends[-1] == events[-1]
    assert len(ends) < 600
    path.write_bytes(LOG)
    assert read_ends(path) == EVENTS
