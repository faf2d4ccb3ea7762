"""The whole way on the sample task: every step is the real one, on the model that comes along.

What takes seconds happens at once. Measuring the cheaper ways, training, answering the holdout and
a blind study by simulated raters are four jobs, one behind the other, so that closing the terminal
loses nothing.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.catalog.base_models import embedded_model
from core.data.profile import inspect_file
from core.data.split import split_file
from core.decide.advise import Recommendation, advise
from core.decide.answers import Answers, read_answers
from core.decide.further import further_of
from core.decide.measured import measured_part, with_measured
from core.decide.naming import spoken
from core.decide.record import save_decision
from core.extras import require_local
from core.jobs.record import read_record
from core.jobs.store import list_jobs, living_jobs
from core.machine import read_machine
from core.scoring.measured_rows import MeasureSpec
from core.scoring.measurement import Measurement
from core.scoring.start import (
    FurtherMeans,
    draft_improved_prompt,
    further_means,
    start_measure,
    start_score,
    start_simulated_rating,
)
from core.training.recipe import read_recipe
from core.training.start import start_run
from core.workspace import RunFolder, Workspace, create_workspace, new_run_id

StepName = Literal["workspace", "decide", "inspect", "split", "measure", "train", "score", "rate"]
DATASET = "support-tickets"
_LAST = "simulated_rating"
"""The kind of the job that ends a demo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStep:
    """One part of the way, done or under way."""

    name: StepName
    line: str
    """What came out, for a person."""
    job: RunFolder | None = None
    """The job that does this part; None when it is done already."""


def live_demo(workspace: Workspace) -> tuple[RunFolder, ...] | None:
    """Return the jobs of a demo that is under way here, in their order; None without one."""
    rating = next((job.id for job in living_jobs(workspace) if job.kind == _LAST), None)
    if rating is None:
        return None
    folder = workspace.run(rating)
    scoring = workspace.run(read_record(folder).spec["score"])
    training = workspace.run(read_record(scoring).spec["run"])
    measuring = [job.id for job in list_jobs(workspace) if job.kind == "measure"]
    return (*map(workspace.run, measuring[:1]), training, scoring, folder)


def start_demo(
    root: Path,
    *,
    seed: int | None,
    clock: Callable[[], datetime],
    token: Callable[[], str],
    environment: Mapping[str, str],
) -> Iterator[DemoStep]:
    """Walk the quick steps and launch the long ones, yielding each as it is done."""
    require_local()
    sample = embedded_model().parent
    workspace = create_workspace(root, name="Fernhill support desk")
    yield DemoStep(name="workspace", line=f"{workspace.name} in {workspace.root}")

    answers = read_answers(sample / "decision_answers.toml")
    advice = advise(answers)
    now = clock()
    save_decision(
        workspace.database,
        id=new_run_id("demo", now=now, token=token()),
        name="Triage notes for support tickets",
        answers=answers,
        recommendation=advice,
        now=now,
        further=_further(workspace, answers, advice, now),
    )
    choice = spoken(advice.recommendation)
    yield DemoStep(name="decide", line=f"{choice}: {advice.reasons[0]}")

    source = sample / "support_tickets.jsonl"
    profile = inspect_file(source)
    blocked = sum(finding.count for finding in profile.at_or_above("blocker"))
    line = f"{profile.rows} rows, {profile.valid_rows} usable; {blocked} faults block a row"
    yield DemoStep(name="inspect", line=line)

    split = split_file(workspace, source, name=DATASET, now=clock())
    line = (
        f"train {split.train}, validation {split.validation}, holdout {split.holdout} locked; "
        f"{len(split.left_out)} rows left out by name"
    )
    yield DemoStep(name="split", line=line)

    further = _put_means(workspace, sample)
    spec = MeasureSpec(source=DATASET, **further)
    measuring = start_measure(workspace, spec, now=clock(), token=token(), environment=environment)
    line = f"{spec.most} train rows: base, improved prompt, few-shot and retrieval answer them"
    yield DemoStep(name="measure", line=line, job=measuring)

    overrides = () if seed is None else (f"seed={seed}",)
    recipe = read_recipe(sample / "recipe.toml", overrides)
    run = start_run(workspace, recipe, now=clock(), token=token(), environment=environment)
    yield DemoStep(name="train", line="LoRA on the base model that comes along", job=run)
    score = start_score(workspace, run, now=clock(), token=token(), environment=environment)
    yield DemoStep(name="score", line="the same and the tuned model answer the holdout", job=score)
    rating = start_simulated_rating(
        workspace, score, now=clock(), token=token(), environment=environment
    )
    line = "simulated raters, no people, rate the answers in a blind study"
    yield DemoStep(name="rate", line=line, job=rating)


def _put_means(workspace: Workspace, sample: Path) -> FurtherMeans:
    """Put documents and a drafted prompt into the workspace; return them as a job is told them."""
    shutil.copytree(sample / "documents", workspace.documents, dirs_exist_ok=True)
    draft_improved_prompt(workspace, DATASET)
    return further_means(workspace)


def save_measured(
    workspace: Workspace, found: Measurement, *, now: datetime, token: str
) -> Recommendation:
    """Decide again with what was measured, keep that with its figures, and return it."""
    given = with_measured(read_answers(embedded_model().parent / "decision_answers.toml"), found)
    advice = advise(given)
    save_decision(
        workspace.database,
        id=new_run_id("demo-measured", now=now, token=token),
        name="Triage notes, after measuring",
        answers=given,
        recommendation=advice,
        now=now,
        further={
            **_further(workspace, given, advice, now),
            **measured_part(workspace, given.model_dump()),
        },
    )
    return advice


def _further(
    workspace: Workspace, answers: Answers, advice: Recommendation, now: datetime
) -> dict[str, object]:
    """Return costs and method of a decision made now, on this machine."""
    found = further_of(
        answers,
        advice,
        own_prices=workspace.prices,
        today=now.date(),
        machine=read_machine(workspace.root),
    )
    return found.as_json()
