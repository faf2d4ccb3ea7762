"""`tuningfork init`: make a folder a workspace."""

import json
from argparse import Namespace

from core.workspace import CONFIG_NAME, create_workspace


def run(arguments: Namespace) -> int:
    """Make the workspace, or say that it is one already."""
    directory = arguments.directory
    there = (directory / CONFIG_NAME).exists()
    workspace = create_workspace(directory, name=arguments.name)
    if arguments.json:
        print(json.dumps({"workspace": str(workspace.root), "created": not there}))
    else:
        verb = "is already" if there else "is now"
        print(f"{workspace.root} {verb} the workspace “{workspace.name}”.")
        print("Next: `tuningfork` opens it; `tuningfork demo` shows the whole way.")
    return 0
