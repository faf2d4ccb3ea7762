"""`tuningfork runs`: the jobs of the workspace, newest first."""

import json
from argparse import Namespace
from datetime import UTC, datetime

from core.jobs.status import stall_of
from core.jobs.store import JobSummary, list_jobs
from core.text_safety import visible
from tui.commands.place import workspace_of
from tui.wording import STALLED


def run(arguments: Namespace) -> int:
    """Print one line a job."""
    workspace = workspace_of(arguments)
    jobs = list_jobs(workspace)
    if arguments.json:
        print(json.dumps([_as_json(job) for job in jobs], ensure_ascii=False))
        return 0
    if not jobs:
        print("No job yet. `tuningfork train RECIPE` launches one; `tuningfork demo` shows how.")
    widest = max((len(job.id) for job in jobs), default=0)
    longest = max((len(job.kind) for job in jobs), default=0)
    for job in jobs:
        word = STALLED if _stalled(job) else job.state
        print(f"{job.id:<{widest}}  {word:<9} {job.kind:<{longest}}  {visible(job.name)}")
    return 0


def _stalled(job: JobSummary) -> bool:
    """Return whether the job's worker lives and has said nothing for long."""
    return stall_of(job.run_state, job.liveness, datetime.now(UTC)) is not None


def _as_json(job: JobSummary) -> dict[str, object]:
    """Return the keys that every entry of `runs --json` has."""
    return {
        "run": job.id,
        "state": job.state,
        "kind": job.kind,
        "name": job.name,
        "device": job.device,
        "created_at": job.created_at,
        "stalled": _stalled(job),
    }
