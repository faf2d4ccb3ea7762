import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.events.curves import Curves
from core.events.schema import Evaluated, Resumed, StepLogged
from core.events.series import Series
from tests.support.logs import step


def series_of(values: list[float | None], *, stride: int = 1) -> Series:
    series = Series("loss")
    for place, value in enumerate(values, 1):
        series.add(step(place * stride, value))
    return series


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300),
    st.integers(1, 120),
    st.integers(1, 7),
)
def test_every_extreme_survives_any_width(values: list[float], width: int, stride: int) -> None:
    series = series_of(list(values), stride=stride)
    columns = series.columns(width, len(values) * stride)
    assert len(columns) == width
    lows = [column.min for column in columns if column.min is not None]
    highs = [column.max for column in columns if column.max is not None]
    assert min(lows) == min(values)
    assert max(highs) == max(values)
    assert [column.last for column in columns if column.last is not None][-1] == values[-1]


def test_a_spike_of_one_step_among_many_is_drawn_in_its_column() -> None:
    values: list[float | None] = [1.0] * 10_000
    values[4_999] = 50.0
    columns = series_of(values).columns(100, 10_000)
    assert [place for place, column in enumerate(columns) if column.max == 50.0] == [50]
    assert columns[50].min == 1.0


def test_what_is_not_finite_is_a_mark_and_never_a_point() -> None:
    series = series_of([1.0, None, math.inf, 2.0])
    columns = series.columns(4, 4, x_min=1)
    assert [column.has_nan for column in columns] == [False, True, True, False]
    assert columns[1].max is None
    assert len(series) == 2


def test_a_metric_that_was_not_measured_is_not_a_broken_one() -> None:
    series = Series("grad_norm")
    series.add(StepLogged(step=1, loss=1.0, grad_norm=None))
    assert not any(column.has_nan for column in series.columns(4, 4))


@pytest.mark.parametrize("stride", [1, 10])
def test_missing_steps_break_the_line_and_a_regular_stride_does_not(stride: int) -> None:
    series = Series("loss")
    for number in (1, 2, 3, 4, 10, 11, 12):
        series.add(step(number * stride))
    gaps = [place for place, one in enumerate(series.columns(13, 13 * stride)) if one.gap]
    assert gaps == [10]


def test_a_resume_drops_later_points_and_marks_the_join() -> None:
    series = series_of([1.0, 2.0, None, 99.0])
    series.add(Resumed(from_step=2, checkpoint="c"))
    series.add(step(3, 3.0))
    columns = series.columns(5, 5)
    assert [column.max for column in columns] == [None, 1.0, 2.0, 3.0, None]
    assert [place for place, column in enumerate(columns) if column.resumed] == [2]
    assert not any(column.has_nan for column in columns)


def test_a_run_resumed_from_its_beginning_keeps_nothing() -> None:
    series = series_of([1.0, None])
    series.add(Resumed(from_step=0, checkpoint=""))
    assert len(series) == 0
    assert series.elapsed() == 0.0


def test_smoothing_uses_all_points_and_not_the_visible_ones() -> None:
    series = series_of([float(value) for value in range(100)])
    whole = series.smoothed(0.9, 100, 100, x_min=1)
    part = series.smoothed(0.9, 10, 100, x_min=91)
    assert part[-1] == whole[-1]
    assert series.smoothed(0.0, 1, 100) == [99.0]
    assert series_of([5.0]).smoothed(0.99, 1, 1) == [pytest.approx(5.0)]


def test_smoothing_goes_on_where_it_was_and_starts_again_after_a_resume() -> None:
    series = series_of([4.0, 2.0, 8.0])
    series.smoothed(0.5, 1, 3)
    series.add(step(4, 1.0))
    assert series.smoothed(0.5, 1, 4) == series_of([4.0, 2.0, 8.0, 1.0]).smoothed(0.5, 1, 4)
    series.add(Resumed(from_step=2, checkpoint="c"))
    assert series.smoothed(0.5, 1, 4) == series_of([4.0, 2.0]).smoothed(0.5, 1, 4)


def test_time_is_what_the_steps_took() -> None:
    series = Series("loss")
    for number, seconds in ((1, 1.0), (2, 1.0), (3, 8.0)):
        series.add(step(number, float(number), seconds=seconds))
    columns = series.columns(10, 10, axis="time")
    assert [place for place, column in enumerate(columns) if column.max is not None] == [1, 2, 9]


def test_the_readout_is_a_measured_value() -> None:
    series = series_of([1.0, 2.0, 3.0], stride=10)
    assert series.nearest(16) == (20, 2.0)
    assert series.nearest(999) == (30, 3.0)
    assert Series("loss").nearest(1) is None


def test_curves_hold_every_metric() -> None:
    curves = Curves()
    curves.add(StepLogged(step=1, loss=2.0, lr=0.1, grad_norm=0.5, tokens=100, seconds=2.0))
    curves.add(Evaluated(step=1, loss=1.5, best=True, best_step=1, best_loss=1.5))
    for metric, value in {
        "loss": 2.0,
        "eval_loss": 1.5,
        "lr": 0.1,
        "grad_norm": 0.5,
        "seconds": 2.0,
        "tokens_per_second": 50.0,
    }.items():
        assert curves[metric].points() == [(1, value)], metric  # type: ignore[index]
