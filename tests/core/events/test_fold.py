import os
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.events import fold as fold_module
from core.events import reader as reader_module
from core.events.curves import Curves
from core.events.fold import Fold, keep_snapshot
from core.events.folding import apply, apply_all
from core.events.run_state import RunState
from core.events.schema import Evaluated, Event, ResourceRead, Resumed, RunFinished, StepLogged
from core.events.series import SMOOTHING, Series
from tests.support.logs import as_lines, numbered, short_run, step, writer

CHUNK = 10_000
ANY_EVENT = st.one_of(
    st.builds(
        StepLogged,
        step=st.integers(1, 40),
        loss=st.one_of(st.none(), st.floats(-1e3, 1e3)),
        grad_norm=st.one_of(st.none(), st.floats(0, 9)),
        tokens=st.integers(0, 99),
        seconds=st.sampled_from([0.0, 0.25, 0.5]),
    ),
    st.builds(step, st.integers(1, 40)),
    st.builds(
        Evaluated,
        step=st.integers(1, 40),
        loss=st.just(1.0),
        best=st.just(True),
        best_step=st.just(1),
        best_loss=st.just(1.0),
    ),
    st.builds(Resumed, from_step=st.integers(0, 30), checkpoint=st.just("c")),
    st.builds(ResourceRead, rss=st.integers(1, 99), cpu=st.just(1.0), disk_free=st.just(1)),
)


def drawn(curves: Curves) -> list[object]:
    metrics = ("loss", "eval_loss", "lr", "grad_norm", "tokens_per_second", "memory")
    return [
        (curves[metric].columns(20, 40), curves[metric].columns(20, 20, axis="time"))
        for metric in metrics
    ] + [curves["loss"].smoothed(0.8, 20, 40), curves["loss"].elapsed()]


@settings(deadline=None)
@given(st.lists(ANY_EVENT, max_size=60), st.integers(1, 60))
def test_many_events_at_once_are_the_same_as_each_alone(events: list[Event], cut: int) -> None:
    lines = numbered(events)
    one_by_one = reduce(apply, lines, RunState())
    assert apply_all(apply_all(RunState(), lines[:cut]), lines[cut:]) == one_by_one
    together, apart = Curves(), Curves()
    together.add_all(lines[:cut])
    together.add_all(lines[cut:])
    for line in lines:
        apart.add(line)
    assert drawn(together) == drawn(apart)


def long_log(path: Path, steps: int = 2_000) -> Path:
    path.write_bytes(b"".join(as_lines(numbered(short_run(steps)))))
    return path


def caught_up(fold: Fold, chunk: int = CHUNK) -> Fold:
    while not fold.caught_up:
        fold.read(chunk)
    return fold


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    read: list[int] = []
    real = os.pread

    def counted(descriptor: int, length: int, offset: int) -> bytes:
        content = real(descriptor, length, offset)
        read.append(len(content))
        return content

    for module in (reader_module, fold_module):
        monkeypatch.setattr(module.os, "pread", counted)
    return read


def test_a_long_log_is_read_once_and_only_its_ends_after_that(
    tmp_path: Path, bytes_read: list[int]
) -> None:
    log, snapshot = long_log(tmp_path / "e.jsonl"), tmp_path / "s"
    first = caught_up(Fold(log, snapshot))
    assert log.stat().st_size <= sum(bytes_read) < 1.05 * log.stat().st_size  # torn chunk ends
    assert first.keep(worth=1)
    bytes_read.clear()
    again = caught_up(Fold(log, snapshot))
    assert again.run == first.run
    assert drawn(again.curves) == drawn(first.curves)
    assert sum(bytes_read) < 20_000 < log.stat().st_size


def test_what_comes_after_a_snapshot_is_folded_in_as_if_there_were_none(tmp_path: Path) -> None:
    log, snapshot = tmp_path / "e.jsonl", tmp_path / "s"
    with writer(log) as events:
        for event in short_run(50)[:-1]:
            events.write(event)
        caught_up(Fold(log, snapshot)).keep(worth=1)
        for number in range(51, 90):
            events.write(step(number, 1.0 / number))
        events.write(Resumed(from_step=40, checkpoint="c"))
        events.write(step(41))
        events.write(RunFinished(reason="Done.", seconds=1.0))
    on, whole = caught_up(Fold(log, snapshot)), caught_up(Fold(log, tmp_path / "none"))
    assert on.run == whole.run
    assert drawn(on.curves) == drawn(whole.curves)
    assert on.faults == whole.faults


@pytest.mark.parametrize("damage", ["another log", "cut off", "garbage", "shorter log"])
def test_a_snapshot_that_is_not_of_this_log_is_left_aside(tmp_path: Path, damage: str) -> None:
    log, snapshot = long_log(tmp_path / "e.jsonl", 50), tmp_path / "s"
    caught_up(Fold(log, snapshot)).keep(worth=1)
    if damage == "another log":
        log.write_bytes(log.read_bytes().replace(b'"probe"', b'"other"'))
    elif damage == "shorter log":
        long_log(log, 20)
    elif damage == "cut off":
        snapshot.write_bytes(snapshot.read_bytes()[:-5])
    else:
        snapshot.write_bytes(b"\x93garbage")
    assert caught_up(Fold(log, snapshot)).run == caught_up(Fold(log, tmp_path / "none")).run


def test_a_folder_that_takes_no_snapshot_is_no_fault(tmp_path: Path) -> None:
    log = long_log(tmp_path / "e.jsonl", 50)
    assert not caught_up(Fold(log, tmp_path / "no such folder" / "s")).keep(worth=1)


def test_a_snapshot_is_written_only_where_it_saves_something(tmp_path: Path) -> None:
    log, snapshot = long_log(tmp_path / "e.jsonl"), tmp_path / "s"
    keep_snapshot(log, snapshot)
    assert not snapshot.exists()


def test_memory_is_bounded_and_every_extreme_stays() -> None:
    series = Series("loss", limit=256)
    values = [1.0 + (number * 7919 % 997) / 997 for number in range(5_000)]
    values[1_234], values[4_321] = 50.0, -3.0
    smoothed: dict[float, float] = {}
    for weight in SMOOTHING[1:]:
        exact = Series("loss", limit=1_000_000)
        for number, value in enumerate(values, 1):
            exact.add(step(number, value))
        smoothed[weight] = exact.smoothed(weight, 1, 5_000)[0] or 0.0
    for number, value in enumerate(values, 1):
        series.add(step(number, value))
        assert len(series) <= 256
    points = series.points()
    assert {(1_235, 50.0), (4_322, -3.0), (5_000, values[-1])} <= set(points)
    assert all(values[int(at) - 1] == value for at, value in points)
    for weight, wanted in smoothed.items():
        assert series.smoothed(weight, 1, 5_000) == [pytest.approx(wanted)]


def test_a_resume_into_thinned_points_goes_on_smoothly() -> None:
    thinned, exact = Series("loss", limit=512), Series("loss")
    for series in (thinned, exact):
        for number in range(1, 1_001):
            series.add(step(number, number / 100))
        series.add(Resumed(from_step=700, checkpoint="c"))
        series.add(step(701, 7.01))
    assert thinned.last_step == 701
    (wanted,) = exact.smoothed(0.95, 1, 701)
    assert wanted is not None
    assert wanted < 6.9
    assert thinned.smoothed(0.95, 1, 701) == [pytest.approx(wanted, abs=0.05)]
