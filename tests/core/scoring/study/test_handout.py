"""A rater's copy names nobody, keeps the rater's order, and comes back by a merge."""

from pathlib import Path

import pytest

from core.errors import UsageError
from core.scoring.study.folder import find_study, newest_study, study_folders
from core.scoring.study.handout import hand_out
from core.scoring.study.listing import list_studies
from core.scoring.study.merge import merge_log
from core.scoring.study.opened import read_sealed
from core.scoring.study.session import RatingSession
from core.scoring.study.verify import verify_study
from core.workspace import open_workspace
from tests.core.scoring.study.conftest import Lock, always, rate_all
from tests.support.rated_studies import SECRET, study
from tests.support.studies import NOW


def test_a_copy_holds_the_sheet_and_no_name(tmp_path: Path) -> None:
    folder = study(tmp_path / "w", traps=1)
    copy = hand_out(folder, "ben", tmp_path / "ben")
    key = read_sealed(folder).key
    for path in (tmp_path / "ben").rglob("*"):
        if path.is_file():
            content = path.read_text()
            assert not [name for name in (*SECRET, key) if name in content], path
    assert not copy.sealed.exists()
    assert not copy.plan.exists()


def test_what_is_rated_elsewhere_comes_back(lock: Lock, tmp_path: Path) -> None:
    folder = lock(5, raters_per_item=2)
    with RatingSession(folder, "ada", clock=lambda: NOW) as session:
        first = session.slot
    rate_all(folder, "ada", always)
    copies = {name: hand_out(folder, name, tmp_path / name) for name in ("ben", "cyd")}
    slots = {first}
    for name, copy in copies.items():
        workspace = open_workspace(tmp_path / name)
        assert newest_study(workspace, to_rate=True) == copy
        assert find_study(workspace, copy.id[:12], to_rate=True) == copy
        assert (study_folders(workspace), list_studies(workspace)) == ([], [])
        with RatingSession(copy, name, clock=lambda: NOW) as session:
            slots.add(session.slot)
    assert len(slots) == 3
    assert rate_all(copies["ben"], "ben", always) == 5
    assert merge_log(folder, copies["ben"].log("ben")).startswith("ben: ")
    found = verify_study(folder)
    assert (found.missing, found.problems, found.raters) == (0, (), ("ada", "ben"))
    again = hand_out(folder, "ben", tmp_path / "again")
    assert again.log("ben").read_bytes() == folder.log("ben").read_bytes()


def test_a_copy_is_for_a_rater_of_the_study_and_a_folder_of_its_own(
    lock: Lock, tmp_path: Path
) -> None:
    folder = lock(3, raters=["ada"])
    with pytest.raises(UsageError, match="eve is no rater"):
        hand_out(folder, "eve", tmp_path / "eve")
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        hand_out(folder, "ada", tmp_path / "there")


def test_a_seal_that_others_may_read_is_said(lock: Lock) -> None:
    folder = lock(3)
    assert not verify_study(folder).exposed
    folder.sealed.chmod(0o644)
    found = verify_study(folder)
    assert found.exposed
    assert any("chmod 600" in line for line in found.lines())
