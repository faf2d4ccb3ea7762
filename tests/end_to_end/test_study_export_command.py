"""`tuningfork study export` from outside: what is written, what is refused, what is opened."""

from pathlib import Path

import pytest

from core.scoring.study.folder import StudyFolder
from core.scoring.study.session import RatingSession
from tests.support.command import tuningfork
from tests.support.studies import NOW, locked


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    """Return a study of holdout rows on which two people agree but for one answer."""
    made = locked(tmp_path / "ws", raters_per_item=2)
    for rater, other in (("ada", 5), ("ben", 1)):
        with RatingSession(made, rater, clock=lambda: NOW) as session:
            while (task := session.next()) is not None:
                for place, side in enumerate(task.sides):
                    odd = side.text.startswith("answer 2 ") and place == 0
                    session.rate(task, place, other if odd else 3)
                if rater == "ada":
                    session.say("edit", task, 0, f"corrected {task.item.prompt[0].text}")
                session.commit(task)
    return made


def test_rows_of_the_holdout_need_a_reason(folder: StudyFolder, tmp_path: Path) -> None:
    words = ("study", "export", folder.id, "--as", "corrections", "-o", "rows.jsonl", "-w", "ws")
    refused = tuningfork(*words, cwd=tmp_path)
    assert refused.code != 0
    assert "There are no corrections to write." in refused.err
    assert "6 left out: touches the holdout." in refused.err
    assert not folder.revealed.exists()
    done = tuningfork(*words, "--allow-holdout", "the holdout is retired", "--json", cwd=tmp_path)
    assert done.json == {"file": "rows.jsonl", "rows": 6, "touching": 6, "left_out": {}}
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 6
    assert folder.revealed.exists()
    assert "the holdout is retired" in folder.exports.read_text()


def test_the_guideline_keeps_the_names_sealed(folder: StudyFolder, tmp_path: Path) -> None:
    words = ("study", "export", folder.id, "--as", "guideline", "-w", "ws")
    nowhere = tuningfork(*words, cwd=tmp_path)
    assert (nowhere.code, "Add -o FILE.md." in nowhere.err) == (2, True)
    done = tuningfork(*words, "-o", "open.md", cwd=tmp_path)
    assert done.out == "Wrote 1 item to open.md; the names stay sealed.\n"
    assert "question 2" in (tmp_path / "open.md").read_text()
    assert not folder.revealed.exists()


def test_ratings_are_what_is_written_without_a_word(folder: StudyFolder, tmp_path: Path) -> None:
    done = tuningfork("study", "export", folder.id, "-o", "r.csv", "-w", "ws", cwd=tmp_path)
    assert done.code == 0
    words = (
        "study",
        "export",
        folder.id,
        "-o",
        "s.csv",
        "-w",
        "ws",
        "--allow-holdout",
        "no reason",
    )
    refused = tuningfork(*words, cwd=tmp_path)
    assert (refused.code, "means nothing for ratings" in refused.err) == (2, True)
    assert (tmp_path / "r.csv").read_text().startswith("item,contender,rater,score,unsafe")
