from collections.abc import Callable
from typing import Any

from tui.feed import Arrived, Feed


class Stage:
    """Stands for a screen and does at once what is asked of it."""

    def __init__(self) -> None:
        self.arrived: list[Any] = []

    def set_interval(self, *_: Any, **__: Any) -> "Stage":
        return self

    def resume(self) -> None:
        """Do nothing: no timer ticks here."""

    def pause(self) -> None:
        """Do nothing: no timer ticks here."""

    def run_worker(self, work: Callable[[], None], **_: Any) -> None:
        work()

    def post_message(self, message: Arrived) -> None:
        self.arrived.append(message.value)


def test_a_look_that_left_something_is_followed_by_another_at_once() -> None:
    stage, seen = Stage(), iter(range(10))
    left = iter([True, True, False])
    feed: Feed[int] = Feed(stage, lambda: next(seen), every=9e9, more=lambda: next(left))  # type: ignore[arg-type]
    feed.start()
    assert stage.arrived == [0, 1, 2]


def test_a_hidden_screen_stops_the_reading_of_a_long_log() -> None:
    stage = Stage()

    def read() -> int:
        feed.rest()
        return 1

    feed: Feed[int] = Feed(stage, read, every=9e9, more=lambda: True)  # type: ignore[arg-type]
    feed.start()
    assert stage.arrived == [1]


def test_equal_looks_tell_nothing() -> None:
    stage = Stage()
    feed: Feed[int] = Feed(stage, lambda: 7, every=9e9)  # type: ignore[arg-type]
    feed.start()
    feed.look()
    assert stage.arrived == [7]


def test_a_look_that_is_asked_for_during_another_comes_after_it() -> None:
    stage, seen = Stage(), iter(range(10))

    def read() -> int:
        value = next(seen)
        if value == 0:
            feed.look()
        return value

    feed: Feed[int] = Feed(stage, read, every=9e9)  # type: ignore[arg-type]
    feed.start()
    assert stage.arrived == [0, 1]


def test_showing_a_screen_again_during_a_look_asks_for_no_other() -> None:
    stage, seen = Stage(), iter(range(10))

    def read() -> int:
        feed.start()
        return next(seen)

    feed: Feed[int] = Feed(stage, read, every=9e9)  # type: ignore[arg-type]
    feed.start()
    assert stage.arrived == [0]
