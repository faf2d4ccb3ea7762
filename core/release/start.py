"""Launches the job that exports a run, behind the run if that is not over yet."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from core.errors import UsageError
from core.extras import require_local
from core.jobs.launch import launch
from core.jobs.record import read_record
from core.jobs.status import LIVE, read_status
from core.release.dressing.gguf import find_converter
from core.release.hub_upload import check_upload
from core.release.spec import (
    ExportSpec,
    Precision,
    Target,
    check_free,
    check_target,
    read_trained,
)
from core.spec_file import build
from core.workspace import RunFolder, Workspace


def start_export(
    workspace: Workspace,
    run: RunFolder,
    *,
    target: Target,
    destination: Path,
    precision: Precision = "base",
    upload: str = "",
    public: bool = False,
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
    converter = find_converter(environment) if target == "gguf" else ""
    values = {
        "run": run.id,
        "target": target,
        "destination": str(destination.absolute()),
        "precision": precision,
        "converter": str(converter),
        "upload": upload,
        "public": public,
    }
    spec = build(ExportSpec, values, where="export", error=UsageError)
    if upload:
        check_upload(spec, environment)
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
