"""Launches the job that scores a run, behind the run if that is not over yet."""

from collections.abc import Mapping
from datetime import datetime

from core.extras import require_local
from core.jobs.launch import launch
from core.jobs.record import read_record
from core.workspace import RunFolder, Workspace


def start_score(
    workspace: Workspace,
    run: RunFolder,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch the scoring of a training run and return its folder."""
    require_local()
    record = read_record(run)
    return launch(
        workspace,
        kind="score",
        name=f"score {record.name}",
        spec={"run": run.id},
        device=record.device,
        after=(run.id,),
        now=now,
        token=token,
        environment=environment,
    )
