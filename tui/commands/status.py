"""`tuningfork status`: how one job is, from its log and its lock."""

import json
from argparse import Namespace

from core.jobs.status import read_status
from tui.commands.place import run_of, workspace_of


def run(arguments: Namespace) -> int:
    """Print what is known about the job now."""
    status = read_status(run_of(arguments, workspace_of(arguments)))
    if arguments.json:
        print(json.dumps(status.as_json(), ensure_ascii=False))
        return 0
    from tui import plain

    for line in plain.status_lines(status):
        print(line)
    return 0
