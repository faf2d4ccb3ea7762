"""Sets that a recipe mixes in are read, chosen, counted and kept from the holdout."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.dataset import dataset_folder
from core.data.sources import file_sha256
from core.errors import DataError, RecipeError
from core.training.consumed import CountedRows
from core.training.mix import MixedSet
from core.training.mixing import chosen_rows, rows_to_take
from core.training.recipe import Recipe, make_recipe, read_recipe, recipe_toml
from core.training.resolve import read_facts
from core.training.rows import check_holdout, counted, recipe_parts, said_of, tokenize
from core.training.token_key import recipe_hashes, token_key
from core.workspace import Workspace
from tests.support.path_job import SPLIT, chat
from tests.support.token_rows import LIMIT, counting, recipe_of

OWN = 30
"""Train rows of the split."""


def write(workspace: Workspace, *lines: str, name: str = "replay.jsonl") -> Path:
    path = workspace.root / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def many(rows: int, word: str = "replay") -> list[str]:
    return [chat(f"{word} number {n} of an older task", f"answer {n}") for n in range(rows)]


def mixing(*sets: object, **changes: Any) -> Recipe:
    return recipe_of(mix=list(sets), **changes)


def check(workspace: Workspace, recipe: Recipe) -> Any:
    assert recipe.data is not None
    parts = recipe_parts(workspace, recipe)
    return check_holdout(workspace, SPLIT, parts, override=recipe.data.holdout_override)


# What a recipe says.


@pytest.mark.parametrize(
    ("said", "path", "share"),
    [
        ("replay.jsonl", "replay.jsonl", None),
        ("replay.jsonl=0.25", "replay.jsonl", 0.25),
        ("a=b.jsonl", "a=b.jsonl", None),
        ({"path": "a=0.5"}, "a=0.5", None),
    ],
)
def test_a_set_is_named_in_words_or_in_a_table(
    said: object, path: str, share: float | None
) -> None:
    data = mixing(said).data
    assert data is not None
    assert data.mix == (MixedSet(path=path, share=share),)


@pytest.mark.parametrize(
    ("sets", "why"),
    [
        (["a", "a"], "named twice"),
        (["a=0.5", "b=0.5"], "leave nothing for the split"),
        (["-"], "a file or a folder"),
        (["hf://a/b"], "a file or a folder"),
        (["a=0"], "greater than 0"),
        (["a=nan"], "less than 1"),
        ([{"path": "a", "shares": 1}], "share"),
    ],
)
def test_sets_that_cannot_be_mixed_in_are_refused(sets: list[object], why: str) -> None:
    with pytest.raises(RecipeError) as refused:
        mixing(*sets)
    assert why in refused.value.remedy


def test_a_recipe_with_sets_is_the_same_after_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(f'name = "x"\n[data]\nsplit = "{SPLIT}"\n[[data.mix]]\npath = "r.jsonl"\n')
    recipe = read_recipe(file)
    assert recipe.data is not None
    assert recipe.data.mix == (MixedSet(path=str(tmp_path / "r.jsonl")),)
    again = tomllib.loads(recipe_toml(recipe))
    assert make_recipe(again, where="test") == recipe


# Which rows are taken.


@given(
    own=st.integers(1, 500),
    sets=st.lists(
        st.tuples(st.integers(1, 400), st.none() | st.floats(0.01, 0.3)), min_size=1, max_size=3
    ),
)
def test_shares_hold_to_a_row_wherever_a_set_has_enough(
    own: int, sets: list[tuple[int, float | None]]
) -> None:
    sizes, shares = [size for size, _ in sets], [share for _, share in sets]
    counts = rows_to_take(own, sizes, shares)
    whole = own + sum(counts)
    for count, size, share in zip(counts, sizes, shares, strict=True):
        assert 1 <= count <= size
        if share is None:
            assert count == size
        elif count < size:
            # Each set is rounded by half a row, and one of a tiny share gives one row all the same.
            assert abs(count - share * whole) <= 1 + len(sets)
        else:
            assert count <= share * whole + 1 + len(sets)


def test_a_quarter_of_all_rows_is_a_third_of_the_others() -> None:
    assert rows_to_take(30, [100], [0.25]) == [10]
    assert rows_to_take(30, [100, 10], [0.2, None]) == [10, 10]
    assert rows_to_take(30, [4, 100], [0.25, 0.25]) == [4, 11]


@given(st.integers(1, 60), st.integers(0, 60))
def test_more_rows_keep_those_that_were_there(count: int, more: int) -> None:
    numbers = range(1, 101)
    fewer = chosen_rows(numbers, count, "17:ab")
    assert len(fewer) == count
    assert fewer <= chosen_rows(numbers, count + more, "17:ab")


def test_the_seed_and_the_content_choose_the_rows() -> None:
    numbers = range(1, 101)
    assert chosen_rows(numbers, 3, "17:ab") == chosen_rows(reversed(numbers), 3, "17:ab")
    assert chosen_rows(numbers, 50, "17:ab") != chosen_rows(numbers, 50, "18:ab")


# What is read.


def test_taken_rows_follow_those_of_the_split_and_are_numbered_on(workspace: Workspace) -> None:
    write(workspace, *many(50))
    write(workspace, *many(3, "second"), name="second.jsonl")
    recipe = mixing("replay.jsonl=0.25", "second.jsonl")
    parts = recipe_parts(workspace, recipe)
    first, second = parts.mixed
    assert len(parts.own) == OWN
    assert [len(first.taken), len(second.taken)] == [11, 3]
    assert [first.after, second.after] == [OWN, OWN + 50]
    assert [one.row for one in parts.train[-3:]] == [81, 82, 83]
    assert [one.row - OWN for one in parts.train[OWN:-3]] == sorted(first.taken)
    assert parts.train[-3].messages[0].text == "second number 0 of an older task"
    assert [row.row for row in recipe_parts(workspace, recipe).train] == [
        row.row for row in parts.train
    ]


def test_tables_are_read_as_inspect_reads_them(workspace: Workspace) -> None:
    write(workspace, "prompt,completion", "old question,old answer", name="old.csv")
    parts = recipe_parts(workspace, mixing("old.csv"))
    assert parts.train[-1].reference == "old answer"


def test_a_row_that_cannot_be_read_is_named(workspace: Workspace) -> None:
    write(workspace, *many(2), '{"messages": []}')
    with pytest.raises(DataError, match=r"replay.jsonl \(data.mix\), row 3, cannot be read"):
        recipe_parts(workspace, mixing("replay.jsonl"))


def test_an_empty_set_and_a_missing_one_are_refused(workspace: Workspace) -> None:
    write(workspace)
    with pytest.raises(DataError, match="has no rows"):
        recipe_parts(workspace, mixing("replay.jsonl"))
    with pytest.raises(DataError, match=r"no file .*gone.jsonl"):
        recipe_parts(workspace, mixing("gone.jsonl"))


def test_plans_count_the_rows_that_are_mixed_in(workspace: Workspace) -> None:
    path = write(workspace, *many(50))
    plain = read_facts(workspace, mixing(), None)
    facts = read_facts(workspace, mixing("replay.jsonl=0.25"), None)
    assert (plain.train_rows, plain.mixed) == (OWN, ())
    assert facts.train_rows == OWN + 10
    assert facts.sizes is not None
    assert len(facts.sizes.train) == OWN + 10
    (one,) = facts.mixed
    assert (one.path, one.rows, one.taken, one.share) == ("replay.jsonl", 50, 10, 0.25)
    assert one.sha256 == file_sha256(path)


def test_the_tokens_of_other_sets_are_other_tokens(workspace: Workspace) -> None:
    path = write(workspace, *many(8))

    def key(recipe: Recipe) -> str:
        return token_key(recipe, recipe_hashes(workspace, recipe))

    keys = [key(mixing()), key(mixing("replay.jsonl")), key(mixing("replay.jsonl=0.1"))]
    keys.append(key(mixing("replay.jsonl=0.1").model_copy(update={"seed": 3})))
    path.write_text(path.read_text() + chat("one", "more") + "\n")
    keys.append(key(mixing("replay.jsonl")))
    assert len(set(keys)) == len(keys)


# What never gets in.


def held(workspace: Workspace) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(
        dataset_folder(workspace, SPLIT).holdout.read_text().splitlines()[0]
    )
    return row


def without_row_10(workspace: Workspace, recipe: Recipe) -> Recipe:
    """Return the recipe with a seed by which the last set's tenth row is not taken."""
    seeded = (recipe.model_copy(update={"seed": seed}) for seed in range(99))
    return next(one for one in seeded if 10 not in recipe_parts(workspace, one).mixed[-1].taken)


