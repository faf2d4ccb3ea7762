"""A release says which of its arms answer with an unproven export."""

from pathlib import Path

import pytest

from core.release.arms_proof import unproven_arms
from core.release.proof_file import proven_files, read_proof, write_proof
from core.release.release_plan import ReleasePlan


def test_an_export_counts_as_unproven_until_its_proof_is_passed(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"weights")
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
    files = proven_files(tmp_path)
    write_proof(tmp_path, {"passed": False, "sentence": "NOT the scored model: \x1b[31m"}, files)
    assert unproven_arms(plan)["tuned"] == "NOT the scored model: ␛[31m"
    write_proof(tmp_path, {"passed": True, "sentence": "Proven"}, files)
    assert not unproven_arms(plan)
    (tmp_path / "manifest.json").write_text("{ }")
    assert not unproven_arms(plan)

    weights.write_bytes(b"WEIGHTS")
    assert not unproven_arms(plan)
    assert (
        "model.safetensors is not what was asked" in unproven_arms(plan, every_byte=True)["tuned"]
    )
    weights.write_bytes(b"more weights")
    assert "of other files" in unproven_arms(plan)["tuned"]
    weights.write_bytes(b"weights")
    assert not unproven_arms(plan, every_byte=True)
    (tmp_path / "adapter_config.json").write_text("{}")
    assert "adapter_config.json is not" in unproven_arms(plan)["tuned"]


@pytest.mark.parametrize(
    "proof", ["{}", "[]", '{"passed": true, "sentence": "Proven", "files": []}', "no JSON"]
)
def test_a_damaged_proof_is_none(tmp_path: Path, proof: str) -> None:
    (tmp_path / "proof.json").write_text(proof)
    assert read_proof(tmp_path).state == "none"
