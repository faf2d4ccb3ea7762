"""`tuningfork resume`: continue a job from its last checkpoint, or watch a hosted one again."""

import getpass
import json
import os
import sys
from argparse import Namespace

from core.hosted.again import is_hosted, key_to_type, resume_hosted, typed_key
from core.hosted.keys import Key
from core.jobs.resume import resume
from core.workspace import RunFolder
from tui.commands.place import moment, run_of, who, workspace_of


def run(arguments: Namespace) -> int:
    """Start the next attempt and leave it to its worker."""
    folder = run_of(arguments, workspace_of(arguments))
    if is_hosted(folder):
        user, host = who()
        resume_hosted(
            folder,
            now=moment(),
            environment=os.environ,
            typed=_typed(folder),
            send_again=user if arguments.send_again else "",
            host=host,
        )
    else:
        resume(folder, now=moment(), environment=os.environ)
    if arguments.json:
        print(json.dumps({"run": folder.id, "directory": str(folder.path)}))
    else:
        print(f"{folder.id} goes on. `tuningfork watch {folder.id}` follows it.")
    return 0


def _typed(folder: RunFolder) -> Key | None:
    """Return a key typed for this run, where none is found and somebody is there to type."""
    missing = key_to_type(folder, os.environ)
    if missing is None:
        return None
    if not sys.stdin.isatty():
        raise missing
    return typed_key(folder, getpass.getpass("Key, for this run only (not shown): "))
