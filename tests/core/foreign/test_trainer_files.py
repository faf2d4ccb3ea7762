import json
import os
from pathlib import Path

import pytest

from core.events.schema import (
    CheckpointSaved,
    Evaluated,
    Event,
    Planned,
    RunFinished,
    StepLogged,
)
from core.foreign.figures import clock_seconds, moment, number, whole
from core.foreign.trainer_log import TrainerLog
from core.foreign.trainer_state import TrainerState
from tests.support.foreign_runs import log_line, logged, write_state


def read_all(source: TrainerLog | TrainerState) -> list[Event]:
    events: list[Event] = []
    while True:
        found = source.read()
        events += found.events
        if not found.more:
            return events


def steps(events: list[Event]) -> list[int]:
    return [one.step for one in events if isinstance(one, StepLogged)]


def test_a_history_becomes_steps_evaluations_and_a_plan(tmp_path: Path) -> None:
    history = [logged(10), logged(20), {"step": 20, "eval_loss": 0.9, "epoch": 0.4}]
    write_state(tmp_path / "checkpoint-20", history)
    (tmp_path / "checkpoint-20" / "model.bin").write_bytes(bytes(1000))
    events = read_all(TrainerState(tmp_path))
    first = next(one for one in events if isinstance(one, StepLogged))
    assert (first.step, first.loss, first.lr, first.grad_norm) == (10, 0.4, 1e-4, 0.5)
    assert [one.total_steps for one in events if isinstance(one, Planned)] == [100]
    assert [(e.step, e.loss, e.best) for e in events if isinstance(e, Evaluated)] == [
        (20, 0.9, True)
    ]
    (saved,) = [one for one in events if isinstance(one, CheckpointSaved)]
    assert saved.path == "checkpoint-20"
    assert saved.bytes > 1000


def test_only_what_a_newer_state_adds_is_told(tmp_path: Path) -> None:
    source = TrainerState(tmp_path)
    write_state(tmp_path / "checkpoint-10", [logged(10)])
    assert steps(read_all(source)) == [10]
    write_state(tmp_path / "checkpoint-20", [logged(10), logged(20)])
    assert steps(read_all(source)) == [20]
    assert read_all(source) == []


def test_a_state_is_opened_only_when_its_stamp_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_state(tmp_path / "checkpoint-10", [logged(10)])
    source = TrainerState(tmp_path)
    read_all(source)
    opened: list[Path] = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path) or read(path))
    for _ in range(3):
        source.read()
    assert opened == []
    write_state(tmp_path / "checkpoint-20", [logged(10), logged(20)])
    read_all(source)
    assert len(opened) == 1


def test_the_newest_state_wins_and_among_copies_the_latest_step(tmp_path: Path) -> None:
    old = write_state(tmp_path / "checkpoint-90", [logged(90)])
    os.utime(old, (1_000, 1_000))
    write_state(tmp_path / "checkpoint-9", [logged(9)])
    write_state(tmp_path / "checkpoint-10", [logged(9), logged(10)])
    assert steps(read_all(TrainerState(tmp_path))) == [9, 10]


def test_a_history_that_is_another_is_folded_anew(tmp_path: Path) -> None:
    path = write_state(tmp_path / "checkpoint-20", [logged(10), logged(20)])
    source = TrainerState(tmp_path)
    read_all(source)
    os.utime(path, (1_000, 1_000))
    write_state(tmp_path / "checkpoint-10", [logged(10, loss=7.0)])
    found = source.read()
    assert found.restarted
    assert steps(found.events) == [10]


def test_nan_in_a_history_is_the_same_entry_at_the_next_look(tmp_path: Path) -> None:
    bad = logged(10, loss=float("nan"))
    path = write_state(tmp_path, [bad])
    source = TrainerState(path)
    assert [e.loss for e in read_all(source) if isinstance(e, StepLogged)] == [None]
    write_state(tmp_path, [bad, logged(20)])
    found = source.read()
    assert not found.restarted
    assert steps(found.events) == [20]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"log_history": 3}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"log_history": [{"step": ' + b"9" * 5000 + b"}]}",
        b'{"log_history": [1, "x", null, {"step": "a", "loss": 1}, {"step": -4, "loss": 2}]}',
        b'{"log_history": [{"step": true, "loss": []}], "max_steps": {"a": 1}}',
    ],
)
def test_a_state_of_nonsense_is_counted_and_breaks_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_bytes(content)
    source = TrainerState(tmp_path)
    assert steps(read_all(source)) == []
    assert source.damaged > 0


