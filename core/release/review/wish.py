"""Reads who is to look at answers, as people say it in one word: none, hold, or a share."""

import re
from typing import Any

from core.errors import JobError, UsageError
from core.release.release_plan import ReleasePlan
from core.spec_file import build
from core.text_safety import clip, visible

_SHARE = re.compile(r"(?:sample=)?(\d{1,3}(?:\.\d+)?)\s*%?")


def with_review(plan: ReleasePlan, how: str) -> ReleasePlan:
    """Return the plan with this review; its waiting times stay as they are."""
    values = plan.model_dump(mode="json")
    values["review"] |= _read(how)
    return build(ReleasePlan, values, where="--review", error=JobError)


def _read(how: str) -> dict[str, Any]:
    if how in {"none", "hold"}:
        return {"mode": how, "share": 0.0}
    share = _SHARE.fullmatch(how)
    if share is None:
        raise UsageError(
            what=f"{clip(visible(how), 40)!r} is no way to review answers.",
            why="There are none, hold, and a share of the answers to sample.",
            remedy="Write --review none, --review hold, or --review 5%.",
        )
    return {"mode": "sample", "share": float(share[1])}
