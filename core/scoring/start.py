"""Launches the jobs that let contenders answer; one that scores a run waits for that run."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from core.contenders.embedding import EmbeddingSpec
from core.contenders.prompt_draft import draft_prompt
from core.errors import JobError
from core.extras import require_local
from core.hosted.tuned import contender_name
from core.jobs.launch import launch
from core.jobs.record import JobRecord, read_record
from core.machine import expected_device, read_gpus
from core.scoring.invited import Invited
from core.scoring.measured_rows import MeasureSpec, prepare, shown_source
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible
from core.workspace import RunFolder, Workspace


def start_score(
    workspace: Workspace,
    run: RunFolder,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
    invited: Invited | None = None,
    embedding: EmbeddingSpec | None = None,
) -> RunFolder:
    """Launch the scoring of a training run and return its folder."""
    record = read_record(run)
    if record.kind == "hosted":
        raise _at_a_service(run, record)
    require_local()
    invited = invited or Invited()
    return launch(
        workspace,
        kind="score",
        name=f"score {record.name}",
        spec={
            "run": run.id,
            "invited": invited.model_dump(mode="json"),
            "embedding": embedding and embedding.model_dump(mode="json"),
            **further_means(workspace),
        },
        keys=tuple(sorted({*invited.keys, *(embedding.keys if embedding else ())})),
        device=record.device,
        after=(run.id,),
        now=now,
        token=token,
        environment=environment,
    )


def _at_a_service(run: RunFolder, record: JobRecord) -> JobError:
    """Return how the model of a hosted run is scored: it answers beside those of this machine."""
    if not run.endpoint.exists():
        return JobError(
            what=f"The run {run.id} has no model to score yet.",
            why="It trains at a service, and a model is there once that is done.",
            remedy=f"`tuningfork status {run.id}` says how far it is.",
        )
    name = contender_name(run.id)
    split = visible(clip(str(record.spec.get("split")), 80))
    return JobError(
        what=f"The model of {run.id} answers at its service, as the contender {name}.",
        why="A scoring compares it with what this machine can do, so it stands beside a run here.",
        remedy=f"`tuningfork score RUN --endpoint {name}` with a run on the rows of {split}; or"
        f" `tuningfork answer data/{split}/holdout.jsonl --contender {name} --scoring -o FILE` for"
        " a blind study.",
    )


def start_simulated_rating(
    workspace: Workspace,
    score: RunFolder,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch a blind study of a score job's answers by simulated raters; return its folder."""
    return launch(
        workspace,
        kind="simulated_rating",
        name="simulated raters",
        spec={"score": score.id},
        after=(score.id,),
        now=now,
        token=token,
        environment=environment,
    )


def start_measure(
    workspace: Workspace,
    spec: MeasureSpec,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch the measuring of the cheaper ways and return its folder.

    Rows that cannot be measured are refused before anything is launched.
    """
    require_local()
    prepare(workspace, spec)
    return launch(
        workspace,
        kind="measure",
        name=f"measure {shown_source(spec.source)}",
        spec=spec.model_dump(),
        device=expected_device("auto", read_gpus()[0]),
        now=now,
        token=token,
        environment=environment,
    )


def draft_improved_prompt(workspace: Workspace, source: str) -> Path:
    """Put a draft of a prompt where there is none yet; return where the person's prompt lies.

    It is drafted from rows that are not measured.
    """
    path = workspace.improved_prompt
    if not path.exists():
        chosen = prepare(workspace, MeasureSpec(source=source)).chosen
        draft = draft_prompt([*chosen.shots, *chosen.others])
        replace_file(path, draft.encode("utf-8", "replace"), mode=0o644)
    return path


class FurtherMeans(TypedDict):
    """What the workspace offers contenders, as a job is told it."""

    prompt: str
    """The person's own system prompt; "" where none was written."""
    documents: str | None
    """Absolute path of the folder of documents; None without one."""


def further_means(workspace: Workspace) -> FurtherMeans:
    """Return what the workspace offers contenders: the person's prompt, and documents."""
    path = workspace.improved_prompt
    try:
        prompt = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        prompt = ""
    except OSError as error:
        raise storage_error(error, path, doing="read the prompt") from error
    documents = workspace.documents
    return {"prompt": prompt, "documents": str(documents) if documents.is_dir() else None}


def source_named(workspace: Workspace, name: str) -> str:
    """Return a split of the workspace by its name, anything else as an absolute path."""
    if name and Path(name).name == name and (workspace.data / name / "holdout.lock").is_file():
        return name
    return str(Path(name).absolute())
