"""`tuningfork release review`: decide on the answers of a release, or list them."""

import json
import time
from argparse import Namespace
from datetime import UTC, datetime

from core.release.gateway.log_file import sweep_log
from core.release.releases import open_release
from core.release.review.overview import read_due, read_queue
from core.release.review.session import ReviewSession, nothing_reviewed, reviewer_name
from core.workspace import Workspace
from tui.commands.place import who
from tui.commands.review_in_lines import review_in_lines
from tui.commands.screen import show_review, wants_lines


def review(arguments: Namespace, workspace: Workspace) -> int:
    """Review until the reviewer leaves; with --json, list what waits and what was decided."""
    folder, plan = open_release(workspace, arguments.name)
    if plan.review.mode == "none":
        raise nothing_reviewed(plan.name)
    now = time.time()
    sweep_log(folder.log, plan.log, now)
    if arguments.json:
        due = read_due(folder.log, now)
        found = {
            "release": plan.name,
            "mode": plan.review.mode,
            "waiting": due.waiting,
            "taken": due.taken,
            "oldest_s": None if due.oldest is None else round(now - due.oldest, 1),
            "reviews": [
                {
                    "id": one.id,
                    "at": datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds"),
                    "held": one.held,
                    "status": one.status,
                    "reviewer": one.reviewer or None,
                    "given_out": one.given_out,
                }
                for one in read_queue(folder.log, now)
            ],
        }
        print(json.dumps(found))
        return 0
    with ReviewSession(folder, plan, arguments.reviewer or reviewer_name(who()[0])) as session:
        if wants_lines(arguments):
            return review_in_lines(session)
        return show_review(session, arguments)
