import json
from pathlib import Path

import pytest

from core.data.dataset import dataset_folder, read_part
from core.errors import DataError
from core.release.corrected_rows import corrected_rows
from core.release.gateway.feedback import Feedback
from core.release.gateway.log_file import read_entries, sweep_log
from core.release.gateway.log_store import LogStore
from core.release.releases import write_release
from core.workspace import create_workspace
from tests.support.filled_workspace import add_split
from tests.support.release_log import entry
from tests.support.release_plans import plan_of
from tests.support.reviewing import hold_plan, reviewer


def _said(number: int, correction: str) -> tuple[Feedback, float]:
    id = f"chatcmpl-{number:08}"
    return Feedback(id=id, rating=None, comment="", correction=correction), 0.0


def test_a_correction_becomes_a_row_and_a_holdout_row_never_does(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    add_split(workspace, ["a plain word"])
    held_out = read_part(dataset_folder(workspace, "tickets").holdout)[0].prompt[0].text
    plan = plan_of(log={"keep": "full", "days": 10})
    folder = write_release(workspace, plan)
    store = LogStore(folder.log, plan.log)
    asked = ["where is my parcel now", "where is my parcel now", held_out, "no correction"]
    store.write(
        [entry(n, at=n, words=words) for n, words in enumerate(asked)],
        [_said(0, "older"), _said(1, "It is in the van."), _said(2, "leak"), _said(3, " ")],
    )
    store.close()
    found = corrected_rows(workspace, folder, plan)
    assert found.rows == [
        {
            "messages": [
                {"role": "user", "content": "where is my parcel now"},
                {"role": "assistant", "content": "It is in the van."},
            ]
        }
    ]
    assert found.quarantined == ("chatcmpl-00000002",)
    assert json.dumps(found.rows)
    assert sweep_log(folder.log, plan.log, 11 * 86_400) == 4
    assert list(read_entries(folder.log)) == []
    assert b"parcel" not in folder.log.read_bytes()


def test_a_log_without_texts_has_no_rows(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    plan = plan_of(log={"keep": "hashes"})
    with pytest.raises(DataError, match="keeps no texts"):
        corrected_rows(workspace, write_release(workspace, plan), plan)


def test_what_a_reviewer_wrote_is_a_row_and_the_newest_word_counts(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    add_split(workspace, ["a plain word"])
    held_out = read_part(dataset_folder(workspace, "tickets").holdout)[0].prompt[0].text
    plan = hold_plan()
    folder = write_release(workspace, plan)
    store = LogStore(folder.log, plan.log)
    turns = [("user", "hi"), ("assistant", "Hello."), ("user", "where is my parcel now")]
    prompt = json.dumps([{"role": role, "content": text} for role, text in turns])
    asked = [prompt, prompt, json.dumps([{"role": "user", "content": held_out}]), prompt]
    store.write(
        [entry(n, at=n, prompt=text, review="held") for n, text in enumerate(asked)],
        [_said(1, "What a user said.")],
    )
    store.close()
    with reviewer(folder, plan, now=100.0) as ada:
        for text in ("First.", "", "Leaked.", "Taken back."):
            assert ada.next() is not None
            ada.rate(3)
            if text:
                ada.say("edit", text)
            ada.decide()
        assert ada.undo() == "commit"
    found = corrected_rows(workspace, folder, plan)
    (row,) = found.rows
    assert [one["content"] for one in row["messages"]] == ["hi", "Hello.", turns[2][1], "First."]
    assert [one.get("weight") for one in row["messages"]] == [None, 0, None, None]
    assert found.quarantined == ("chatcmpl-00000002",)
    last = list(read_entries(folder.log))[-1]
    assert last["review"]["status"] == "waiting"
    assert [(one["kind"], one["undone"]) for one in last["review"]["words"]] == [
        ("rate", 0),
        ("edit", 0),
        ("commit", 1),
    ]
