"""A split keeps equal rows on one side, and its lock keeps the holdout out of everything else."""

import hashlib
import json
import os
import random
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.clusters import cluster, ranked
from core.data.dataset import read_part, read_salt
from core.data.holdout_guard import refuse_holdout
from core.data.holdout_lock import LockedRow, lock_bytes, make_lock, read_lock
from core.data.keys import RowKeys, row_keys
from core.data.parts import Shares, divide
from core.data.split import SplitResult, split_file
from core.database import connect_to_read
from core.errors import DataError
from core.workspace import Workspace, create_workspace

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SALT = b"0123456789abcdef"


def line(question: str, answer: str) -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns})


LINES = [line(f"question {n} about topic {n * 7}", f"answer {n}") for n in range(100)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


def split(workspace: Workspace, lines: list[str], name: str = "tickets") -> SplitResult:
    source = workspace.root.parent / f"{name}-{len(lines)}.jsonl"
    source.write_text("\n".join(lines) + "\n")
    return split_file(workspace, source, name=name, now=NOW)


def test_every_usable_row_is_in_exactly_one_part(workspace: Workspace) -> None:
    result = split(workspace, LINES)
    assert (result.train, result.validation, result.holdout) == (75, 10, 15)
    folder = result.folder
    parts = [folder.train, folder.validation, folder.holdout]
    written = [text for part in parts for text in part.read_text().splitlines()]
    assert sorted(written) == sorted(LINES)


def test_membership_does_not_depend_on_the_order_of_the_file(workspace: Workspace) -> None:
    shuffled = random.Random(1).sample(LINES, len(LINES))
    one, other = split(workspace, LINES, "one"), split(workspace, shuffled, "other")
    assert one.folder.holdout.read_bytes() == other.folder.holdout.read_bytes()
    assert one.folder.train.read_bytes() == other.folder.train.read_bytes()
    assert one.root == other.root


def test_rows_with_equal_inputs_stay_on_one_side(workspace: Workspace) -> None:
    doubled = [line(f"same question {n}", f"answer {k}") for n in range(50) for k in (1, 2)]
    folder = split(workspace, doubled).folder

    def questions(part: Path) -> set[str]:
        return {example.messages[0].text for example in read_part(part)}

    assert not questions(folder.holdout) & questions(folder.train)
    assert not questions(folder.holdout) & questions(folder.validation)
    assert not questions(folder.validation) & questions(folder.train)


def test_unusable_rows_are_left_out_by_name(workspace: Workspace) -> None:
    result = split(workspace, [*LINES, "{broken", line("q", " "), LINES[3]])
    assert result.left_out == {
        101: "json: is not JSON (Expecting property name enclosed in double quotes)",
        102: "empty_answer: messages[1].content is empty",
        103: "duplicate: has the same content as row 4",
    }
    assert result.train + result.validation + result.holdout == 100


def test_files_are_private_and_the_holdout_is_read_only(workspace: Workspace) -> None:
    folder = split(workspace, LINES).folder
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.path.iterdir()}
    assert modes == {
        "train.jsonl": 0o600,
        "validation.jsonl": 0o600,
        "holdout.jsonl": 0o400,
        "holdout.lock": 0o444,
        "manifest.json": 0o444,
    }
    assert stat.S_IMODE((workspace.data / "salt").stat().st_mode) == 0o600
    assert read_salt(workspace).hex() not in folder.lock.read_text()


def test_the_same_split_again_changes_nothing_and_another_is_refused(workspace: Workspace) -> None:
    first = split(workspace, LINES)
    before = first.folder.lock.read_bytes()
    assert split(workspace, LINES).as_json() == first.as_json()
    with pytest.raises(DataError, match="locked holdout"):
        split(workspace, LINES[:60])
    assert first.folder.lock.read_bytes() == before


