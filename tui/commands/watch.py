"""`tuningfork watch`: follow a job until it ends; leaving the command leaves the job alone."""

import json
import sys
import time
from argparse import Namespace

from core.jobs.status import LIVE, Viewer
from core.workspace import RunFolder
from tui.commands import foreign
from tui.commands.place import run_of, workspace_of

_LOOK_EVERY_S = 0.25


def run(arguments: Namespace) -> int:
    """Print what happens until the job is over; exit 0 when it finished or was stopped."""
    path = foreign.path_of(arguments.run)
    if path is not None:
        return foreign.watch(path, arguments)
    return follow(run_of(arguments, workspace_of(arguments)), as_json=arguments.json)


def follow(folder: RunFolder, *, as_json: bool) -> int:
    """Print changes as lines, or the final state as one object."""
    from tui import plain

    viewer = Viewer(folder)
    if not as_json:
        state = plain.watch(viewer, sys.stdout)
    else:
        while (state := viewer.look_until_caught_up().state) in LIVE:
            time.sleep(_LOOK_EVERY_S)
        print(json.dumps(viewer.status.as_json(), ensure_ascii=False))
    return 0 if state in {"finished", "stopped"} else 1
