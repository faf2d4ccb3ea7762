"""`tuningfork judge` from outside: refused in words, asked as a detached job, shown calibrated."""

from pathlib import Path

from core.scoring.study.judging import judge_study
from core.workspace import open_workspace
from tests.support.command import tuningfork
from tests.support.judging_chat import JudgingChat
from tests.support.rated_studies import SECRET, rate, study
from tests.support.studies import NOW


def test_who_judges_is_said_clearly(tmp_path: Path) -> None:
    folder = study(tmp_path / "ws", 2)
    words = ("judge", folder.id, "-w", "ws", "--base-url", "http://example.com/v1")
    done = tuningfork(*words, cwd=tmp_path)
    assert (done.code, done.err.splitlines()[0]) == (2, "Nobody said clearly who judges.")
    done = tuningfork(*words, "--model", "m", cwd=tmp_path)
    assert done.code == 2
    assert "base_url leads to another machine without encryption" in done.err


def test_a_study_is_judged_after_people_rated_it(tmp_path: Path) -> None:
    folder = study(tmp_path / "ws", 20)
    for rater in ("ada", "ben"):
        rate(folder, rater)
    with JudgingChat(lambda first, _: "1" if "best" in first else "2").serving() as server:
        words = ("judge", folder.id, "--base-url", server.url, "--model", "m", "-w", "ws")
        early = tuningfork(*words, cwd=tmp_path)
        assert early.code == 2
        assert "The seal of" in early.err
        assert not server.seen
        judge_study(open_workspace(tmp_path / "ws"), folder, early=False, by="me", now=NOW)
        assert tuningfork(*words, "--json", cwd=tmp_path).json["state"] == "finished"
        assert len(server.seen) == 2 * 20 * (len(SECRET) - 1)
    told = tuningfork("verdict", folder.id, "--details", "-w", "ws", cwd=tmp_path)
    assert "A language model as judge, beside the verdict:" in told.out
    assert told.out.startswith("Fine-tune beats all 3 alternatives.")
