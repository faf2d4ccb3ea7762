"""Whatever is to be used beside a split can be held against its lock first."""

import json
from pathlib import Path

import pytest

from core.data.dataset import dataset_folder
from core.workspace import Workspace, create_workspace
from tests.support.command import Done, tuningfork
from tests.support.split_draft import line


def row(n: int) -> str:
    words = " ".join(f"w{n}x{at}" for at in range(12))
    return line(f"question {words}", f"answer {n} is {n * 7}", topic=f"t{n % 3}")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = create_workspace(tmp_path / "ws")
    source = tmp_path / "rows.jsonl"
    source.write_text("\n".join(row(n) for n in range(60)) + "\n")
    made = tuningfork("split", source, "--by", "topic", "-w", workspace.root, cwd=tmp_path)
    assert made.code == 0, made
    assert "  topic=t0: 15 / 2 / 3" in made.out
    assert "60 rows are few: a score of 80% on 9 holdout rows may be anything from" in made.out
    assert "no lexical overlap at J >= 0.7; highest across the border 0.00" in made.out
    assert "leak-free" not in made.out
    return workspace


def look(workspace: Workspace, *places: Path) -> Done:
    return tuningfork(
        "holdout", "rows", *places, "-w", workspace.root, "--json", cwd=workspace.root
    )


def test_a_mixed_in_set_a_prompt_and_documents_are_held_against_the_lock(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = dataset_folder(workspace, "rows")
    held = json.loads(folder.holdout.read_text().splitlines()[0])["messages"]
    asked, answered = (turn["content"] for turn in held)
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text(f"{row(900)}\n{line(asked.upper(), answered)}\n")
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "clean.md").write_text("nothing of the kind " * 30)
    assert look(workspace, folder.train, folder.validation, documents).json["touching"] == []
    (documents / "faq.md").write_text(f"Once somebody asked: {asked} We said: {answered}")
    prompt = tmp_path / "prompt.txt"
    prompt.write_text(f"Write more rows like this one.\n{asked}\n{answered}\n")
    done = look(workspace, mixed, documents, prompt)
    assert done.code == 1
    assert [(one["where"].rpartition("/")[2], one["how"]) for one in done.json["touching"]] == [
        ("mixed.jsonl, row 2", "has the words of a holdout row"),
        ("documents, faq.md", "holds 100% of holdout row 1"),
        ("prompt.txt, prompt.txt", "holds 100% of holdout row 1"),
    ]


def test_a_grown_file_keeps_its_lock_and_quarantines_what_matches(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = dataset_folder(workspace, "rows")
    lock = folder.lock.read_bytes()
    asked = json.loads(folder.holdout.read_text().splitlines()[0])["messages"][0]["content"]
    source = tmp_path / "rows.jsonl"
    more = [line(asked, "another answer", topic="t1"), row(700)]
    source.write_text(source.read_text() + "\n".join(more) + "\n")
    grown = tuningfork("split", source, "-w", workspace.root, cwd=tmp_path)
    assert grown.code == 0, grown
    assert "quarantined: row 61: matches the locked holdout" in grown.out
    assert folder.lock.read_bytes() == lock
    other = tuningfork("split", source, "--by", "id", "-w", workspace.root, cwd=tmp_path)
    assert other.code == 2
    assert "split with by topic, not id" in other.err