def test_a_half_written_state_is_read_once_it_is_whole(tmp_path: Path) -> None:
    path = write_state(tmp_path, [logged(10)])
    content = path.read_bytes()
    path.write_bytes(content[:40])
    source = TrainerState(tmp_path)
    assert read_all(source) == []
    path.write_bytes(content)
    assert steps(read_all(source)) == [10]
    assert source.damaged == 0


def test_hostile_figures_are_no_figures(tmp_path: Path) -> None:
    text = (
        '{"max_steps": 1e999, "log_history": [{"step": 1, "loss": 1e999, "learning_rate": "x"},'
        '{"step": 2, "loss": Infinity}, {"step": 3, "loss": 1e300, "grad_norm": NaN},'
        '{"step": 4, "loss": "\\u001b[2J"}, {"step": 5, "loss": true}, {"step": 6, "loss": 2}]}'
    )
    (tmp_path / "trainer_state.json").write_text(text)
    events = read_all(TrainerState(tmp_path))
    found = [(one.step, one.loss) for one in events if isinstance(one, StepLogged)]
    assert found == [(1, None), (2, None), (3, None), (6, 2.0)]


def test_a_log_of_llama_factory_is_followed_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "trainer_log.jsonl"
    lines = [log_line(10), log_line(20), log_line(30, loss=None, eval_loss=0.5)]
    path.write_text(lines[0])
    source = TrainerLog(path)
    assert steps(read_all(source)) == [10]
    with path.open("a") as file:
        file.write(lines[1][:30])
    assert read_all(source) == []
    with path.open("a") as file:
        file.write(lines[1][30:] + lines[2])
    events = read_all(source)
    assert steps(events) == [20]
    assert [one.loss for one in events if isinstance(one, Evaluated)] == [0.5]
    (step,) = [one for one in events if isinstance(one, StepLogged)]
    assert step.seconds == 2.0
    assert source.damaged == 0


def test_a_log_that_begins_again_has_no_negative_pace(tmp_path: Path) -> None:
    path = tmp_path / "trainer_log.jsonl"
    path.write_text(log_line(20) + log_line(10) + log_line(30, elapsed_time="0:00:01"))
    events = read_all(TrainerLog(path))
    assert [one.seconds for one in events if isinstance(one, StepLogged)] == [0.0, 0.0, 0.0]


def test_the_last_line_of_a_log_ends_the_run(tmp_path: Path) -> None:
    path = tmp_path / "trainer_log.jsonl"
    path.write_text(log_line(100) + json.dumps({"current_steps": 100, "total_steps": 100}) + "\n")
    assert isinstance(read_all(TrainerLog(path))[-1], RunFinished)


def test_lines_of_nonsense_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "trainer_log.jsonl"
    path.write_bytes(
        b'{"current_steps": "x"}\n\x1b]0;owned\x07\n\n[1]\n' + log_line(10).encode() + b"\xff\n"
    )
    source = TrainerLog(path)
    assert steps(read_all(source)) == [10]
    assert source.damaged == 4


def test_a_line_without_end_is_passed_over_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trainer_log.jsonl"
    path.write_bytes(b"x" * 1_000_000 + b"\n" + log_line(10).encode())
    source = TrainerLog(path)
    assert (steps(read_all(source)), source.damaged) == ([10], 1)
    path.unlink()
    path.write_bytes(b"y" * 9_000_000 + b"\n" + log_line(20).encode())
    source = TrainerLog(path)
    assert (steps(read_all(source)), source.damaged) == ([20], 1)


def test_figures() -> None:
    assert [number(value) for value in (1, 2.5, True, "3", None, 1e31, 10**400)] == [
        1.0,
        2.5,
        *[None] * 5,
    ]
    assert [whole(value) for value in (3, 3.0, -1, 1e20)] == [3, 3, None, None]
    assert moment(1_700_000_000.25) == "2023-11-14T22:13:20.250Z"
    assert [moment(value) for value in (0.0, -1.0, 1e18, float("nan"))] == [""] * 4
    assert clock_seconds("2 days, 1:00:05") == 2 * 86_400 + 3605
    assert [clock_seconds(value) for value in ("1:2:3", 5, "x", None)] == [None] * 4