def test_the_workspace_knows_the_split(workspace: Workspace) -> None:
    result = split(workspace, LINES)
    with connect_to_read(workspace.database) as connection:
        assert connection
        ((root, counts),) = connection.execute("SELECT lock_root, counts FROM splits").fetchall()
        ((profile,),) = connection.execute("SELECT profile FROM datasets").fetchall()
    assert (root, json.loads(counts)["holdout"]) == (result.root, 15)
    assert json.loads(profile)["verdict"] == "ready"


def test_too_few_rows_are_refused_and_leave_nothing_behind(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="too few to split"):
        split(workspace, LINES[:6])
    assert sorted(p.name for p in workspace.data.iterdir()) == ["salt"]


def test_one_input_for_all_rows_cannot_be_split(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="1 groups"):
        split(workspace, [line("always the same", f"answer {n}") for n in range(40)])


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65])
def test_a_name_that_leaves_the_folder_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(DataError, match="no name"):
        split_file(workspace, Path("unread"), name=name, now=NOW)


def examples_and_lock(workspace: Workspace) -> tuple[SplitResult, bytes]:
    return split(workspace, LINES), read_salt(workspace)


def test_a_holdout_row_in_train_is_refused_by_name(workspace: Workspace) -> None:
    result, salt = examples_and_lock(workspace)
    lock = read_lock(result.folder.lock)
    train = read_part(result.folder.train)
    refuse_holdout(lock, train, salt=salt, use="training")
    planted = read_part(result.folder.holdout)[0]
    with pytest.raises(DataError, match=f"row {planted.row} is a holdout row"):
        refuse_holdout(lock, [*train, planted], salt=salt, use="training")


@pytest.mark.parametrize("change", ["words", "input"])
def test_a_changed_copy_of_a_holdout_row_is_refused(workspace: Workspace, change: str) -> None:
    result, salt = examples_and_lock(workspace)
    question = read_part(result.folder.holdout)[0].messages[0].text
    answer = read_part(result.folder.holdout)[0].messages[1].text
    copy = workspace.root / "copy.jsonl"
    copy.write_text(
        line(question.upper(), answer) if change == "words" else line(question, "something else")
    )
    with pytest.raises(DataError, match=f"has the {change} of a holdout row"):
        refuse_holdout(read_lock(result.folder.lock), read_part(copy), salt=salt, use="training")


def test_another_salt_cannot_vouch_for_anything(workspace: Workspace) -> None:
    result, _ = examples_and_lock(workspace)
    with pytest.raises(DataError, match="another salt"):
        refuse_holdout(read_lock(result.folder.lock), [], salt=b"x" * 16, use="training")


def test_any_flipped_byte_in_the_lock_is_refused(workspace: Workspace) -> None:
    result, _ = examples_and_lock(workspace)
    whole = result.folder.lock.read_bytes()
    forged = workspace.root / "forged.lock"
    for place in range(0, len(whole), 7):
        forged.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DataError, match="cannot be trusted"):
            read_lock(forged)


def test_a_lock_made_from_other_rows_with_a_right_last_line_is_refused(tmp_path: Path) -> None:
    keys = RowKeys(row=b"r" * 16, norm=b"n" * 16, inputs=(b"i" * 16,))
    locked = LockedRow(keys=keys, signature=bytes(256))
    lock = make_lock([locked], salt=SALT, source=[], counts="train 1", near="0.7")
    forged = lock_bytes(lock).replace(keys.row.hex().encode(), b"ab" * 16)
    body = forged.rpartition(b"end ")[0]
    path = tmp_path / "holdout.lock"
    path.write_bytes(
        body + b"end " + hashlib.blake2b(body, digest_size=16).hexdigest().encode() + b"\n"
    )
    with pytest.raises(DataError, match="do not give its root"):
        read_lock(path)


