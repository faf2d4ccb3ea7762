"""The job that lets every contender answer the holdout and says what automatic measures show."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import Field

from core.catalog.base_models import locate_model
from core.contenders.contender import BASE
from core.contenders.embedding import AskedToStop, EmbeddingSpec
from core.contenders.few_shot import choose_shots
from core.contenders.kinds import KINDS, TUNED, Made, make_contenders
from core.contenders.means import Further, over
from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.documents import read_documents, refuse_documents
from core.data.holdout_lock import HoldoutLock, read_lock
from core.data.keys import merkle_root, row_keys
from core.data.rows import Example
from core.database import connect
from core.errors import DataError, JobError
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.jobs.record import read_record
from core.jobs.status import SCORED
from core.scoring.evidence import check_run
from core.scoring.guests import ask_all
from core.scoring.invited import Invited
from core.scoring.metrics import Measured, measure
from core.scoring.scored_run import recipe_of
from core.scoring.searching import search_in
from core.scoring.verdict import Verdict, decide
from core.spec_file import Spec, build
from core.storage import replace_file
from core.training.recipe import Recipe
from core.workspace import Workspace

VERDICT = "verdict.json"
_LOCAL = "core.contenders.local"
"""Imports torch, so it is named here and resolved in the worker."""


class ScoreSpec(Spec):
    """What a score job is told."""

    run: str
    """Id of the training run whose result is scored."""
    contenders: tuple[str, ...] = tuple(KINDS)
    """Who answers, as far as there are means for it; the tuned model always does."""
    prompt: str = ""
    """The person's own system prompt; "" leaves the improved prompt out."""
    documents: str | None = None
    """Absolute path of a file or folder to look things up in; None leaves retrieval out."""
    embedding: EmbeddingSpec | None = None
    """What retrieval finds passages with beside their words; None leaves it at words."""
    max_new_tokens: int = Field(default=128, ge=1, le=8192)
    """Longest answer in tokens."""
    invited: Invited = Field(default_factory=Invited)
    """Who answers besides: endpoints, and files of answers."""


def run(job: JobContext) -> Outcome:
    """Answer the holdout with each contender, measure the answers and write the verdict."""
    spec = build(ScoreSpec, job.spec, where=job.folder.record.name, error=JobError)
    recipe = recipe_of(job.workspace, spec.run)
    job.phase("reading_data")
    split = recipe.data.split if recipe.data else ""
    folder = dataset_folder(job.workspace, split)
    lock, salt = read_lock(folder.lock), read_salt(job.workspace)
    items = read_part(folder.holdout)
    job.phase("checking_holdout")
    _check_holdout(items, lock, salt)
    check_run(job.workspace, spec.run, lock)
    shots = choose_shots(read_part(folder.train), lock, salt=salt, holdout=folder.holdout)
    documents = read_documents(Path(spec.documents)) if spec.documents else {}
    if documents:
        refuse_documents(lock, items, documents, salt=salt, use="retrieval")
    job.phase("loading_model")
    try:
        search = search_in(job, documents, items, spec.embedding, os.environ)
    except AskedToStop:
        return Stopped(reason="asked to stop; the vectors so far are kept")
    further = Further(prompt=spec.prompt, shots=shots, documents=documents, search=search)
    made = _made(job.workspace, spec, recipe, further)
    names = [row_keys(item, salt).row.hex() for item in items]
    answered = ask_all(job, made.contenders, spec.invited, items, names, os.environ, further)
    if answered is None:
        return Stopped(reason="asked to stop; the answers so far are kept")
    job.phase("scoring")
    measured: dict[str, list[Measured]] = {
        name: [measure(text, item.reference) for text, item in zip(texts, items, strict=True)]
        for name, texts in answered.texts.items()
    }
    verdict = decide(measured)
    _save(job, verdict, spec, lock)
    job.phase("finishing")
    return Finished(reason=SCORED, best_path=VERDICT)


def _check_holdout(items: Sequence[Example], lock: HoldoutLock, salt: bytes) -> None:
    """Refuse a holdout that is not the locked one."""
    root = merkle_root(row_keys(item, salt).row for item in items).hex()
    if root != lock.root:
        raise DataError(
            what="The holdout is not the one that was locked.",
            why=f"Its rows give the root {root[:12]}, the lock says {lock.root[:12]}.",
            remedy="Put back holdout.jsonl as it was split, or split again under another name.",
        )


def _made(
    workspace: Workspace,
    spec: ScoreSpec,
    recipe: Recipe,
    further: Further,
) -> Made:
    """Return who answers, all on one model in memory."""
    source = locate_model(recipe.model.base, recipe.model.revision)
    make_model: Callable[..., Any] = import_module(_LOCAL).LocalModel
    trained = workspace.run(spec.run)
    own = trained.chat_template
    model = make_model(
        source,
        trained.tuned,
        device=read_record(trained).device,
        max_new_tokens=spec.max_new_tokens,
        template=own.read_text(encoding="utf-8") if own.exists() else None,
        stop=recipe.model.stop,
    )
    means = over(model.contender(BASE, tuned=False), further)
    means = replace(means, tuned=model.contender(TUNED, tuned=True))
    return make_contenders(means, {*spec.contenders, TUNED})


def _save(job: JobContext, verdict: Verdict, spec: ScoreSpec, lock: HoldoutLock) -> None:
    """Put the verdict into the job's folder and the workspace."""
    result = verdict.as_json() | {"run": spec.run, "score_job": job.folder.id, "root": lock.root}
    content = json.dumps(result, indent=2, ensure_ascii=False)
    replace_file(job.folder.path / VERDICT, content.encode())
    with connect(job.workspace.database) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)",
            (job.folder.id, datetime.now(UTC).isoformat(), spec.run, json.dumps(result)),
        )
