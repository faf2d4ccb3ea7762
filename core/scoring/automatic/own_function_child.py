"""The child process that runs a user's own metric; started with `-P`, by path never."""

import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any


def main(path: str, name: str) -> int:
    """Read one JSON item a line, write one JSON result a line to what was standard output."""
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the function prints must not stand among the results
    try:
        function = _load(path, name)
    except BaseException as fault:  # whatever the file does, its error is told, not ours
        print(json.dumps({"broken": _told(fault, path)}), file=results, flush=True)
        return 1
    for line in sys.stdin:
        try:
            result = {"value": float(function(**json.loads(line)))}
        except BaseException as fault:
            print(json.dumps({"fault": _told(fault, path)}), file=results, flush=True)
            return 1
        print(json.dumps(result), file=results, flush=True)
    return 0


def _load(path: str, name: str) -> Callable[..., Any]:
    """Return the function of a file."""
    spec = importlib.util.spec_from_file_location("own_metric", path)
    if spec is None or spec.loader is None:
        raise ImportError("this is no Python file")
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., Any] = getattr(module, name)
    return function


def _told(fault: BaseException, path: str) -> str:
    """Return the kind, the words and the line of an error in the user's file."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(fault.__traceback__)
        if frame.filename == path
    ]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}{type(fault).__name__}: {fault}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
