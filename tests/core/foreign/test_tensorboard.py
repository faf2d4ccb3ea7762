import math
from pathlib import Path

from core.events.schema import Event, Resumed, StepLogged
from core.foreign.source import Further
from core.foreign.tensorboard import TensorBoard
from tests.support.foreign_runs import event, point, record, scalar

FIXTURE = Path(__file__).with_name("fixtures")
NAME = "events.out.tfevents.1700000000.host.1.0"


def read_all(source: TensorBoard) -> tuple[list[Event], list[Further]]:
    events: list[Event] = []
    further: list[Further] = []
    while True:
        found = source.read()
        events += found.events
        further += found.further
        if not found.more:
            return events, further


def losses(events: list[Event]) -> list[tuple[int, float | None]]:
    return [(one.step, one.loss) for one in events if isinstance(one, StepLogged)]


def test_a_file_of_the_real_writer_is_read_whole() -> None:
    source = TensorBoard(FIXTURE)
    events, further = read_all(source)
    steps = [one for one in events if isinstance(one, StepLogged)]
    assert [one.step for one in steps] == [1, 2, 3, 4, 5, 6]
    assert [one.loss for one in steps[:2]] == [4.0, 2.0]
    assert [one.grad_norm for one in steps] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert math.isclose(steps[5].lr, 6e-4, rel_tol=1e-6)
    assert [type(one).__name__ for one in events][-2:] == ["Evaluated", "RunFinished"]
    assert [one.value for one in further if one.tag == "rewards/margin"] == [
        0.125 * step for step in range(1, 7)
    ]
    assert {one.value for one in further if one.tag == "wide"} == {0.25}
    assert source.damaged == 0


def test_a_growing_file_is_never_read_twice(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(point(1, loss=4.0))
    source = TensorBoard(tmp_path)
    assert losses(read_all(source)[0]) == [(1, 4.0)]
    whole = point(2, loss=3.0, lr=0.5) + point(3, loss=2.0)
    seen: list[Event] = []
    for byte in whole:
        with path.open("ab") as file:
            file.write(bytes([byte]))
        seen += source.read().events
    seen += read_all(source)[0]
    assert losses(seen) == [(2, 3.0), (3, 2.0)]
    assert source.damaged == 0


def test_what_was_read_is_behind_the_offset(tmp_path: Path) -> None:
    path = tmp_path / NAME
    content = b"".join(point(step, loss=1.0) for step in range(1, 20_001))
    path.write_bytes(content)
    source = TensorBoard(tmp_path)
    events, _ = read_all(source)
    assert len(losses(events)) == 20_000
    (file,) = source._files.values()
    assert file.tail.offset == len(content)
    assert file.tail.ahead(1 << 20).content == b""


def test_a_wrong_checksum_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    bad = bytearray(point(2, loss=9.0))
    bad[-1] ^= 1
    (tmp_path / NAME).write_bytes(point(1, loss=4.0) + bytes(bad) + point(3, loss=2.0))
    source = TensorBoard(tmp_path)
    assert losses(read_all(source)[0]) == [(1, 4.0), (3, 2.0)]
    assert source.damaged == 1


def test_files_of_a_restart_are_joined_in_their_order(tmp_path: Path) -> None:
    first = tmp_path / "runs" / "Nov30_host" / "events.out.tfevents.1700000100.host.9.0"
    second = tmp_path / "runs" / "Dec01_host" / "events.out.tfevents.1700090000.host.2.0"
    for path, content in (
        (second, point(3, loss=2.5) + point(4, loss=2.0)),
        (first, b"".join(point(step, loss=5.0 - step) for step in range(1, 6))),
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    events, _ = read_all(TensorBoard(tmp_path))
    assert losses(events)[-3:] == [(5, 0.0), (3, 2.5), (4, 2.0)]
    assert [one.from_step for one in events if isinstance(one, Resumed)] == [2]


def test_a_later_file_waits_until_the_one_before_is_read(tmp_path: Path) -> None:
    long = b"".join(point(step, loss=1.0) for step in range(1, 9_001))
    (tmp_path / NAME).write_bytes(long)
    (tmp_path / "events.out.tfevents.1700090000.host.2.0").write_bytes(point(9_001, loss=1.0))
    events, _ = read_all(TensorBoard(tmp_path))
    assert [step for step, _ in losses(events)] == list(range(1, 9_002))
    assert not [one for one in events if isinstance(one, Resumed)]


def test_a_file_that_appears_later_is_followed_too(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(point(1, loss=4.0))
    source = TensorBoard(tmp_path)
    read_all(source)
    (tmp_path / "events.out.tfevents.1700000900.host.2.0").write_bytes(point(2, loss=3.0))
    assert losses(read_all(source)[0]) == [(2, 3.0)]


def test_a_file_rewritten_in_place_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(point(1, loss=4.0) + point(2, loss=4.0))
    source = TensorBoard(tmp_path)
    read_all(source)
    with path.open("r+b") as file:
        file.write(b"".join(point(step, loss=1.5) for step in range(1, 9)))
    found = source.read()
    assert found.restarted
    assert losses(read_all(source)[0]) == [(step, 1.5) for step in range(1, 9)]


def test_values_that_are_no_figures_are_said_and_not_drawn(tmp_path: Path) -> None:
    content = b"".join(
        point(step, loss=value, lr=0.1)
        for step, value in enumerate((math.nan, math.inf, -math.inf, 3e38, 2.0), 1)
    )
    (tmp_path / NAME).write_bytes(content)
    events, _ = read_all(TensorBoard(tmp_path))
    assert [loss for _, loss in losses(events)] == [None, None, None, None, 2.0]


def test_a_step_or_a_time_that_cannot_be_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(
        record(event(-1, [scalar("loss", 1.0)]))
        + record(event(2**62, [scalar("loss", 1.0)]))
        + b"".join(point(n, wall=t, loss=1.0) for n, t in ((1, 1e300), (2, -5.0), (3, math.nan)))
    )
    source = TensorBoard(tmp_path)
    events, _ = read_all(source)
    assert [step for step, _ in losses(events)] == [1, 2, 3]
    assert source.damaged == 2
    assert all(one.t.startswith("20") for one in events)


def test_only_one_curve_is_called_the_loss_and_few_unknown_ones_are_kept(tmp_path: Path) -> None:
    more = b"".join(record(event(1, [scalar(f"tag {n}", 1.0)])) for n in range(200))
    (tmp_path / NAME).write_bytes(point(1, train_loss=4.0, train__loss=9.0) + more)
    events, further = read_all(TensorBoard(tmp_path))
    assert losses(events) == [(1, 4.0)]
    assert further[0] == Further("train/loss", 1, 9.0)
    assert len({one.tag for one in further}) == 64


def test_the_pace_is_that_of_the_clock_in_the_file(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(
        point(10, wall=1_700_000_000.0, loss=1.0) + point(20, wall=1_700_000_005.0, loss=1.0)
    )
    events, _ = read_all(TensorBoard(tmp_path))
    assert [one.seconds for one in events if isinstance(one, StepLogged)] == [0.0, 0.5]
