"""A source may grow under its lock: no locked row moves, and nothing like one is trained on."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.choices import Choices
from core.data.dataset import DatasetFolder, read_salt
from core.data.grow import grow
from core.data.holdout_lock import lock_hash, read_lock
from core.data.lineage import lineage_of
from core.data.split import split_file
from core.data.split_folder import recover
from core.data.split_result import SplitResult
from core.errors import DataError
from core.workspace import Workspace, create_workspace
from tests.support.split_draft import line

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def row(n: int, answer: str = "") -> str:
    words = " ".join(f"w{n}x{at}" for at in range(12))
    return line(f"question {words}", answer or f"answer {n} is {n * 7}")


FIRST = [row(n) for n in range(60)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


def split(workspace: Workspace, lines: list[str], **how: object) -> SplitResult:
    source = workspace.root / "source.jsonl"
    source.write_text("\n".join(lines) + "\n")
    return split_file(workspace, source, name="d", now=NOW, **how)  # type: ignore[arg-type]


def parts(result: SplitResult) -> dict[str, set[str]]:
    folder = result.folder
    paths = (folder.train, folder.validation, folder.holdout, folder.quarantine)
    return {
        path.stem: set(path.read_text().splitlines()) if path.exists() else set() for path in paths
    }


def held(result: SplitResult, at: int = 0) -> str:
    return result.folder.holdout.read_text().splitlines()[at]


def words(text: str) -> tuple[str, str]:
    asked, answered = json.loads(text)["messages"]
    return asked["content"], answered["content"]


def test_new_rows_go_to_train_and_validation_and_the_lock_stays_as_it_is(
    workspace: Workspace,
) -> None:
    first = split(workspace, FIRST)
    lock = first.folder.lock.read_bytes()
    before = parts(first)
    grown = split(workspace, [*FIRST, *(row(n) for n in range(60, 100))])
    after = parts(grown)
    assert (grown.train, grown.validation, grown.holdout) == (81, 10, 9)
    assert grown.folder.lock.read_bytes() == lock
    assert after["holdout"] == before["holdout"]
    assert before["train"] <= after["train"]
    assert before["validation"] <= after["validation"]


def test_a_row_like_a_holdout_row_is_quarantined_and_never_trained(workspace: Workspace) -> None:
    first = split(workspace, FIRST)
    asked, answered = words(held(first))
    new = [
        line(asked.upper(), answered),
        line(asked, "something else"),
        line(asked + " more", "a near one"),
        line(f"as I said before: {asked} {answered} and so on", "it holds one"),
        row(77),
    ]
    grown = split(workspace, [*FIRST, *new])
    assert [(one.row, one.reason) for one in grown.quarantined] == [
        (n, "matches the locked holdout") for n in (61, 62, 63, 64)
    ]
    assert parts(grown)["quarantine"] == set(new[:4])
    assert grown.as_json()["quarantined"] == 4
    assert not parts(grown)["train"] & set(new[:4])
    again = split(workspace, [*FIRST, *new])
    assert again.as_json() == grown.as_json()


def test_a_row_that_matches_both_sides_is_quarantined_and_says_so(workspace: Workspace) -> None:
    first = split(workspace, FIRST)
    one, other = words(held(first))[0], words(first.folder.train.read_text().splitlines()[0])[0]
    bridge = json.dumps(
        {
            "messages": [
                {"role": "user", "content": one},
                {"role": "assistant", "content": "a", "weight": 1},
                {"role": "user", "content": other},
                {"role": "assistant", "content": "b"},
            ]
        }
    )
    grown = split(workspace, [*FIRST, bridge])
    assert [one.reason for one in grown.quarantined] == ["matches both sides: holdout and train"]
    assert parts(grown)["train"] == parts(first)["train"]


def test_a_new_version_grows_the_holdout_and_names_the_lock_before(workspace: Workspace) -> None:
    first = split(workspace, FIRST)
    was = read_lock(first.folder.lock)
    before = parts(first)
    asked, _ = words(held(first))
    lines = [*FIRST, line(asked, "matches"), *(row(n) for n in range(60, 99))]
    grown = split(workspace, lines, new_version=True)
    lock = read_lock(grown.folder.lock)
    assert (lock.version, lock.previous) == (2, lock_hash(was))
    assert lock.root != was.root
    assert grown.holdout == 15
    assert before["holdout"] < parts(grown)["holdout"]
    assert lines[60] in parts(grown)["holdout"]
    assert before["train"] <= parts(grown)["train"]
    assert read_lock(grown.folder.path / "holdout.1.lock") == was
    assert split(workspace, lines).version == 2


def test_a_file_without_its_locked_rows_is_refused(workspace: Workspace) -> None:
    first = split(workspace, FIRST)
    kept = [text for text in FIRST if text != held(first)]
    with pytest.raises(DataError, match="1 of its 9 rows are not in this file"):
        split(workspace, kept)
    fresh = split(workspace, kept, new_version=True)
    assert fresh.version == 2
    assert held(first) == held(fresh) or fresh.holdout >= 8


def test_an_edited_holdout_row_stays_holdout(workspace: Workspace) -> None:
    first = split(workspace, FIRST)
    old = held(first)
    new = line("worded in a wholly different manner now", "and answered so")
    lines = [new if text == old else text for text in FIRST]
    lineage = lineage_of([(old.encode(), new.encode())], read_salt(workspace))
    same = split(workspace, lines, lineage=lineage)
    assert [one.reason for one in same.quarantined] == ["is an edited form of a locked holdout row"]
    assert old in parts(same)["holdout"]
    later = split(workspace, lines, lineage=lineage, new_version=True)
    assert new in parts(later)["holdout"]
    assert old not in parts(later)["holdout"]
    assert (later.version, later.holdout) == (2, 9)


def test_an_edited_train_row_stays_in_train(workspace: Workspace) -> None:
    first = split(workspace, FIRST)
    salt = read_salt(workspace)
    for old in sorted(parts(first)["validation"]):
        new = line(f"worded anew {FIRST.index(old)}", "answered anew")
        lines = [new if text == old else text for text in FIRST]
        grown = split(workspace, lines, lineage=lineage_of([(old.encode(), new.encode())], salt))
        assert new in parts(grown)["validation"]
        split(workspace, FIRST, lineage=lineage_of([(new.encode(), old.encode())], salt))


@pytest.mark.parametrize("chosen", [{"groups": ("customer",)}, {"by": "topic"}, {"holdout": 0.3}])
def test_other_choices_under_one_name_are_refused(
    workspace: Workspace, chosen: dict[str, object]
) -> None:
    split(workspace, FIRST)
    with pytest.raises(DataError, match="has a locked holdout that was split with"):
        split(workspace, FIRST, choices=Choices(**chosen))  # type: ignore[arg-type]


def test_a_holdout_that_was_changed_by_hand_cannot_grow(workspace: Workspace) -> None:
    first = split(workspace, FIRST)
    first.folder.holdout.chmod(0o600)
    first.folder.holdout.write_text(row(99) + "\n")
    with pytest.raises(DataError, match="not the one that was locked"):
        split(workspace, FIRST)


def test_rows_newer_than_a_holdout_by_time_are_not_trained_on(workspace: Workspace) -> None:
    lines = [line(f"asks {n} {n * 7}", f"a {n}", date=f"2026-03-{1 + n:02}") for n in range(30)]
    late = line("asks late", "a", date="2026-05-01")
    early = line("asks early", "a", date="2026-02-01")
    choices = Choices(time="date")
    split(workspace, lines, choices=choices)
    grown = split(workspace, [*lines, late, early], choices=choices)
    assert [(one.row, one.reason) for one in grown.quarantined] == [
        (31, "is not older than the holdout")
    ]
    later = split(workspace, [*lines, late, early], choices=choices, new_version=True)
    assert late in parts(later)["holdout"]


def test_a_split_that_was_killed_between_two_names_is_put_back(workspace: Workspace) -> None:
    first = split(workspace, FIRST)
    before = parts(first)
    first.folder.path.rename(first.folder.path.with_name(".d.before"))
    recover(DatasetFolder(first.folder.path))
    assert parts(first) == before


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None)
def test_appending_never_moves_a_locked_row(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    workspace = create_workspace(tmp_path_factory.mktemp("grow") / "ws")
    lines = [row(n) for n in range(rng.randint(20, 40))]
    before = parts(split(workspace, lines))
    for _ in range(3):
        asked, answered = words(rng.choice(lines))
        other, _ = words(rng.choice(lines))
        more = [
            line(asked.title(), answered),
            line(asked, f"other {rng.random()}"),
            line(f"{asked} {other}", f"both {rng.random()}"),
            *(row(rng.randrange(100, 10**6)) for _ in range(rng.randint(0, 5))),
        ]
        lines = rng.sample([*lines, *more], len(lines) + len(more))
        after = parts(split(workspace, lines))
        for side in ("train", "validation", "holdout"):
            assert before[side] <= after[side]
        assert after["holdout"] == before["holdout"]
        assert not after["quarantine"] & (after["train"] | after["validation"])
        before = after


@given(
    st.lists(
        st.lists(st.sampled_from(["train", "validation", "holdout", None]), min_size=1, max_size=4)
    )
)
@settings(deadline=None)
def test_each_row_without_a_side_gets_exactly_one_fate(given_: list[list[str | None]]) -> None:
    known: list[str | None] = [side for group in given_ for side in group]
    places = iter(range(len(known)))
    groups = [[next(places) for _ in group] for group in given_]
    growth = grow(groups, known)  # type: ignore[arg-type]
    free = [place for group in growth.free for place in group]
    fates = [*growth.sides, *growth.quarantined, *free]
    assert sorted(fates) == [place for place, side in enumerate(known) if side is None]
    for group in groups:
        if "holdout" in {known[place] for place in group}:
            assert not set(group) & {*growth.sides, *free}
