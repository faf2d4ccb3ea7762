"""Rows that belong together stay together, whatever ties them, and nothing else decides."""

import random
from itertools import product

import pytest

from core.data.alike import pieces
from core.data.drafting import Draft
from core.data.keys import row_keys
from core.data.shelf import beginning
from core.data.sources import to_row
from core.errors import DataError
from tests.support.split_draft import SALT, draft, line, sides


def sentence(rng: random.Random, count: int) -> list[str]:
    return [f"{rng.choice('bcdfghjklm')}{rng.randrange(900)}" for _ in range(count)]


def changed(rng: random.Random, words: list[str]) -> str:
    copy = list(words)
    copy[rng.randrange(len(copy))] = "other"
    return " ".join(copy)


def planted(rng: random.Random) -> list[str]:
    """Return rows with copies of every kind that a split must keep on one side."""
    rows = [(sentence(rng, 40), sentence(rng, 12)) for _ in range(40)]
    lines = [line(" ".join(ask), " ".join(answer)) for ask, answer in rows]
    for ask, answer in rng.sample(rows, 8):
        asked, said = " ".join(ask), " ".join(answer)
        lines += [
            line(asked.upper(), said.replace(" ", "  ")),
            line(asked, " ".join(sentence(rng, 12))),
            line(changed(rng, ask), said),
            line(changed(rng, ask), " ".join(sentence(rng, 30))),
            line(" ".join(sentence(rng, 60)), f"{asked} {said}"),
        ]
    rng.shuffle(lines)
    return lines


def crossing(made: Draft) -> list[tuple[str, str]]:
    """Return what the two sides share: words, inputs, near words; found the slow way."""
    parts = made.parts
    found = []
    outside = (*parts.train, *parts.validation)
    known = [
        [pieces(text) for text in (said, beginning(said, row.turns[-1]))]
        for row, said in zip(made.rows, made.said, strict=True)
    ]
    for left, right in product(parts.holdout, outside):
        one, other = made.rows[left], made.rows[right]
        if one.keys.norm == other.keys.norm:
            found.append(("words", made.said[left]))
        if set(one.keys.inputs) & set(other.keys.inputs):
            found.append(("input", made.said[left]))
        for a, b in zip(known[left], known[right], strict=True):
            if len(a & b) >= 0.7 * len(a | b):
                found.append(("near", made.said[left]))
    return found


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_nothing_planted_crosses_the_border_whatever_the_seed(start: int) -> None:
    for seed in range(start, start + 20):
        made = draft(planted(random.Random(seed)))
        assert made.parts.holdout
        assert crossing(made) == []
        assert made.border.similarity is not None
        assert made.border.similarity < 0.7


def test_a_short_row_stays_with_the_long_one_that_holds_it() -> None:
    rng = random.Random(3)
    short = [sentence(rng, 12) for _ in range(30)]
    lines = [line(" ".join(words), f"a{n} b{n} c{n}") for n, words in enumerate(short)]
    lines += [
        line(" ".join([*sentence(rng, 40), *words, *sentence(rng, 40)]), f"d{n}")
        for n, words in enumerate(short)
    ]
    found = sides(draft(lines))
    assert all(found[n] == found[n + 30] for n in range(1, 31))
    assert draft(lines).clusters == 30


def test_near_inputs_alone_keep_rows_together() -> None:
    rng = random.Random(5)
    asked = [sentence(rng, 30) for _ in range(30)]
    lines = [line(" ".join(ask), " ".join(sentence(rng, 60))) for ask in asked]
    lines += [line(" ".join([*ask[:-1], "x"]), " ".join(sentence(rng, 60))) for ask in asked]
    assert draft(lines).clusters == 30


@pytest.mark.parametrize("column", ["customer", "metadata.customer"])
def test_a_group_column_keeps_its_rows_on_one_side(column: str) -> None:
    lines = [
        line(f"asks {n} {n * 7}", f"answer {n}", metadata={"customer": f"C{n // 3}"})
        for n in range(90)
    ]
    made = draft(lines, groups=(column,))
    found = sides(made)
    assert made.clusters == 30
    assert all(len({found[n], found[n + 1], found[n + 2]}) == 1 for n in range(1, 91, 3))


def test_a_list_of_authors_ties_a_row_to_each_of_them() -> None:
    lines = [line(f"asks {n} {n * 7}", f"answer {n}", authors=[f"A{n}"]) for n in range(40)]
    lines.append(line("asks both", "answers both", authors=["A1", "A2"]))
    found = sides(draft(lines, groups=("authors",)))
    assert found[2] == found[3] == found[41]


def test_a_group_column_that_no_row_has_is_refused() -> None:
    with pytest.raises(DataError, match="No row has a field colour"):
        draft([line(f"q {n}", f"a {n}") for n in range(20)], groups=("colour",))


def test_a_group_too_large_for_the_holdout_stays_in_train_and_is_named() -> None:
    lines = [line("one and the same question", f"answer {n}") for n in range(30)]
    lines += [line(f"question {n} on {n * 7}", f"answer {n}") for n in range(90)]
    made = draft(lines)
    assert [len(group) for group in made.parts.large] == [30]
    assert {sides(made)[n] for n in range(1, 31)} == {"train"}


def test_a_long_instruction_that_all_rows_share_ties_none_of_them() -> None:
    shared = " ".join(f"instruction{n}" for n in range(80))
    lines = [line(f"{shared} ticket {n} about {n * 7} and {n * 3}", f"a{n}") for n in range(60)]
    made = draft(lines)
    assert made.clusters == 60
    assert made.border.similarity == 0.0


def test_texts_without_spaces_are_compared_by_their_characters() -> None:
    rng = random.Random(9)
    signs = [chr(0x4E00 + at) for at in range(900)]
    texts = ["".join(rng.choice(signs) for _ in range(40)) for _ in range(40)]
    lines = [line(text, f"a{n} b{n}") for n, text in enumerate(texts)]
    lines += [line(f"{''.join(rng.choices(signs, k=60))}{text}", "x") for text in texts[:20]]
    made = draft(lines)
    assert crossing(made) == []
    assert made.clusters == 40


def test_keys_of_a_lone_surrogate_are_made_all_the_same() -> None:
    example = to_row(rb'{"messages":[{"role":"assistant","content":"\ud800"}]}', number=1).example
    assert example is None or len(row_keys(example, SALT).row) == 16
