from datetime import timedelta
from pathlib import Path

from core.release.harm import evidence_of_harm
from core.release.traffic import read_traffic
from core.workspace import create_workspace
from tests.support.filled_workspace import NOW
from tests.support.released import add_release


def test_the_figures_of_each_arm_are_those_of_the_log(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    add_release(workspace)
    (found,) = read_traffic(workspace, NOW)
    tuned, base = found.arms
    assert (tuned.asked, tuned.failed, tuned.up, tuned.down) == (10, 1, 0, 2)
    assert (base.asked, base.failed, base.down) == (50, 0, 4)
    assert (tuned.typical_ms, tuned.late_ms) == (400.0, 640.0)
    # Every sixth request of 24 users: numbers 0, 6, 12, 18 are the only users of the new arm.
    assert tuned.users == 4
    # Users 0, 6 and 12 were harmed there, and 2, 8, 16 and 22 on the other.
    assert tuned.harm == evidence_of_harm(3, 4, share=10, share_before=90)
    assert base.harm is None
    assert found.counted == 60


def test_what_is_older_than_a_day_does_not_count(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    add_release(workspace)
    (found,) = read_traffic(workspace, NOW + timedelta(days=1, seconds=-30))
    assert found.counted == 31
    (found,) = read_traffic(workspace, NOW + timedelta(days=2))
    assert found.counted == 0
    assert [one.typical_ms for one in found.arms] == [None, None]


def test_a_workspace_without_releases_has_no_traffic(tmp_path: Path) -> None:
    assert read_traffic(create_workspace(tmp_path / "ws"), NOW) == ()
