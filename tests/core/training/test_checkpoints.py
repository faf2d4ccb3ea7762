"""A checkpoint is whole or absent."""

from pathlib import Path

import pytest

from core.training.checkpoints import (
    is_valid,
    list_checkpoints,
    newest_valid,
    prune,
    save_checkpoint,
)


def save(folder: Path, step: int) -> None:
    save_checkpoint(
        folder, step, lambda staged: (staged / "weights").write_text(str(step)) and None
    )


def test_a_write_that_fails_leaves_nothing_in_place(tmp_path: Path) -> None:
    def fail(staged: Path) -> None:
        (staged / "weights").write_text("half")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        save_checkpoint(tmp_path, 1, fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["changed", "missing", "extra", "no manifest"])
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, damage: str) -> None:
    save(tmp_path, 1)
    save(tmp_path, 2)
    newest = tmp_path / "step-00000002"
    {
        "changed": lambda: (newest / "weights").write_text("x"),
        "missing": lambda: (newest / "weights").unlink(),
        "extra": lambda: (newest / "more").write_text("x"),
        "no manifest": lambda: (newest / "manifest.json").unlink(),
    }[damage]()
    found = newest_valid(tmp_path)
    assert found
    assert found.step == 1
    assert [c.step for c in list_checkpoints(tmp_path)] == [1]


def test_leftovers_of_a_crash_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".staged-00000009").mkdir()
    assert newest_valid(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_pruning_keeps_the_newest_and_the_best(tmp_path: Path) -> None:
    for step in (1, 2, 3, 4):
        save(tmp_path, step)
    prune(tmp_path, keep=2, best_step=1)
    assert [c.step for c in list_checkpoints(tmp_path)] == [1, 3, 4]
    assert all(is_valid(c) for c in list_checkpoints(tmp_path))
