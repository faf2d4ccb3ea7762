"""Writes what is needed to find a fault of our own, and nothing that belongs to the user."""

import os
import platform
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

_HOME = str(Path.home())


def describe_fault(fault: BaseException) -> str:
    """Return where a fault happened: files, lines and kinds, no values and no messages.

    The message of an exception may quote data or a key, so only its kind is kept.
    """
    lines = [f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"]
    cause: BaseException | None = fault
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        lines.extend(
            f"  {frame.filename.replace(_HOME, '~')}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        )
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines) + "\n"


def write_report(fault: BaseException, folder: Path | None) -> Path | None:
    """Write the report into the folder, else into the temporary one; None if neither works."""
    name = f"fault-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    content = f"command: {Path(sys.argv[0]).name}\n{describe_fault(fault)}"
    for place in (folder, Path(tempfile.gettempdir())):
        if place is None:
            continue
        path = place / name
        try:
            place.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
        except OSError:
            continue
        return path
    return None
