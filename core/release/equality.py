"""How near a written model is to the one that was trained, in figures and in words."""

from dataclasses import asdict, dataclass
from typing import Any

TOLERANCE = 1e-4
"""Largest difference of a logit in float32 that counts as equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs between two models at the same positions of the same rows."""

    largest: float
    """Largest absolute difference of a logit."""
    same_choice: float
    """Share of positions at which both find the same token likeliest, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality:
    """The proof that comes with an export."""

    rows: int
    """Validation rows that both models read."""
    positions: int
    """Positions compared in them; at each one every logit counts."""
    precision: str
    """Numbers the written weights are stored in."""
    merge: Difference | None
    """The merge alone, in float32; None where nothing was merged."""
    written: Difference
    """The files as written and loaded again, computed in float32."""

    @property
    def equal(self) -> bool:
        """Whether the merge, and what is stored in float32, is within the tolerance."""
        exact = [self.merge] if self.precision != "float32" else [self.merge, self.written]
        return all(one.largest <= TOLERANCE for one in exact if one is not None)

    def as_json(self) -> dict[str, Any]:
        """Return the form in a manifest."""
        return asdict(self) | {"tolerance": TOLERANCE, "equal": self.equal}


def sentence(found: Equality) -> str:
    """Return the proof in one sentence."""
    at = f"{found.positions} positions of {found.rows} validation rows"
    written = found.written
    share = f"{written.same_choice:.1%}".replace(".0%", "%")
    if not found.equal:
        worst = max(one.largest for one in (found.merge, written) if one is not None)
        return (
            f"NOT equal to the trained model: logits differ by up to {worst:.1e} at {at}, more "
            f"than {TOLERANCE:.0e}; the likeliest token is the same at {share}."
        )
    if found.precision == "float32":
        return (
            f"Equal to the trained model: logits differ by at most {written.largest:.1e} at {at}."
        )
    return (
        f"The merge is exact; stored as {found.precision}, logits differ by at most "
        f"{written.largest:.1e} and the likeliest token is the same at {share} of {at}."
    )
