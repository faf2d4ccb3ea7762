"""The process of one rank; started by the worker and gone with it."""

import ctypes
import os
import signal
import sys
from pathlib import Path

from core.jobs.record import read_record
from core.training.ranks import RankContext, report
from core.training.short_memory import given_budget
from core.workspace import open_workspace

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Train as the record says, together with the other ranks."""
    root, run_id, attempt, tell, asked = arguments
    _die_with_the_worker()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    workspace = open_workspace(Path(root))
    folder = workspace.run(run_id)
    job = RankContext(
        rank=int(os.environ["RANK"]),
        local=int(os.environ["LOCAL_RANK"]),
        beside=int(os.environ.get("LOCAL_WORLD_SIZE", "1")),
        budget=given_budget(os.environ),
        tell=int(tell),
        asked=int(asked),
        workspace=workspace,
        folder=folder,
        record=read_record(folder),
        attempt=int(attempt),
    )

    def train():  # type: ignore[no-untyped-def]
        from core.training.trainer import run

        return run(job)

    return report(job, train)


def _die_with_the_worker() -> None:
    """Ask the system for an end when the worker ends, however that happens; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # The threads of the library that ranks talk through do not survive an orderly end.
    os._exit(code)
