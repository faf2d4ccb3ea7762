"""A release says which of its arms answer with an unproven export."""

from pathlib import Path

from core.release.arms_proof import unproven_arms
from core.release.proof_file import write_proof
from core.release.release_plan import ReleasePlan


def test_an_export_counts_as_unproven_until_its_proof_is_passed(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    plan = ReleasePlan.model_validate(
        {
            "name": "a",
            "rollback": "base",
            "arm": {
                "base": {"run": "r", "tuned": False, "share": 50},
                "tuned": {"model": "embedded", "adapter": str(tmp_path), "share": 50},
            },
        }
    )
    assert list(unproven_arms(plan)) == ["tuned"]
    write_proof(tmp_path, {"passed": False, "sentence": "NOT the scored model: \x1b[31m"})
    assert unproven_arms(plan)["tuned"] == "NOT the scored model: ␛[31m"
    write_proof(tmp_path, {"passed": True, "sentence": "Proven"})
    assert not unproven_arms(plan)
    (tmp_path / "manifest.json").write_text("{ }")
    assert "of other files" in unproven_arms(plan)["tuned"]
