"""Plans of releases."""

from typing import Any

from core.release.release_plan import ReleasePlan


def plan_of(**values: Any) -> ReleasePlan:
    """Return a plan of two arms that share the traffic, and what is said besides."""
    arms = {"new": {"model": "embedded", "share": 50}, "old": {"model": "embedded", "share": 50}}
    listen = {"port": 0, **values.pop("listen", {})}
    return ReleasePlan.model_validate(
        {"name": "trial", "arm": arms, "rollback": "old", "listen": listen, **values}
    )
