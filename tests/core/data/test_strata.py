"""Every kind of row gives its share, and the newest rows are the holdout where that is asked."""

import json
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dates import read_date
from core.data.drafting import Draft
from core.data.parts import fill, quotas
from core.errors import DataError
from tests.support.split_draft import draft, line, sides

TOPICS = ("billing", "delivery", "fault", "login", "returns", "setup")


def tickets(count: int) -> list[str]:
    return [
        line(f"asks {n} and {n * 7}", f"answers {n}", metadata={"topic": TOPICS[n % 6]})
        for n in range(count)
    ]


def by_topic(made: Draft, side: str, lines: list[str]) -> Counter[str]:
    found = sides(made)
    return Counter(
        json.loads(text)["metadata"]["topic"]
        for number, text in enumerate(lines, start=1)
        if found[number] == side
    )


def test_six_strata_hit_their_quota_exactly() -> None:
    lines = tickets(240)
    made = draft(lines, by="topic", holdout=0.2)
    assert set(by_topic(made, "holdout", lines).values()) == {8}
    assert set(by_topic(made, "validation", lines).values()) == {4}


def test_short_answers_are_the_labels_when_nothing_is_named() -> None:
    lines = [line(f"asks {n} and {n * 7}", ("yes", "no")[n % 4 == 0]) for n in range(400)]
    made = draft(lines)
    assert [stratum.name for stratum in made.kinds.strata] == ["label=no", "label=yes"]
    held = [made.rows[at].traits.answer for at in made.parts.holdout]
    assert sorted(Counter(held).values()) == [15, 45]


def test_scripts_turns_sources_and_lengths_are_strata_too() -> None:
    rng = random.Random(1)
    lines = []
    for n in range(400):
        text = f"вопрос о доставке заказов по почте {n} {n * 7}" if n % 2 else f"asks {n} {n * 7}"
        text += "".join(f" {rng.randrange(10**6)}" for _ in range(n % 4 // 2 * 100))
        lines.append(line(text, f"answers {n} at {n}", source=f"s{n % 5 // 4}"))
    names = {way.name for way in draft(lines).kinds.ways}
    assert names == {"script", "source", "length"}


def test_a_thin_stratum_is_joined_to_another_and_named_for_collecting() -> None:
    lines = tickets(120)
    lines += [line(f"x {n}", f"y {n}", metadata={"topic": "warranty"}) for n in range(3)]
    made = draft(lines, by="topic")
    assert any("or warranty" in stratum.name for stratum in made.kinds.strata)
    assert [(one.name, one.rows, one.needed) for one in made.kinds.thin] == [
        ("topic=warranty", 3, 20)
    ]


def test_strata_do_not_hang_on_the_order_of_the_file() -> None:
    lines = tickets(120)
    shuffled = random.Random(4).sample(lines, len(lines))
    one, other = draft(lines, by="topic"), draft(shuffled, by="topic")
    keys = [{made.rows[at].keys.row for at in made.parts.holdout} for made in (one, other)]
    assert keys[0] == keys[1]


@pytest.mark.parametrize("field", ["colour", "id"])
def test_a_field_that_sorts_nothing_is_refused(field: str) -> None:
    lines = [line(f"asks {n} {n * 7}", f"a {n}", id=f"T{n}") for n in range(60)]
    with pytest.raises(DataError, match="does not sort these rows"):
        draft(lines, by=field)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=9), st.floats(0.01, 0.5))
@settings(deadline=None)
def test_quotas_add_up_and_none_is_a_row_off_its_share(sizes: list[int], share: float) -> None:
    places = [list(range(size)) for size in sizes]
    given_ = quotas(places, share)
    assert sum(given_) == round(sum(share * size for size in sizes))
    assert all(abs(one - share * size) < 1 for one, size in zip(given_, sizes, strict=True))


@given(st.lists(st.integers(1, 4), max_size=30), st.integers(0, 20), st.integers(0, 20))
@settings(deadline=None)
def test_filling_never_takes_more_than_was_wanted(sizes: list[int], one: int, other: int) -> None:
    groups, at = [], 0
    for size in sizes:
        groups.append(list(range(at, at + size)))
        at += size
    strata = [[place for place in range(at) if place % 2 == odd] for odd in (0, 1)]
    taken, left = fill(groups, strata, [one, other])
    assert sum(len(group) for group in taken) <= one + other
    assert sorted(taken + left) == groups


def dated(count: int) -> list[str]:
    return [
        line(f"asks {n} {n * 7}", f"a {n}", date=f"2026-{1 + n // 28:02}-{1 + n % 28:02}")
        for n in range(count)
    ]


def test_the_newest_rows_are_the_holdout_in_a_split_by_time() -> None:
    lines = dated(100)
    random.Random(2).shuffle(lines)
    found = sides(draft(lines, time="date"))
    dates = {
        side: [json.loads(lines[n - 1])["date"] for n, own in found.items() if own == side]
        for side in ("train", "validation", "holdout")
    }
    assert len(dates["holdout"]) == 15
    assert max(dates["train"]) < min(dates["validation"])
    assert max(dates["validation"]) < min(dates["holdout"])


def test_a_cutoff_decides_where_the_holdout_begins() -> None:
    made = draft(dated(100), time="date", cutoff="2026-04-01")
    assert sorted(made.rows[at].number for at in made.parts.holdout) == list(range(85, 101))


def test_a_group_on_both_sides_of_the_cutoff_stays_in_train_and_is_counted() -> None:
    lines = [*dated(100), line("asks 3 21", "again", date="2026-04-16")]
    made = draft(lines, time="date", cutoff="2026-04-01")
    assert made.parts.astride == 1
    assert sides(made)[101] == sides(made)[4] == "train"


def test_undated_rows_are_refused_by_name() -> None:
    lines = dated(30)
    lines[4] = line("asks", "a")
    lines[9] = line("asks 9", "a", date="soon")
    with pytest.raises(DataError, match=r"2 rows have no date in date: row 5, 10\."):
        draft(lines, time="date")


def test_dates_may_be_days_moments_or_seconds() -> None:
    moment = read_date("2026-05-17T10:00:00+00:00")
    assert moment is not None
    assert read_date(moment.timestamp()) == read_date(moment.timestamp() * 1000) == moment
    assert read_date("2026-05-17") == read_date("2026-05-17T00:00:00Z")
    assert read_date(True) is read_date("x") is read_date(None) is read_date(1e300) is None
