"""What `--detach` prints: where the job is that goes on by itself."""

import json

from core.workspace import RunFolder


def say_detached(folder: RunFolder, *, as_json: bool) -> int:
    """Print the job that was launched, for a person or for a program; return the exit code."""
    if as_json:
        print(json.dumps({"run": folder.id, "directory": str(folder.path)}))
    else:
        print(f"{folder.id} is under way. `tuningfork watch {folder.id}` follows it.")
    return 0
