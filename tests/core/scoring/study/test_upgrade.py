"""Old answers rated again: a drift of the raters is told from one of the model."""

import json
from pathlib import Path

import pytest

from core.errors import UsageError
from core.scoring.answered_items import AnsweredItem
from core.scoring.study.anchors import read_old_study
from core.scoring.study.folder import StudyFolder
from core.scoring.study.judging import Judged, judge_study, judged_again
from core.scoring.study.opened import read_locked, read_logs, read_sealed, seal_problem, table_of
from core.scoring.study.session import Task
from core.scoring.study.verify import verify_study
from core.workspace import open_workspace
from tests.core.scoring.study.conftest import rate_all
from tests.support.studies import NOW, locked

STRICT = {5: 3, 3: 1, 1: 1}


def items(count: int, good: int, *, version: int, start: int = 0) -> list[AnsweredItem]:
    """Return items whose tuned answer is worth 5 on the first `good`, and 3 on the others."""
    return [
        AnsweredItem(
            id=f"i{number:02}",
            prompt=(("user", f"question {number}"),),
            reference=None,
            answers={
                "tuned": f"{5 if number - start < good else 3} by version {version} of {number}",
                "base": f"1 by base of {number}",
            },
        )
        for number in range(start, start + count)
    ]


def rated(
    root: Path, answers: list[AnsweredItem], *, strict: bool = False, **plan: object
) -> tuple[StudyFolder, Judged]:
    folder = locked(root, answers=answers, holdout="", **plan)

    def score(task: Task, place: int) -> int:
        worth = int(task.sides[place].text[0])
        return STRICT[worth] if strict else worth

    rate_all(folder, "ada", score)
    workspace = open_workspace(root)
    return folder, judge_study(workspace, folder, early=False, by="me", now=NOW)


def test_stricter_raters_are_not_taken_for_a_worse_model(tmp_path: Path) -> None:
    old, before = rated(tmp_path / "w", items(16, 16, version=1))
    assert before.upgrade is None
    folder, judged = rated(
        tmp_path / "w", items(16, 16, version=2), strict=True, anchors=old.id, anchor_items=6
    )
    found = judged.upgrade
    assert found is not None
    # Each old item has a 5 that is a 3 now and a 1 that stays: one point less on average.
    assert found.raters is not None
    assert (found.anchors, found.raters.mean) == (6, -1.0)
    assert found.change is not None
    assert (found.paired, found.change.mean) == (10, -2.0)
    assert found.model is not None
    assert found.model.mean == -1.0
    raters, model = found.sentences()
    assert raters.startswith("Raters grew stricter: the same old answers to 6 items score -1")
    assert "moved by -2.0 points" in model
    assert [name for name, _ in found.by_rater] == ["ada"]
    assert json.loads(json.dumps(judged.as_json()))["since"]["raters"]["mean"] == -1.0
    assert judged_again(open_workspace(tmp_path / "w"), folder).as_json() == judged.as_json()


def test_a_better_model_is_seen_with_raters_that_did_not_move(tmp_path: Path) -> None:
    old, _ = rated(tmp_path / "w", items(20, 6, version=1))
    _, judged = rated(tmp_path / "w", items(20, 20, version=2), anchors=old.id[:-4], anchor_items=8)
    assert judged.upgrade is not None
    raters, model = judged.upgrade.sentences()
    assert raters.startswith("No drift of the raters is shown")
    assert model.endswith("the model got better.")


def test_other_items_are_compared_by_their_means(tmp_path: Path) -> None:
    old, _ = rated(tmp_path / "w", items(14, 7, version=1))
    _, judged = rated(
        tmp_path / "w", items(14, 7, version=2, start=50), anchors=old.id, anchor_items=6
    )
    found = judged.upgrade
    assert found is not None
    assert found.paired == 0
    assert found.change is not None
    assert abs(found.change.mean) < 1
    assert "no change of the model is shown" in found.sentences()[1]


def test_old_answers_are_blind_and_count_in_no_figure_of_the_study(tmp_path: Path) -> None:
    old, _ = rated(tmp_path / "w", items(12, 12, version=1))
    folder, judged = rated(
        tmp_path / "w", items(12, 6, version=2), anchors=old.id, anchor_items=6, traps=1
    )
    locked_now, sealed = read_locked(folder), read_sealed(folder)
    assert len(locked_now.sheet.items) == 12 + 6 + 1
    assert len(judged.table.items) == 12
    assert judged.table == table_of(locked_now, read_logs(folder, locked_now), sealed)
    sheet = folder.sheet.read_text()
    assert old.id not in sheet
    assert "anchor" not in sheet
    assert set(sealed.anchors.values()) <= {f"i{number:02}" for number in range(12)}
    assert not verify_study(folder).problems
    moved = dict(zip(sealed.anchors, reversed(sealed.anchors.values()), strict=True))
    assert "was changed" in seal_problem(locked_now, type(sealed)(
        key=sealed.key, nonce=sealed.nonce, items=sealed.items, mapping=sealed.mapping,
        traps=sealed.traps, anchors=moved,
    ))  # fmt: skip


def test_an_old_study_that_is_shut_or_other_is_refused(tmp_path: Path) -> None:
    shut = locked(tmp_path / "w", answers=items(8, 8, version=1), holdout="")
    with pytest.raises(UsageError, match="so its answers can't be anchors"):
        locked(tmp_path / "w", answers=items(8, 8, version=2), anchors=shut.id)
    old, _ = rated(tmp_path / "w", items(8, 8, version=1), name="old")
    with pytest.raises(UsageError, match="was rated on 1-3-5, the plan says 1-5"):
        locked(tmp_path / "w", answers=items(8, 8, version=2), anchors=old.id, rubric="1-5")


def test_an_old_study_that_was_changed_is_named_and_compared_with_no_more(tmp_path: Path) -> None:
    old, _ = rated(tmp_path / "w", items(12, 12, version=1))
    folder, _ = rated(tmp_path / "w", items(12, 12, version=2), anchors=old.id, anchor_items=6)
    assert read_old_study(old)
    log = old.log("ada")
    log.write_bytes(log.read_bytes().replace(b'"value":5', b'"value":3', 1))
    judged = judged_again(open_workspace(tmp_path / "w"), folder)
    assert judged.upgrade is not None
    (sentence,) = judged.upgrade.sentences()
    assert "can't be compared with" in sentence
    assert judged.upgrade.model is None
