"""Launches the job that lets contenders from outside answer a file of rows."""

from collections.abc import Mapping
from datetime import datetime

from core.jobs.launch import launch
from core.scoring.asked_rows import AnswerSpec
from core.scoring.measured_rows import shown_source
from core.workspace import RunFolder, Workspace


def start_answering(
    workspace: Workspace,
    spec: AnswerSpec,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch the job and return its folder; it needs no extra and no model on this machine."""
    return launch(
        workspace,
        kind="answer",
        name=f"answer {shown_source(spec.source)}",
        spec=spec.model_dump(mode="json"),
        device="network",
        keys=spec.invited.keys,
        now=now,
        token=token,
        environment=environment,
    )