def test_locks_are_the_same_bytes_whatever_the_process_its_hashes_and_the_order(
    tmp_path: Path,
) -> None:
    program = (
        "import sys, pathlib, datetime; from core.workspace import create_workspace;"
        "from core.data.split import split_file; root = pathlib.Path(sys.argv[1]);"
        "w = create_workspace(root); (w.data / 'salt').write_bytes(b'0123456789abcdef');"
        "r = split_file(w, pathlib.Path(sys.argv[2]), name='d',"
        " now=datetime.datetime(2026, 1, 1)); print(r.folder.lock.read_text())"
    )
    answers = [line(f"question {n} on {n * 7}", ("yes", "no")[n % 3 == 0]) for n in range(100)]
    near = [
        line(f"{' '.join(f'w{n}x{k}' for k in range(20))} {end}", "yes")
        for n in range(9)
        for end in "ab"
    ]
    printed = set()
    for seed, order in (("1", 0), ("2", 0), ("3", 1)):
        lines = [*answers, *near]
        source = tmp_path / f"rows-{seed}.jsonl"
        source.write_text("\n".join(random.Random(8).sample(lines, len(lines)) if order else lines))
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / seed), str(source)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        )
        printed.add(done.stdout)
    assert len(printed) == 1
    assert "label=no" in printed.pop()


keys_of_anything = st.lists(
    st.builds(
        lambda row, norm, asked: RowKeys(
            row=row.to_bytes(16),
            norm=norm.to_bytes(16),
            inputs=tuple(a.to_bytes(16) for a in asked),
        ),
        st.integers(0, 1000),
        st.integers(0, 60),
        st.lists(st.integers(0, 60), max_size=2),
    ),
    max_size=80,
)


def names(keys: RowKeys) -> list[tuple[str, bytes]]:
    return [("norm", keys.norm), *(("input", key) for key in keys.inputs)]


@given(keys_of_anything)
@settings(deadline=None)
def test_no_cluster_ever_crosses_a_border(keys: list[RowKeys]) -> None:
    groups = ranked(cluster([names(one) for one in keys]), [one.norm for one in keys], SALT)
    strata = [list(range(0, len(keys), 2)), list(range(1, len(keys), 2))]
    parts = divide(groups, strata, Shares(validation=0.2, holdout=0.3))
    sides = (parts.train, parts.validation, parts.holdout)
    assert sorted(p for side in sides for p in side) == list(range(len(keys)))
    for group in groups:
        assert sum(bool(set(group) & set(side)) for side in sides) == 1
    for part in (parts.train, parts.validation):
        others = {keys[p].norm for p in parts.holdout} & {keys[p].norm for p in part}
        assert not others
    assert len(parts.holdout) <= round(0.3 * len(keys))


def test_near_rows_stay_on_one_side(workspace: Workspace) -> None:
    long = [" ".join(f"w{n}-{k}" for k in range(30)) for n in range(40)]
    pairs = [
        line(text + end, f"answer {n}") for n, text in enumerate(long) for end in ("", " more")
    ]
    result = split(workspace, pairs)
    assert result.clusters == 40
    assert result.max_cross_similarity == 0.0


def test_row_keys_of_the_holdout_are_what_the_lock_holds(workspace: Workspace) -> None:
    result, salt = examples_and_lock(workspace)
    expected = {row_keys(example, salt).row for example in read_part(result.folder.holdout)}
    assert {row.keys.row for row in read_lock(result.folder.lock).rows} == expected


def test_a_split_tells_what_it_does_and_how_far_it_is(workspace: Workspace) -> None:
    heard: list[tuple[str, float | None]] = []
    source = workspace.root / "rows.jsonl"
    source.write_text("\n".join(LINES) + "\n")
    split_file(workspace, source, name="d", now=NOW, tell=lambda *said: heard.append(said))
    assert list(dict(heard)) == [
        "checking rows",
        "reading rows",
        "comparing rows",
        "comparing questions",
        "looking for rows inside others",
        "measuring the border",
        "writing the parts",
    ]
    shares = [share for words, share in heard if words == "checking rows" if share is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
