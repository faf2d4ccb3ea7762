"""Which arms of a release answer with an export that nobody proved."""

from pathlib import Path

from core.release.proof_file import read_proof
from core.release.release_plan import ReleasePlan


def unproven_arms(plan: ReleasePlan, *, every_byte: bool = False) -> dict[str, str]:
    """Return for each such arm why it counts as unproven; safe to show.

    An arm of a run answers with the very weights that were scored, and an endpoint is proven where
    it is scored; an exported folder is another thing until it was asked. With `every_byte` the
    contents of its files are compared too, and not only their names and sizes.
    """
    found = {
        name: read_proof(Path(arm.adapter), every_byte=every_byte)
        for name, arm in plan.arm.items()
        if arm.adapter
    }
    return {name: proof.sentence for name, proof in found.items() if not proof.passed}
