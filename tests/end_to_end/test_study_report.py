"""`tuningfork verdict STUDY --report` from outside: nothing before the seal may be opened."""

from pathlib import Path

from core.scoring.study.folder import find_study
from core.scoring.study.plan import read_plan
from core.workspace import open_workspace
from tests.support.command import tuningfork
from tests.support.rated_studies import SECRET, rate, study


def test_a_study_is_reported_with_its_hashes_and_not_before(tmp_path: Path) -> None:
    folder = study(tmp_path / "ws")
    rate(folder, "ada")
    words = ("verdict", folder.id, "-w", "ws", "--report")
    refused = tuningfork(*words, "r.html", cwd=tmp_path)
    assert refused.code == 2
    assert not (tmp_path / "r.html").exists()
    assert not any(name in refused.out + refused.err for name in SECRET)
    rate(folder, "ben")
    wrong = tuningfork(*words, "r.pdf", cwd=tmp_path)
    assert (wrong.code, folder.revealed.exists()) == (2, False)
    done = tuningfork(*words, "r.html", "--json", cwd=tmp_path)
    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!doctype html>")
    assert all(name in page for name in SECRET)
    plan = folder.seal.read_text().strip()
    assert done.json["provenance"]["plan"] == plan
    assert plan in page
    assert all(head in page for head in done.json["provenance"]["heads"].values())


def test_a_plan_with_anchors_names_an_opened_study(tmp_path: Path) -> None:
    folder = study(tmp_path / "ws", 7)
    for rater in ("ada", "ben"):
        rate(folder, rater)
    words = ("study", "new", "next", "--anchors", folder.id, "-w", "ws")
    refused = tuningfork(*words, cwd=tmp_path)
    assert refused.code == 2
    assert "so its answers can't be anchors" in refused.err
    assert tuningfork("verdict", folder.id, "-w", "ws", cwd=tmp_path).code in {0, 1}
    assert tuningfork(*words, cwd=tmp_path).code == 0
    plan = read_plan(tmp_path / "next.toml")
    assert (plan.anchors, plan.anchor_items, plan.rubric) == (folder.id, 10, "1-3-5")


def test_a_look_behind_needs_a_reason_and_is_named(tmp_path: Path) -> None:
    folder = study(tmp_path / "ws", 3)
    words = ("study", "peek", folder.id, "-w", "ws")
    refused = tuningfork(*words, cwd=tmp_path)
    assert (refused.code, "Nobody said why" in refused.err) == (2, True)
    assert tuningfork(*words, "--why", "the server was down", cwd=tmp_path).code == 0
    told = tuningfork("study", "verify", folder.id, "-w", "ws", cwd=tmp_path)
    assert "while people rated: the server was down" in told.out


def test_a_copy_is_rated_elsewhere_and_taken_in(tmp_path: Path) -> None:
    folder = study(tmp_path / "ws", 3)
    words = ("study", "handout", folder.id, "-w", "ws")
    assert tuningfork(*words, "-o", "out", cwd=tmp_path).code == 2
    told = tuningfork(*words, "--rater", "ada", "-o", "out", cwd=tmp_path)
    assert told.code == 0
    rate_there, merge = (line.split()[1:] for line in told.out.splitlines() if line[:2] == "  ")
    assert "Left. Everything" in tuningfork(*rate_there, "--plain", cwd=tmp_path).out
    rate(find_study(open_workspace(tmp_path / "out"), folder.id, to_rate=True), "ada")
    assert tuningfork(*merge, "-w", "ws", cwd=tmp_path).out.startswith("ada: 15 new events")
