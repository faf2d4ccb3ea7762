"""`tuningfork recheck`: does a vendor's model still answer as it was scored?"""

import json
import os
import sys
from argparse import Namespace

from core.jobs.status import Viewer
from core.scoring.recheck.start import start_recheck
from core.scoring.recheck_job import RESULT
from tui import plain
from tui.commands.place import moment, token, workspace_of


def run(arguments: Namespace) -> int:
    """Ask again and follow it to its end; 1 where a model got worse or that cannot be excluded."""
    workspace = workspace_of(arguments)
    folder = start_recheck(
        workspace,
        arguments.what,
        names=arguments.endpoint,
        model=arguments.model,
        now=moment(),
        token=token(),
        environment=os.environ,
    )
    out = sys.stderr if arguments.json else sys.stdout
    if plain.watch(Viewer(folder), out) != "finished":
        return 3
    result = json.loads((folder.path / RESULT).read_bytes())
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    return 0 if result["ok"] else 1
