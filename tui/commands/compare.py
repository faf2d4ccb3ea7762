"""`tuningfork compare`: some runs side by side, and the fields of their recipes that differ."""

import json
from argparse import Namespace

from core.jobs.compare import check_count, compare
from core.jobs.status import Viewer
from tui.commands.place import run_of, workspace_of


def run(arguments: Namespace) -> int:
    """Print what differs."""
    workspace = workspace_of(arguments)
    ids = dict.fromkeys(arguments.runs)
    check_count(len(ids))
    folders = [run_of(Namespace(run=id), workspace) for id in ids]
    found = compare([Viewer(folder) for folder in folders])
    if arguments.json:
        print(json.dumps(found.as_json(), ensure_ascii=False))
        return 0
    from tui.compare_look import plain_lines

    for line in plain_lines(found):
        print(line)
    return 0
