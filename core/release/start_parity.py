"""Launches the job that proves an export."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from core.contenders.endpoint import EndpointSpec, key_of
from core.errors import JobError
from core.extras import require_local
from core.jobs.launch import launch
from core.jobs.record import read_record
from core.release.dressing.gguf import WEIGHTS
from core.release.parity.spec import ParitySpec
from core.release.verify import read_manifest
from core.text_safety import clip, visible
from core.workspace import RunFolder, Workspace

_ITEMS = 50
_TOKENS = 128


def start_parity(
    workspace: Workspace,
    folder: Path,
    *,
    server: EndpointSpec | None,
    items: int = _ITEMS,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch the proof of an export and return the job's folder."""
    require_local()
    run = run_of_export(workspace, folder)
    if server is None and (folder / WEIGHTS).exists():
        raise JobError(
            what="A GGUF file is answered from by its own server only.",
            why="Nothing in this installation loads it.",
            remedy="Start it as manifest.json says (`serve`), then add --base-url "
            "http://127.0.0.1:8080/v1.",
        )
    if server is not None:
        key_of("export", server, environment)
    spec = ParitySpec(
        folder=str(folder.absolute()),
        run=run.id,
        server=server,
        items=items,
        max_new_tokens=_longest_answer(workspace, run.id),
    )
    return launch(
        workspace,
        kind="parity",
        name=f"parity {folder.absolute().name}",
        spec=spec.model_dump(mode="json"),
        keys=(server.key,) if server is not None and server.key else (),
        device=read_record(run).device,
        now=now,
        token=token,
        environment=environment,
    )


def run_of_export(workspace: Workspace, folder: Path) -> RunFolder:
    """Return the training run that an export is of, or say that it is not here."""
    named: Any = read_manifest(folder).get("run")
    if isinstance(named, str) and (run := workspace.run(named)).record.exists():
        return run
    raise JobError(
        what=f"The run of this export is not in the workspace {visible(workspace.name)}.",
        why=f"Its manifest names {clip(visible(str(named)), 80)}, with which it is compared.",
        remedy="Name the workspace it was trained in: -w DIR.",
    )


def _longest_answer(workspace: Workspace, run: str) -> int:
    """Return the limit under which the run was scored."""
    for folder in reversed(list(workspace.run_folders())):
        record = read_record(folder)
        if record.kind == "score" and record.spec.get("run") == run:
            return int(record.spec.get("max_new_tokens", _TOKENS))
    return _TOKENS