def reworded(row: dict[str, Any]) -> str:
    for turn in row["messages"]:
        turn["content"] = f"  {turn['content'].swapcase()}  ".replace(" ", "   ")
    return json.dumps(row)


def asked_alike(row: dict[str, Any]) -> str:
    row["messages"][-1]["content"] = "quite another answer"
    return json.dumps(row)


@pytest.mark.parametrize(
    ("made", "how"),
    [
        (json.dumps, "is a holdout row"),
        (reworded, "has the words of a holdout row"),
        (asked_alike, "has the input of a holdout row"),
    ],
)
@pytest.mark.parametrize("share", ["", "=0.01"])
def test_a_set_that_holds_the_holdout_is_refused_by_name_and_row(
    workspace: Workspace, made: Callable[[dict[str, Any]], str], how: str, share: str
) -> None:
    """Also where the share would have left the row out."""
    write(workspace, *many(4, "clean"), name="clean.jsonl")
    write(workspace, *many(9), made(held(workspace)))
    recipe = mixing("clean.jsonl", f"replay.jsonl{share}")
    if share:
        recipe = without_row_10(workspace, recipe)
    with pytest.raises(DataError) as refused:
        check(workspace, recipe)
    assert "1 of 10 rows for training from replay.jsonl (data.mix)" in refused.value.what
    assert f"replay.jsonl row 10 {how}" in refused.value.what


