"""`tuningfork doctor`: what this machine can do, and how to mend what it can't."""

import json
from argparse import Namespace
from pathlib import Path

from core.doctor import as_json, diagnose
from core.errors import StorageError
from core.text_safety import visible
from core.workspace import find_workspace, open_workspace

_MARKS = {"ok": "ok     ", "limited": "limited", "broken": "BROKEN "}


def run(arguments: Namespace) -> int:
    """Print one line a check, with the mending command below where there is one."""
    named = arguments.workspace
    workspace = open_workspace(named) if named else find_workspace(Path())
    diagnoses = diagnose(workspace, Path())
    if arguments.json:
        print(json.dumps(as_json(diagnoses), ensure_ascii=False))
    else:
        for one in diagnoses:
            print(f"{_MARKS[one.state]}  {one.subject}: {visible(one.finding)}")
            if one.remedy:
                print(f"         -> {visible(one.remedy)}")
    broken = any(one.state == "broken" for one in diagnoses)
    return StorageError.exit_code if broken else 0
