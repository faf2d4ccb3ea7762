"""The job that shows a blind study whole: plan, lock, simulated raters, seal, verdict."""

import json
from datetime import UTC, datetime

from pydantic import Field

from core.errors import JobError
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.scoring.answered_items import AnsweredItem, items_of_job
from core.scoring.rated.simulated import simulated_rater
from core.scoring.score_job import VERDICT
from core.scoring.simulation.rehearsal import WRITTEN_BY, rate_study
from core.scoring.study.folder import StudyFolder, find_study
from core.scoring.study.judging import judge_study
from core.scoring.study.lock import lock_study
from core.scoring.study.opened import missing_ratings, read_locked, read_logs
from core.scoring.study.plan import make_plan
from core.spec_file import Spec, build
from core.storage import replace_file
from core.text_safety import clip, visible
from core.workspace import Workspace

NAME = "simulated raters"
"""What the study is called, so that its id and every list say it."""
_STUDY = "study.txt"


class SimulatedSpec(Spec):
    """What simulated raters are told."""

    score: str
    """Id of the score job whose answers are rated."""
    raters: int = Field(default=3, ge=2, le=20)
    """How many simulated raters there are."""
    raters_per_item: int = Field(default=2, ge=1, le=20)
    """How many of them rate each item."""
    items: int | None = Field(default=None, ge=2)
    """Most items to draw; None takes all that every contender answered."""
    seed: int = Field(default=0, ge=0)
    """What their opinions follow from."""


def run(job: JobContext) -> Outcome:
    """Lock a study of real answers, let simulated raters rate it, open it and keep the verdict."""
    spec = build(SimulatedSpec, job.spec, where=job.folder.record.name, error=JobError)
    job.phase("reading_data")
    folder = _locked_before(job) or _lock(job, spec)
    locked = read_locked(folder)
    total = len(locked.sheet.items) * locked.plan.raters_per_item
    done = total - missing_ratings(locked, read_logs(folder, locked))
    for task in rate_study(folder, locked.plan.raters, seed=spec.seed, stop=job.stop_requested):
        done += not task.met[1]
        job.phase("scoring", done, total, "ratings of items")
    if done < total:
        return Stopped(reason="asked to stop; the ratings so far are kept")
    job.phase("finishing")
    now = datetime.now(UTC)
    judged = judge_study(job.workspace, folder, early=False, by=WRITTEN_BY, now=now)
    return Finished(reason=judged.verdict.sentence)


def _locked_before(job: JobContext) -> StudyFolder | None:
    """Return the study that an earlier attempt locked."""
    note = job.folder.path / _STUDY
    return find_study(job.workspace, note.read_text()) if note.exists() else None


def _lock(job: JobContext, spec: SimulatedSpec) -> StudyFolder:
    """Lock a study for simulated raters alone and note which one it is."""
    items, root = _answered(job.workspace, spec.score)
    plan = make_plan(
        {
            "name": NAME,
            "raters": [simulated_rater(number) for number in range(1, spec.raters + 1)],
            "raters_per_item": spec.raters_per_item,
            "items": min(spec.items or len(items), len(items)),
            "seed": spec.seed,
            # Nobody looked at a screen who could have guessed.
            "exit_question": False,
        },
        where="the plan",
    )
    folder = lock_study(job.workspace, plan, items, holdout=root, now=datetime.now(UTC))
    replace_file(job.folder.path / _STUDY, folder.id.encode())
    return folder


def _answered(workspace: Workspace, score: str) -> tuple[list[AnsweredItem], str]:
    """Return the answers of a score job that ended well, and the root of their holdout."""
    verdict = workspace.run(score).path / VERDICT
    try:
        root = str(json.loads(verdict.read_bytes())["root"])
    except (OSError, ValueError, KeyError) as missing:
        raise JobError(
            what=f"The job {visible(clip(score, 80))} has no answers to rate.",
            why="Only a scoring that ended leaves a verdict with the holdout it is about.",
            remedy="Let it end first: `tuningfork resume` goes on where it was.",
        ) from missing
    return list(items_of_job(workspace, score, root)), root
