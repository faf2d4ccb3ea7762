"""Nothing is asked twice: not within a job, not after a kill, not by another job."""

import json
from pathlib import Path

from core.contenders.answering import answer_all
from core.contenders.few_shot import FewShot
from core.workspace import RunFolder, create_workspace
from tests.support.contenders import Echo, example_of
from tests.support.path_job import open_job

ITEMS = [example_of(f"question {n}", f"answer {n}") for n in range(5)]
NAMES = [f"item{n}" for n in range(5)]


def lines_of(folder: RunFolder) -> list[dict[str, str]]:
    return [json.loads(line) for line in folder.answers.read_text().splitlines()]


def test_a_second_job_asks_only_what_no_job_knows(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    echo = Echo()
    first = open_job(workspace, "rehearsal", {}, id="first")
    done = answer_all(first, [echo], ITEMS[:3], NAMES[:3])
    assert done
    assert (done.known, len(echo.asked)) == (0, 3)
    second = open_job(workspace, "rehearsal", {}, id="second")
    shown = FewShot(echo, [example_of("shot", "solved")])
    again = answer_all(second, [echo, shown], ITEMS, NAMES)
    assert again
    assert again.known == 3
    assert len(echo.asked) == 3 + 2 + 5
    assert again.texts["base"] == [f"question {n}" for n in range(5)]
    said = {(line["contender"], line["item"]) for line in lines_of(second.folder)}
    assert said == {(who, item) for who in ("base", "few_shot") for item in NAMES}


def test_items_that_ask_the_same_share_one_answer_and_have_a_line_each(tmp_path: Path) -> None:
    job = open_job(create_workspace(tmp_path / "w"), "rehearsal", {}, id="job")
    echo = Echo()
    done = answer_all(job, [echo], [ITEMS[0], ITEMS[1], ITEMS[0]], ["a", "b", "c"])
    assert done
    assert done.texts["base"] == ["question 0", "question 1", "question 0"]
    assert len(echo.asked) == 2
    assert sorted(line["item"] for line in lines_of(job.folder)) == ["a", "b", "c"]


def test_another_model_is_asked_again(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    answer_all(open_job(workspace, "rehearsal", {}, id="first"), [Echo()], ITEMS, NAMES)
    other = Echo()
    other.identity = {"base": "another"}
    answer_all(open_job(workspace, "rehearsal", {}, id="second"), [other], ITEMS, NAMES)
    assert len(other.asked) == 5
