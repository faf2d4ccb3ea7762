"""A user's own metric: one Python function, run in a child that can neither hang nor crash us."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.jobs.environment import worker_environment
from core.scoring.automatic.measurement import Measurement, mean_of
from core.text_safety import clip, visible

_CHILD = "core.scoring.automatic.own_function_child"
_SHOWN = 300
_PATIENCE_S = 60.0


def own_metric(
    file: Path,
    function: str,
    items: Sequence[Mapping[str, str]],
    *,
    environment: Mapping[str, str],
    timeout_s: float = _PATIENCE_S,
) -> Measurement:
    """Return the mean of `function(answer=..., reference=..., ...)` over the items.

    Values lie between 0 and 1. The child inherits no secret and gets `timeout_s` for all items.
    """
    if not file.is_file():
        raise DataError(
            what=f"There is no file {_shown(str(file))}.",
            why="It should hold the function that measures answers.",
            remedy="Name a Python file.",
        )
    command = [sys.executable, "-P", "-m", _CHILD, str(file.resolve()), function]
    lines = "".join(json.dumps(dict(item)) + "\n" for item in items)
    try:
        done = subprocess.run(
            command,
            input=lines,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            env=worker_environment(environment),
            cwd=file.resolve().parent,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise _failed(
            file, function, f"It was stopped after {timeout_s:g} seconds.", "Make it faster."
        ) from late
    values = []
    for number, result in enumerate(_results(done.stdout), 1):
        for name, where in (("broken", "The file"), ("fault", f"Item {number}")):
            if name in result:
                raise _failed(
                    file,
                    function,
                    f"{where}: {_shown(result[name])}.",
                    "Mend the function; it takes answer, reference and prompt by name.",
                )
        values.append(_between_0_and_1(result["value"], number, file, function))
    if len(values) < len(items):
        how = f"exit code {done.returncode}"
        words = f"The process ended after {len(values)} of {len(items)} items ({how})."
        raise _failed(file, function, words, "Look for sys.exit or a crash of a library.")
    return mean_of(visible(clip(function, 40)), values)


def _results(output: str) -> Iterator[dict[str, Any]]:
    """Yield the results of the child; the last line of one that was killed may be torn."""
    for line in output.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def _between_0_and_1(value: float, number: int, file: Path, function: str) -> float:
    if math.isfinite(value) and 0 <= value <= 1:
        return value
    raise _failed(
        file, function, f"Item {number}: it returned {value:g}.", "Return a value from 0 to 1."
    )


def _failed(file: Path, function: str, why: str, remedy: str) -> DataError:
    return DataError(
        what=f"{_shown(function)} of {_shown(file.name)} measured nothing.", why=why, remedy=remedy
    )


def _shown(text: str) -> str:
    return visible(clip(text, _SHOWN))