def test_every_set_is_compared_with_the_holdout(workspace: Workspace) -> None:
    write(workspace, *many(4))
    write(workspace, json.dumps(held(workspace)), name="last.jsonl")
    with pytest.raises(DataError, match=r"from last\.jsonl"):
        check(workspace, mixing("replay.jsonl", "last.jsonl"))


def test_an_override_counts_the_rows_that_are_taken(workspace: Workspace) -> None:
    write(workspace, *many(9), json.dumps(held(workspace)))
    why = "a smoke test of the refusal"
    whole = check(workspace, mixing("replay.jsonl", holdout_override=why))
    assert (whole.event().intersection, whole.event().override) == (1, why)
    few = without_row_10(workspace, mixing("replay.jsonl=0.01", holdout_override=why))
    some = check(workspace, few)
    assert (some.event().intersection, some.event().override) == (0, "")


def test_the_log_names_every_set_with_its_hash(workspace: Workspace) -> None:
    path = write(workspace, *many(50))
    event = check(workspace, mixing("replay.jsonl=0.25")).event()
    assert event.rows == OWN + 10 + 4
    (one,) = event.mixed
    assert (one.path, one.sha256, one.taken) == ("replay.jsonl", file_sha256(path), 10)


def test_rows_of_a_set_are_held_against_the_lock_as_they_are_read(workspace: Workspace) -> None:
    write(workspace, *many(5))
    recipe = mixing("replay.jsonl")
    parts = recipe_parts(workspace, recipe)
    checked = check(workspace, recipe)
    tokens = tokenize(workspace, recipe, parts, counting(), limit=LIMIT, on_row=lambda _: None)
    count, train, _ = counted(checked, tokens.part("train"), tokens.part("validation"))
    assert isinstance(train.rows, CountedRows)
    assert len(list(train.rows)) == OWN + 5
    event = count.event("read")
    assert (event.rows, event.intersection) == (OWN + 5, 0)
    assert event.mixed == checked.mixed
    slipped = next(iter(checked.guard.lock.rows)).keys
    checked.train[OWN + 5] = slipped
    with pytest.raises(DataError, match="about to read a row that is a holdout row"):
        list(train.rows)


def test_rows_that_validation_knows_are_told(workspace: Workspace) -> None:
    known = dataset_folder(workspace, SPLIT).validation.read_text().splitlines()
    write(workspace, *many(5))
    (only,) = said_of(check(workspace, mixing("replay.jsonl")))
    assert only.text.startswith("39 rows checked against the holdout")
    write(workspace, *many(5), reworded(json.loads(known[0])), asked_alike(json.loads(known[1])))
    _, warned = said_of(check(workspace, mixing("replay.jsonl")))
    assert warned.level == "warning"
    assert warned.text.startswith("2 mixed-in rows have the words or the input of a validation row")


def test_a_row_of_a_set_is_dropped_by_its_number(workspace: Workspace) -> None:
    write(workspace, *many(5))
    recipe = mixing("replay.jsonl", drop_rows=[OWN + 2])
    parts = recipe_parts(workspace, recipe)
    tokens = tokenize(workspace, recipe, parts, counting(), limit=LIMIT, on_row=lambda _: None)
    assert tokens.part("train").left_out == (OWN + 2,)
    assert len(tokens.part("train").rows) == OWN + 4
