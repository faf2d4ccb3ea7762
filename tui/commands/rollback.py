"""`tuningfork rollback`: from the next request on, everything goes to the rollback target."""

import json
from argparse import Namespace

from core.release.releases import open_release
from core.release.standing import go_forward, roll_back
from core.text_safety import clip, visible
from tui.commands.place import moment, who, workspace_of


def run(arguments: Namespace) -> int:
    """Roll back, or take that back; it holds when this returns, whether a gateway runs or not."""
    folder, plan = open_release(workspace_of(arguments), arguments.name)
    user, host = who()
    turn = go_forward if arguments.forward else roll_back
    standing = turn(folder.standing, by=f"{user}@{host}", why=arguments.why, now=moment())
    if arguments.json:
        print(
            json.dumps(
                {
                    "release": plan.name,
                    "rolled_back": standing.rolled_back,
                    "to": plan.rollback if standing.rolled_back else None,
                    "by": standing.by,
                    "at": standing.at,
                }
            )
        )
    elif standing.rolled_back:
        by = clip(visible(standing.by), 80)
        print(f"{plan.name}: every request goes to {plan.rollback} now ({by}, {standing.at}).")
        print(f"`tuningfork rollback {plan.name} --forward` takes that back.")
    else:
        shares = ", ".join(f"{name} {arm.share:g} %" for name, arm in plan.arm.items())
        print(f"{plan.name}: the traffic is dealt as planned again: {shares}.")
    return 0
