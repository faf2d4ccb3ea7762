"""Launches the job that lets a model judge a study."""

from collections.abc import Mapping
from datetime import datetime

from core.contenders.endpoint import EndpointSpec, key_of
from core.jobs.launch import launch
from core.scoring.judge.job import JUDGE, JudgeSpec
from core.scoring.judge.pairs import pairs_of
from core.scoring.judge.ready import ready_study
from core.scoring.study.folder import StudyFolder
from core.text_safety import clip, visible
from core.workspace import RunFolder, Workspace


def leaving(folder: StudyFolder, endpoint: EndpointSpec) -> list[str]:
    """Return what would leave this machine; refuse a study that is not ready to be judged."""
    ready = ready_study(folder)
    if endpoint.stays_here:
        return []
    questions = 2 * sum(1 for _ in pairs_of(ready.locked, ready.sealed))
    return [
        f"{questions:,} questions, each with a prompt and two answers, go to "
        f"{visible(endpoint.origin)} (model {clip(visible(endpoint.model), 80)})"
    ]


def name_of_job(folder: StudyFolder) -> str:
    """Return what every job is called that lets a model judge this study."""
    return f"judge {folder.id}"


def start_judging(
    workspace: Workspace,
    folder: StudyFolder,
    endpoint: EndpointSpec,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch the job and return its folder."""
    key_of(JUDGE, endpoint, environment)
    spec = JudgeSpec(study=folder.id, endpoint=endpoint)
    return launch(
        workspace,
        kind="judge",
        name=name_of_job(folder),
        spec=spec.model_dump(mode="json"),
        device="network",
        keys=tuple(endpoint.variables),
        now=now,
        token=token,
        environment=environment,
    )
