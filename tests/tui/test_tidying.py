import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tui import tidying
from tui.tidying import Tidying


class Heard:
    """Stands for the app, and lets a test move the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.searches = 0
        self.looks: list[Callable[[], None]] = []

    def set_interval(self, _: float, look: Callable[[], None], name: str) -> None:
        self.looks.append(look)

    def search(self) -> int:
        self.searches += 1
        return 0

    def after(self, seconds: float) -> int:
        self.now += seconds
        for look in self.looks:
            look()
        return self.searches


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    heard, before = Heard(), gc.get_threshold()
    monkeypatch.setattr(tidying, "monotonic", lambda: heard.now)
    monkeypatch.setattr(gc, "collect", heard.search)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    yield heard
    gc.set_threshold(*before)


def made(heard: Any) -> Tidying:
    return Tidying(heard)


def test_nothing_is_searched_while_somebody_presses_keys(heard: Heard) -> None:
    tidy = made(heard)
    for _ in range(20):
        tidy.touched()
        assert heard.after(1.0) == 0


def test_a_quiet_moment_is_used_once(heard: Heard) -> None:
    tidy = made(heard)
    assert [heard.after(1.0) for _ in range(5)] == [0, 1, 1, 1, 1]
    tidy.touched()
    assert [heard.after(1.0) for _ in range(4)] == [1, 2, 2, 2]


def test_python_searches_everything_less_often(heard: Heard) -> None:
    before = gc.get_threshold()
    made(heard)
    after = gc.get_threshold()
    assert after[0] * after[1] > 10 * before[0] * before[1]
    assert after[2] > 0
