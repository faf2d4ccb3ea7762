"""What training reads is counted and held against the lock as it is read."""

import hashlib
from array import array

import pytest

from core.data.dataset import dataset_folder
from core.data.keys import merkle_root
from core.errors import DataError, RecipeError
from core.training.consumed import CountedRows, KeyCount
from core.training.recipe import make_recipe
from core.training.rows import check_holdout, counted, read_parts
from core.workspace import Workspace
from tests.support.path_job import SPLIT
from tests.support.token_rows import LIMIT, counting, recipe_of

WHY = "a smoke test of the refusal"


def plant(workspace: Workspace, part: str) -> None:
    folder = dataset_folder(workspace, SPLIT)
    path = folder.path / f"{part}.jsonl"
    path.write_text(path.read_text() + folder.holdout.read_text().splitlines()[0] + "\n")


@pytest.mark.parametrize(("part", "use"), [("train", "training"), ("validation", "validation")])
def test_a_planted_row_stops_every_use_of_the_part(
    workspace: Workspace, part: str, use: str
) -> None:
    plant(workspace, part)
    with pytest.raises(DataError, match=f"rows for {use} touch the holdout: row .* is a holdout"):
        check_holdout(workspace, SPLIT, read_parts(workspace, SPLIT))


def test_an_override_is_kept_only_where_it_was_needed(workspace: Workspace) -> None:
    clean = check_holdout(workspace, SPLIT, read_parts(workspace, SPLIT), override=WHY)
    assert (clean.event().intersection, clean.event().override) == (0, "")
    plant(workspace, "train")
    planted = check_holdout(workspace, SPLIT, read_parts(workspace, SPLIT), override=WHY)
    assert (planted.event().intersection, planted.event().override) == (1, WHY)
    assert planted.event().rows == clean.event().rows + 1


@pytest.mark.parametrize("reason", ["", "because"])
def test_an_override_needs_words(reason: str) -> None:
    values = {"name": "x", "data": {"split": SPLIT, "holdout_override": reason}}
    with pytest.raises(RecipeError, match="holdout_override"):
        make_recipe(values, where="test")


def test_the_sum_counts_every_reading_and_the_root_every_row_once(workspace: Workspace) -> None:
    checked = check_holdout(workspace, SPLIT, read_parts(workspace, SPLIT))
    count = KeyCount(checked.guard)
    for _ in range(2):
        for keys in checked.train.values():
            count.add(keys)
    event = count.event("read")
    names = [keys.row for keys in checked.train.values()]
    assert event.rows == 2 * len(names)
    assert event.root == merkle_root(names).hex()
    assert int(event.total, 16) == 2 * sum(map(int.from_bytes, names)) % 2**128 != 0
    assert event.intersection == 0


def test_a_holdout_row_that_slips_in_later_stops_the_reading(workspace: Workspace) -> None:
    checked = check_holdout(workspace, SPLIT, read_parts(workspace, SPLIT))
    held = next(iter(checked.guard.lock.rows)).keys
    with pytest.raises(DataError, match="about to read a row that is a holdout row"):
        KeyCount(checked.guard).add(held)
    allowed = KeyCount(checked.guard, override=WHY)
    allowed.add(held)
    assert allowed.event("read").intersection == 1


def test_sequences_are_the_same_and_counted_when_they_are_read(workspace: Workspace) -> None:
    from core.training.rows import tokenize

    parts = read_parts(workspace, SPLIT)
    checked = check_holdout(workspace, SPLIT, parts)
    tokenized = tokenize(
        workspace, recipe_of(), parts, counting(), limit=LIMIT, on_row=lambda _: None
    )
    plain, looked = tokenized.part("train"), tokenized.part("validation")
    count, train, validation = counted(checked, plain, looked)
    assert isinstance(train.rows, CountedRows)
    assert (train.lengths, train.supervised) == (plain.lengths, plain.supervised)
    assert count.event("read").rows == 0
    assert [row.ids for row in train.rows] == [row.ids for row in plain.rows]
    assert list(validation.rows[:2]) == list(looked.rows[:2])
    event = count.event("read")
    assert event.rows == len(plain.rows) + 2
    given = [row.ids for row in (*plain.rows, *looked.rows[:2])]
    hashes = [hashlib.blake2b(array("I", ids).tobytes(), digest_size=16) for ids in given]
    assert int(event.inputs, 16) == sum(int.from_bytes(one.digest()) for one in hashes) % 2**128


def test_what_all_processes_read_is_one_reading(workspace: Workspace) -> None:
    checked = check_holdout(workspace, SPLIT, read_parts(workspace, SPLIT))
    alone, first, second = (KeyCount(checked.guard) for _ in range(3))
    for number, keys in enumerate(checked.train.values()):
        alone.add(keys, (number, 7))
        (first if number % 3 else second).add(keys, (number, 7))
    assert first.event("read", readings=[first.reading, second.reading]) == alone.event("read")
    assert first.event("read") != alone.event("read")
