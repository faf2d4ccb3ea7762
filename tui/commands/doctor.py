"""`tuningfork doctor`: what this machine can do, and how to mend what it can't."""

import json
import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from core.doctor import Diagnosis, as_json, diagnose, diagnose_training
from core.errors import StorageError
from core.text_safety import visible
from core.workspace import Workspace, find_workspace, open_workspace

_MARKS = {"ok": "ok     ", "limited": "limited", "broken": "BROKEN "}


def run(arguments: Namespace) -> int:
    """Print one line a check, with the mending command below where there is one."""
    named = arguments.workspace
    workspace = open_workspace(named) if named else find_workspace(Path())
    found = []
    for one in _diagnoses(workspace, train=arguments.train):
        found.append(one)
        if not arguments.json:
            print(f"{_MARKS[one.state]}  {one.subject}: {visible(one.finding)}", flush=True)
            if one.remedy:
                print(f"         -> {visible(one.remedy)}", flush=True)
    if arguments.json:
        print(json.dumps(as_json(tuple(found)), ensure_ascii=False))
    broken = any(one.state == "broken" for one in found)
    return StorageError.exit_code if broken else 0


def _diagnoses(workspace: Workspace | None, *, train: bool) -> Iterator[Diagnosis]:
    """Yield each finding once it is known."""
    yield from diagnose(workspace, Path())
    if train:
        yield from diagnose_training(os.environ)
