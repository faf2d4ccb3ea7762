"""`tuningfork status`: how one job is, from its log and its lock."""

import json
from argparse import Namespace
from datetime import UTC, datetime

from core.jobs.status import read_status
from tui.commands.place import run_of, workspace_of


def run(arguments: Namespace) -> int:
    """Print what is known about the job now."""
    status = read_status(run_of(arguments, workspace_of(arguments)))
    now = datetime.now(UTC)
    if arguments.json:
        print(json.dumps(status.as_json(now=now), ensure_ascii=False))
        return 0
    from tui import plain

    for line in plain.status_lines(status, now=now):
        print(line)
    return 0
