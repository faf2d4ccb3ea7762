"""Which arms of a release answer with an export that nobody proved."""

from pathlib import Path

from core.release.proof_file import read_proof
from core.release.release_plan import ReleasePlan


def unproven_arms(plan: ReleasePlan) -> dict[str, str]:
    """Return for each such arm why it counts as unproven; safe to show.

    An arm of a run answers with the very weights that were scored, and an endpoint is proven where
    it is scored; an exported folder is another thing until it was asked.
    """
    found = {name: read_proof(Path(arm.adapter)) for name, arm in plan.arm.items() if arm.adapter}
    return {name: proof.sentence for name, proof in found.items() if not proof.passed}
