"""`tuningfork export`: the result of a run as files that others can use."""

import json
import os
import sys
from argparse import Namespace

from core.jobs.status import Viewer
from core.release.package import MANIFEST
from core.release.start import start_export
from tui import plain
from tui.commands.place import moment, run_of, token, workspace_of


def run(arguments: Namespace) -> int:
    """Launch the job; follow it to its proof unless told not to."""
    workspace = workspace_of(arguments)
    folder = start_export(
        workspace,
        run_of(arguments, workspace),
        target=arguments.to,
        destination=arguments.destination,
        precision=arguments.precision,
        now=moment(),
        token=token(),
        environment=os.environ,
    )
    if arguments.detach:
        if arguments.json:
            print(json.dumps({"run": folder.id, "directory": str(folder.path)}))
        else:
            print(f"{folder.id} is under way. `tuningfork watch {folder.id}` follows it.")
        return 0
    out = sys.stderr if arguments.json else sys.stdout
    if plain.watch(Viewer(folder), out) != "finished":
        return 1
    manifest = json.loads((folder.path / MANIFEST).read_bytes())
    if arguments.json:
        print(json.dumps(manifest, ensure_ascii=False))
    return 0 if manifest["equality"]["equal"] else 1
