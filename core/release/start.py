"""Launches the job that exports a run, behind the run if that is not over yet."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from core.extras import require_local
from core.jobs.launch import launch
from core.jobs.record import read_record
from core.jobs.status import LIVE, read_status
from core.release.spec import (
    ExportSpec,
    Precision,
    Target,
    check_free,
    check_target,
    read_trained,
)
from core.workspace import RunFolder, Workspace


def start_export(
    workspace: Workspace,
    run: RunFolder,
    *,
    target: Target,
    destination: Path,
    precision: Precision = "base",
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch the export of a training run and return the job's folder."""
    require_local()
    check_free(destination.absolute())
    if read_status(run).state not in LIVE:
        check_target(read_trained(workspace, run.id), target)
    record = read_record(run)
    spec = ExportSpec(
        run=run.id, target=target, destination=str(destination.absolute()), precision=precision
    )
    return launch(
        workspace,
        kind="export",
        name=f"export {record.name}",
        spec=spec.model_dump(mode="json"),
        device=record.device,
        after=(run.id,),
        now=now,
        token=token,
        environment=environment,
    )
