from hypothesis import given
from hypothesis import strategies as st

from core.hosted.job_values import Cursor, Item
from core.hosted.walk import Page, moved, ordered, walk


def item(number: int, at: float, step: int | None = None) -> Item:
    kind = "message" if step is None else "metrics"
    return Item(id=f"e{number}", at=at, kind=kind, step=step)  # type: ignore[arg-type]


class Listed:
    """A list in pages, newest first, as services give it."""

    def __init__(self, items: list[Item], size: int = 100, *, endless: bool = False) -> None:
        self.items = items
        self.size = size
        self.endless = endless
        self.pages = 0

    def __call__(self, after: str | None) -> Page:
        self.pages += 1
        ids = [one.id for one in self.items]
        start = 0 if after is None else len(ids) - ids[::-1].index(after)
        page = self.items[start : start + self.size] or (self.items[-1:] if self.endless else [])
        return Page(page, self.endless or start + self.size < len(self.items))


@given(
    times=st.lists(st.integers(0, 5), max_size=60),
    size=st.integers(1, 7),
    doubled=st.booleans(),
    backwards=st.booleans(),
)
def test_everything_is_found_once_and_in_the_order_of_its_time(
    times: list[int], size: int, doubled: bool, backwards: bool
) -> None:
    items = [item(number, float(at)) for number, at in enumerate(sorted(times))]
    listed = [one for one in items for _ in range(1 + doubled)]
    found = walk(Listed(listed if backwards else listed[::-1], size), ())
    assert not found.endless
    assert sorted(one.id for one in found.items) == sorted(one.id for one in items)
    assert [one.at for one in found.items] == sorted(one.at or 0.0 for one in items)


@given(known=st.integers(0, 500), new=st.integers(0, 300))
def test_a_list_that_grew_gives_all_that_is_new(known: int, new: int) -> None:
    items = [item(number, float(number)) for number in range(known + new)]
    cursor = moved(Cursor(), items[:known])
    pages = Listed(items[::-1])
    found = walk(pages, cursor.ids)
    assert {one.id for one in found.items} >= {one.id for one in items[known:]}
    assert pages.pages <= new // 100 + 3


def test_a_look_without_news_costs_one_page() -> None:
    items = [item(number, float(number)) for number in range(5000)]
    pages = Listed(items[::-1])
    walk(pages, moved(Cursor(), items).ids)
    assert pages.pages == 1


def test_pages_without_end_are_left_and_said() -> None:
    items = [item(number, float(number)) for number in range(10)]
    found = walk(Listed(items[::-1], endless=True), ())
    assert found.endless
    assert len(found.items) == 10


def test_steps_of_one_second_stand_in_their_order() -> None:
    mixed = [item(1, 5.0, 3), item(2, 5.0), item(3, 5.0, 1), item(4, 5.0, 2)]
    assert [one.step for one in ordered(mixed)] == [1, None, 2, 3]
