"""Launches the job that lets contenders answer a file of rows."""

from collections.abc import Mapping
from datetime import datetime

from core.extras import require_local
from core.jobs.launch import launch
from core.machine import expected_device, read_gpus
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
    """Launch the job and return its folder; it needs the extra only for models of this machine."""
    device = "network"
    embedding_keys = spec.embedding.keys if spec.embedding else ()
    if spec.invited.models or (spec.embedding and not spec.embedding.base_url):
        require_local()
        device = expected_device("auto", read_gpus()[0])
    return launch(
        workspace,
        kind="answer",
        name=f"answer {shown_source(spec.source)}",
        spec=spec.model_dump(mode="json"),
        device=device,
        keys=tuple(sorted({*spec.invited.keys, *embedding_keys})),
        now=now,
        token=token,
        environment=environment,
    )
