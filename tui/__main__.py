"""The entry of `tuningfork`: parses, runs one command, and turns every end into an exit code."""

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import TuningforkError
from core.storage import storage_error
from tui.commands.parser import parse, version

INTERRUPTED = 130
OWN_FAULT = 70
_REFUSED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk answers to output that is sent into a file."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if words is None else words
    try:
        code = _run(words)
        if sys.stdout is not None:  # a parent may have closed it
            sys.stdout.flush()
    except TuningforkError as error:
        return _say_error(error, as_json="--json" in words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has had enough; the interpreter must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as refused:
        # Only a stream has no file name: everything that is opened by one says which it was.
        if refused.filename is not None or refused.errno not in _REFUSED:
            return _report_fault(refused)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _say_error(storage_error(refused, Path("the output"), doing="write"), as_json=False)
    except Exception as fault:  # the last border: report it, never show a traceback
        return _report_fault(fault)
    return code


def _run(words: Sequence[str]) -> int:
    """Run the command that the words name."""
    arguments = parse(words)
    if arguments.version:
        print(f"tuningfork {version()}")
        return 0
    command = importlib.import_module(f"tui.commands.{arguments.module}")
    code: int = command.run(arguments)
    return code


def _say_error(error: TuningforkError, *, as_json: bool) -> int:
    """Show the three parts of an error where a person or a program looks for them."""
    if as_json:
        import json

        print(json.dumps(error.as_json(), ensure_ascii=False))
    else:
        from tui.plain import error_lines

        print(*error_lines(error), sep="\n", file=sys.stderr)
    return error.exit_code


def _report_fault(fault: Exception) -> int:
    """Write a report without local variables and say where it is."""
    from core.fault_report import write_report
    from core.workspace import find_workspace

    try:
        workspace = find_workspace(Path())
    except TuningforkError:
        workspace = None
    path = write_report(fault, workspace.reports if workspace else None)
    where = f"The report is {path}." if path else "The report could not be written."
    print(
        f"tuningfork stopped because of a fault of its own. Your jobs go on. {where}",
        file=sys.stderr,
    )
    return OWN_FAULT


if __name__ == "__main__":
    sys.exit(main())
