"""Asks a service, in a child process and for nothing, what a key shows of its account."""

import json
import sys
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from core.hosted.eligible import Account
from core.jobs.asked_child import Asked, AskedChild
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.hosted.plan import HostedPlan

COMMAND = (sys.executable, "-P", "-m", "core.hosted.account_child")
"""The child; it alone loads the service's client."""


def can_look(plan: "HostedPlan") -> bool:
    """Return whether the service of a plan can be asked: it says something, and there is a key."""
    return bool(plan.kind.account) and plan.keyless is None and plan.account is None


def look_at_account(
    workspace: Workspace, plan: "HostedPlan", environment: Mapping[str, str]
) -> Account:
    """Return what the account shows; the key goes to the child through its standard input."""
    key = plan.key
    content = {
        "spec": plan.spec.model_dump(mode="json"),
        "key": key.value if key else None,
        "key_words": key.words if key else "",
    }
    asked = Asked(
        command=COMMAND,
        content=json.dumps(content).encode(),
        folder=workspace.root,
        doing="Asking the service",
        remedy="The training can be started all the same; the service then says if it takes it.",
    )
    said = AskedChild(environment).answer(asked, lambda *_: None)
    assert said is not None, "nobody cancels this child"
    ends, seen = said.get("ends"), said.get("seen")
    tuned, used = said.get("has_tuned"), said.get("used_lately")
    return Account(
        has_tuned=tuned if isinstance(tuned, bool) else None,
        used_lately=used if isinstance(used, bool) else None,
        ends=date.fromisoformat(ends) if isinstance(ends, str) else None,
        seen=tuple(map(str, seen)) if isinstance(seen, list) else (),
    )
