"""Finds what was scored, and launches its recheck."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.contenders.endpoint import EndpointSpec, key_of, read_endpoints
from core.errors import JobError, UsageError
from core.jobs.launch import launch
from core.jobs.record import JobRecord, read_record
from core.scoring.answered_items import given_answers
from core.scoring.recheck.spec import RecheckSpec
from core.scoring.study.folder import find_study
from core.scoring.study.opened import read_locked
from core.text_safety import clip, visible
from core.workspace import RunFolder, Workspace


def start_recheck(
    workspace: Workspace,
    what: str | None,
    *,
    names: Sequence[str] = (),
    model: str = "",
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch a recheck and return its folder.

    `what` is a scored run, a score job or a study; None the newest. `names` are the endpoints that
    are asked, all of that time if empty; `model` is a version to try in the place of the scored.
    """
    scored = find_scored(workspace, what)
    then = _endpoints_of(scored)
    unknown = [name for name in names if name not in then]
    if unknown:
        raise UsageError(
            what=f"{clip(visible(unknown[0]), 40)} was not asked in {scored.id}.",
            why=f"Asked were: {', '.join(then)}.",
            remedy="Name one of these, or leave --endpoint out.",
        )
    today = read_endpoints(workspace)
    asked = {name: today.get(name, then[name]) for name in names or then}
    if model:
        if len(asked) != 1:
            raise UsageError(
                what="--model goes with one endpoint.",
                why=f"These would be asked: {', '.join(asked)}.",
                remedy="Name the endpoint with --endpoint.",
            )
        asked = {name: one.model_copy(update={"model": model}) for name, one in asked.items()}
    for name, endpoint in asked.items():
        key_of(name, endpoint, environment)
    spec = RecheckSpec(score_job=scored.id, run=str(scored.spec["run"]), endpoints=asked)
    return launch(
        workspace,
        kind="recheck",
        name=f"recheck {scored.name}",
        spec=spec.model_dump(mode="json"),
        keys=tuple(sorted(frozenset().union(*(one.variables for one in asked.values())))),
        device="cpu",
        now=now,
        token=token,
        environment=environment,
    )


def find_scored(workspace: Workspace, what: str | None) -> JobRecord:
    """Return the newest score with answers of servers that is meant, or say that there is none."""
    known = [
        record
        for folder in workspace.run_folders()
        if (record := read_record(folder)).kind == "score" and _endpoints_of(record)
    ]
    if what is not None:
        fitting = [one for one in known if what in {one.id, one.spec.get("run")}]
        if not fitting and not (workspace.runs / what).is_dir():
            fitting = _of_study(workspace, what, known)
        known = fitting
    if not known:
        raise JobError(
            what="There is nothing to recheck.",
            why="Only answers of servers can change by themselves, and none were scored here.",
            remedy="`tuningfork score RUN --endpoint NAME` lets a server of endpoints.toml answer.",
        )
    return known[-1]


def _of_study(workspace: Workspace, study: str, known: Sequence[JobRecord]) -> list[JobRecord]:
    """Return the scores whose answers a study is about."""
    items = set(read_locked(find_study(workspace, study)).items)
    return [one for one in known if items & set(given_answers(workspace.run(one.id).answers))]


def _endpoints_of(record: JobRecord) -> dict[str, EndpointSpec]:
    """Return the servers that a score asked."""
    invited = record.spec.get("invited") or {}
    return {
        name: EndpointSpec.model_validate(of)
        for name, of in (invited.get("endpoints") or {}).items()
    }
