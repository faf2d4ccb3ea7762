"""Rows reach a service as they are, come back by line number, and never touch the holdout."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.dataset import dataset_folder, ensure_salt
from core.data.keys import canonical_form
from core.data.part_manifest import Part as ManifestPart
from core.data.part_manifest import manifest_bytes
from core.data.rows import Example
from core.data.sources import to_row
from core.errors import DataError
from core.hosted.consignment import Part
from core.hosted.part_files import write_parts
from core.hosted.rows import Unsendable, chat_line
from core.workspace import Workspace
from tests.support.hosted_split import split_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)


def example_of(value: object) -> Example:
    found = to_row(json.dumps(value).encode(), number=1).example
    assert found is not None
    return found


@given(
    system=st.none() | st.just("") | TEXTS,
    turns=st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from([None, 0, 1])), min_size=1, max_size=3),
    tools=st.none() | st.just([{"type": "function", "function": {"name": "look"}}]),
)
def test_a_row_read_back_from_their_form_is_the_same_row(
    system: str | None, turns: list[tuple[str, str, int | None]], tools: list[object] | None
) -> None:
    messages: list[dict[str, object]] = []
    if system is not None:
        messages.append({"role": "system", "content": system})
    for asked, answered, weight in turns:
        messages.append({"role": "user", "content": asked})
        answer: dict[str, object] = {"role": "assistant", "content": answered}
        messages.append(answer if weight is None else answer | {"weight": weight})
    value = {"messages": messages} | ({} if tools is None else {"tools": tools})
    before = example_of(value)
    line = chat_line(before, "supervised")
    assert b"\n" not in line
    after = to_row(line, number=1).example
    assert after is not None
    assert [(m.role, m.text, m.trains) for m in after.messages] == [
        (m.role, m.text, m.trains) for m in before.messages
    ]
    assert after.tools == before.tools
    again = to_row(chat_line(after, "supervised"), number=1).example
    assert again is not None
    assert canonical_form(again) == canonical_form(after)


def test_fields_that_no_service_takes_stay_here() -> None:
    row = {
        "messages": [
            {"role": "user", "content": "q", "note": "private"},
            {"role": "assistant", "content": "a"},
        ],
        "metadata": {"customer": "private"},
    }
    assert b"private" not in chat_line(example_of(row), "supervised")


def test_a_pair_is_asked_better_worse() -> None:
    pair = {"prompt": "q", "chosen": "good", "rejected": "bad"}
    assert json.loads(chat_line(example_of(pair), "dpo")) == {
        "input": {"messages": [{"role": "user", "content": "q"}]},
        "preferred_output": [{"role": "assistant", "content": "good"}],
        "non_preferred_output": [{"role": "assistant", "content": "bad"}],
    }


def test_pairs_and_conversations_are_not_taken_for_each_other() -> None:
    pair = example_of({"prompt": "q", "chosen": "good", "rejected": "bad"})
    plain = example_of({"prompt": "q", "completion": "a"})
    with pytest.raises(Unsendable, match="only the method dpo"):
        chat_line(pair, "supervised")
    with pytest.raises(Unsendable, match="is no preference pair"):
        chat_line(plain, "dpo")


def written(workspace: Workspace, into: Path) -> tuple[Part, ...]:
    return write_parts(workspace, "tickets", into, line=chat_line, method="supervised")


def test_a_line_number_leads_back_to_our_row(hosted_workspace: Workspace, tmp_path: Path) -> None:
    train, validation = written(hosted_workspace, tmp_path / "out")
    assert (train.name, validation.name) == ("train", "validation")
    ours = dataset_folder(hosted_workspace, "tickets").train.read_bytes().splitlines()
    theirs = train.path.read_bytes().splitlines()
    assert len(theirs) == len(ours) == train.rows
    for line in (1, len(theirs)):
        row = train.row_of_line(line)
        assert row is not None
        assert json.loads(theirs[line - 1])["messages"] == json.loads(ours[row - 1])["messages"]
    assert train.row_of_line(0) is None
    assert train.row_of_line(len(theirs) + 1) is None
    assert train.sha256 == hashlib.sha256(train.path.read_bytes()).hexdigest()
    assert train.path.stat().st_mode & 0o077 == 0


def test_blank_lines_in_a_part_shift_no_row(tmp_path: Path) -> None:
    workspace = split_of(tmp_path)
    folder = dataset_folder(workspace, "tickets")
    _rewrite(folder.train, folder.manifest, b"\n\n" + folder.train.read_bytes())
    assert written(workspace, tmp_path / "out")[0].row_of_line(1) == 3


@pytest.mark.parametrize("part", ["train", "validation"])
def test_a_holdout_row_in_a_part_stops_before_anything_is_written(
    tmp_path: Path, part: str
) -> None:
    workspace = split_of(tmp_path)
    folder = dataset_folder(workspace, "tickets")
    planted = folder.holdout.read_bytes().splitlines()[0]
    path = folder.path / f"{part}.jsonl"
    _rewrite(path, folder.manifest, path.read_bytes() + planted + b"\n")
    with pytest.raises(DataError) as refused:
        written(workspace, tmp_path / "out")
    assert f"{part} rows touch the holdout" in refused.value.what
    assert "Nothing was sent" in refused.value.why
    assert not (tmp_path / "out").exists()


def test_a_part_changed_by_hand_is_refused(tmp_path: Path) -> None:
    workspace = split_of(tmp_path)
    folder = dataset_folder(workspace, "tickets")
    with folder.train.open("ab") as file:
        file.write(b'{"prompt": "new", "completion": "x"}\n')
    with pytest.raises(DataError, match="not the part that the split wrote"):
        written(workspace, tmp_path / "out")


def test_rows_that_a_form_cannot_say_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    workspace = split_of(tmp_path)
    with pytest.raises(DataError) as refused:
        write_parts(workspace, "tickets", tmp_path / "out", line=chat_line, method="dpo")
    assert refused.value.what.startswith("train row 1 is no preference pair")
    assert "more rows" in refused.value.what
    assert not (tmp_path / "out").exists()


def test_the_salt_is_not_among_what_leaves(hosted_workspace: Workspace, tmp_path: Path) -> None:
    salt = ensure_salt(hosted_workspace).hex().encode()
    parts = written(hosted_workspace, tmp_path / "out")
    assert all(salt not in part.path.read_bytes() for part in parts)


def _rewrite(path: Path, manifest: Path, content: bytes) -> None:
    """Change a part and let the manifest agree, as an earlier mistake of the split might have."""
    path.chmod(0o600)
    path.write_bytes(content)
    said = json.loads(manifest.read_bytes())["parts"]
    said[path.name] = {
        "rows": content.count(b"\n"),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    manifest.chmod(0o600)
    manifest.write_bytes(manifest_bytes({n: ManifestPart(**one) for n, one in said.items()}))
