import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import EventLogError
from core.events.schema import RunCreated, RunFinished
from core.foreign.find import open_viewer
from core.foreign.viewer import ForeignViewer
from core.jobs import lock
from core.jobs.status import Viewer
from core.workspace import RunFolder
from tests.support.foreign_runs import WALL, at, log_line, logged, point, write_state
from tests.support.hostile import HOSTILE
from tests.support.logs import started, step, writer

EVENTS = "events.out.tfevents.1700000000.host.1.0"


class Hand:
    """A clock that a test sets, in seconds after the first point."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def __call__(self) -> datetime:
        return at(self.seconds)


def opened(path: Path, clock: Hand | None = None) -> ForeignViewer:
    viewer = open_viewer(path, clock=clock or Hand())
    assert isinstance(viewer, ForeignViewer)
    return viewer


def test_a_run_seems_to_run_while_points_come_and_is_never_lost(tmp_path: Path) -> None:
    path = tmp_path / EVENTS
    path.write_bytes(point(1, loss=4.0) + point(2, loss=3.0))
    clock = Hand(14.0)
    viewer = opened(tmp_path, clock)
    assert viewer.look_until_caught_up().state == "seems to run"
    clock.seconds = 2 + 181
    assert viewer.look()
    assert viewer.status.state == "no new point"
    assert viewer.status.liveness == "unknown"
    with path.open("ab") as file:
        file.write(point(184, loss=2.0))
    clock.seconds = 190
    assert viewer.look_until_caught_up().state == "seems to run"


def test_a_run_with_rare_points_is_given_more_time(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_bytes(point(0, loss=4.0) + point(600, loss=3.0))
    viewer = opened(tmp_path, Hand(600 + 1700))
    assert viewer.look_until_caught_up().state == "seems to run"


def test_a_clock_that_runs_ahead_makes_no_run_live_for_ever(tmp_path: Path) -> None:
    path = tmp_path / EVENTS
    path.write_bytes(point(1, wall=WALL + 10**7, loss=4.0))
    os.utime(path, (WALL, WALL))
    assert opened(tmp_path, Hand(1000)).look_until_caught_up().state == "no new point"


def test_a_live_log_and_a_state_complete_each_other(tmp_path: Path) -> None:
    (tmp_path / "runs" / "x").mkdir(parents=True)
    events = tmp_path / "runs" / "x" / EVENTS
    events.write_bytes(b"".join(point(n, train__loss=4.0 / n) for n in range(10, 25)))
    write_state(tmp_path / "checkpoint-20", [logged(10), logged(20)])
    os.utime(tmp_path / "checkpoint-20" / "trainer_state.json", (WALL, WALL))
    run = opened(tmp_path).look_until_caught_up().run_state
    assert (run.step, run.total_steps) == (24, 100)
    assert [one.step for one in run.checkpoints] == [20]


def test_of_two_that_know_the_same_the_live_one_is_shown(tmp_path: Path) -> None:
    events = tmp_path / EVENTS
    events.write_bytes(point(10, loss=0.4) + point(20, loss=0.2))
    os.utime(events, (WALL + 30, WALL + 30))
    write_state(tmp_path / "checkpoint-20", [logged(10), logged(20)])
    assert opened(tmp_path).look_until_caught_up().run_state.seconds_per_step == 1.0


def test_the_time_axis_has_all_the_time_between_two_points(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_bytes(b"".join(point(n, loss=1.0) for n in (10, 20, 30)))
    viewer = opened(tmp_path)
    assert viewer.look_until_caught_up().run_state.seconds_per_step == 1.0
    assert viewer.curves["loss"].elapsed() == 20.0


def test_an_old_log_gives_way_to_a_newer_state(tmp_path: Path) -> None:
    events = tmp_path / EVENTS
    events.write_bytes(point(90, loss=9.0))
    os.utime(events, (WALL, WALL))
    write_state(tmp_path / "checkpoint-20", [logged(10), logged(20)])
    viewer = opened(tmp_path)
    run = viewer.look_until_caught_up().run_state
    assert (run.step, run.loss) == (20, 0.2)
    assert len(viewer.curves["loss"]) == 2


def test_a_loss_that_breaks_raises_the_alert_that_a_worker_would(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_bytes(point(1, loss=4.0) + point(2, loss=float("nan")))
    viewer = opened(tmp_path)
    viewer.look_until_caught_up()
    viewer.look()
    (alert,) = viewer.status.run_state.alerts
    assert (alert.rule, alert.step, alert.key) == ("not_finite", 2, "")
    assert viewer.status.run_state.bad_steps == 1


def test_the_end_that_a_trainer_writes_is_believed(tmp_path: Path) -> None:
    history = [logged(100), {"step": 100, "train_runtime": 5.0, "train_loss": 0.5}]
    write_state(tmp_path, history)
    status = opened(tmp_path).look_until_caught_up()
    assert status.state == "finished"
    assert status.run_state.end_reason == "The trainer says it is done."


def test_damage_is_said_once_with_its_file(tmp_path: Path) -> None:
    bad = bytearray(point(2, loss=9.0))
    bad[20] ^= 1
    (tmp_path / EVENTS).write_bytes(point(1, loss=4.0) + bytes(bad) + point(3, loss=2.0))
    viewer = opened(tmp_path)
    viewer.look_until_caught_up()
    viewer.look_until_caught_up()
    (message,) = viewer.status.run_state.messages
    assert message.text == f"1 damaged records or lines were passed over, the newest in {EVENTS}."
    assert viewer.status.faults.garbage == 1


def test_what_vanishes_stays_on_the_screen_and_is_quiet(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_state(folder / "checkpoint-10", [logged(10)])
    (folder / EVENTS).write_bytes(point(10, loss=0.4))
    (folder / "trainer_log.jsonl").write_text(log_line(10))
    clock = Hand((datetime.now(UTC) - at(0)).total_seconds() + 1)
    viewer = opened(folder, clock)
    viewer.look_until_caught_up()
    shutil.rmtree(folder)
    clock.seconds += 10_000
    status = viewer.look_until_caught_up()
    assert (status.run_state.step, status.state) == (10, "no new point")


def test_steps_that_go_back_make_the_later_ones_void(tmp_path: Path) -> None:
    content = b"".join(point(n, loss=1.0) for n in (1, 2, 3, 4, 5, 3, 4))
    (tmp_path / EVENTS).write_bytes(content)
    viewer = opened(tmp_path)
    run = viewer.look_until_caught_up().run_state
    assert run.step == 4
    assert [one.step for one in viewer.curves["loss"].points()] == [1, 2, 3, 4]
    assert "went back to 2" in run.messages[-1].text


def test_a_log_of_ours_without_a_lock_is_not_called_lost(tmp_path: Path) -> None:
    with writer(tmp_path / "events.jsonl") as log:
        for event in (RunCreated(kind="train", name="copied"), started(), step(1, None)):
            log.write(event)
    status = opened(tmp_path, Hand(10**8)).look_until_caught_up()
    assert (status.state, status.run_state.step) == ("no new point", 1)
    assert status.run_state.alerts == ()
    with writer(tmp_path / "events.jsonl") as log:
        log.write(RunFinished(reason="Done.", seconds=1.0))
    assert opened(tmp_path / "events.jsonl").look_until_caught_up().state == "finished"


def test_a_log_of_ours_with_its_lock_is_followed_exactly(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "tuningfork")
    folder.path.mkdir()
    with writer(folder.events) as log:
        log.write(started())
        log.write(step(1, 2.0))
    descriptor = lock.take(folder.lock)
    assert descriptor is not None
    viewer = open_viewer(tmp_path, clock=Hand())
    assert isinstance(viewer, Viewer)
    assert viewer.look_until_caught_up().state == "running"
    os.close(descriptor)
    assert viewer.look_until_caught_up().state == "lost"
    assert viewer.record.kind == "foreign"


def test_words_of_others_are_kept_as_they_are_until_they_are_shown(tmp_path: Path) -> None:
    content = b"".join(
        point(n, **{word.encode(errors="replace").decode(): 1.0})
        for n, word in enumerate(HOSTILE)
        if word
    )
    (tmp_path / EVENTS).write_bytes(content)
    viewer = opened(tmp_path)
    viewer.look_until_caught_up()
    assert "[/foo]" in viewer.further


@pytest.mark.parametrize("name", ["missing", "empty", "text.txt"])
def test_a_path_with_nothing_to_follow_is_refused_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("hello\n" * 100)
    with pytest.raises(EventLogError) as error:
        open_viewer(tmp_path / name, clock=Hand())
    assert error.value.remedy


def test_several_runs_below_a_folder_are_named_and_one_is_followed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / EVENTS).write_bytes(point(1, loss=1.0))
        if name == "a":
            viewer = opened(tmp_path)
            assert viewer.look_until_caught_up().run_state.step == 1
    with pytest.raises(EventLogError, match="holds 2 runs: "):
        open_viewer(tmp_path, clock=Hand())


@pytest.mark.parametrize("name", ["log.txt", "renamed"])
def test_a_file_is_known_by_how_it_begins(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(log_line(10))
    assert opened(path).look_until_caught_up().run_state.step == 10
    path.write_bytes(point(7, loss=1.0))
    assert opened(path).look_until_caught_up().run_state.step == 7


def test_a_pipe_of_a_known_name_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / EVENTS)
    viewer = opened(tmp_path)
    assert viewer.look_until_caught_up().state == "no new point"
