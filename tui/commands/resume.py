"""`tuningfork resume`: continue a job from its last checkpoint."""

import json
import os
from argparse import Namespace

from core.jobs.resume import resume
from tui.commands.place import moment, run_of, workspace_of


def run(arguments: Namespace) -> int:
    """Start the next attempt and leave it to its worker."""
    folder = run_of(arguments, workspace_of(arguments))
    resume(folder, now=moment(), environment=os.environ)
    if arguments.json:
        print(json.dumps({"run": folder.id, "directory": str(folder.path)}))
    else:
        print(f"{folder.id} goes on. `tuningfork watch {folder.id}` follows it.")
    return 0
