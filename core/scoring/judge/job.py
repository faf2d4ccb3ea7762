"""The job that asks a model about every pair of a study, in both orders, and nothing twice."""

import os
from datetime import UTC, datetime

from core.contenders.endpoint import EndpointSpec
from core.contenders.means import Further
from core.errors import JobError
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.scoring.answered_items import given_answers
from core.scoring.guests import ask_all
from core.scoring.invited import Invited
from core.scoring.judge.kept import Judgement, JudgeRecord, keep_record
from core.scoring.judge.pairs import Pair, pairs_of
from core.scoring.judge.ready import ready_study
from core.scoring.judge.rubric import VERSION, read_choice
from core.scoring.study.folder import StudyFolder, find_study
from core.spec_file import Spec, build

JUDGE = "judge"
"""What the endpoint is called in the job's files."""


class JudgeSpec(Spec):
    """What a judging job is told."""

    study: str
    """Id of the study."""
    endpoint: EndpointSpec
    """Who judges."""


def run(job: JobContext) -> Outcome:
    """Ask both orders of every pair and keep what came beside the study, also when not all did."""
    spec = build(JudgeSpec, job.spec, where=job.folder.record.name, error=JobError)
    job.phase("reading_data")
    folder = find_study(job.workspace, spec.study)
    ready = ready_study(folder)
    pairs = list(pairs_of(ready.locked, ready.sealed))
    rows = [row for place, pair in enumerate(pairs) for row in pair.questions(2 * place)]
    names = [name for pair in pairs for name in pair.names]
    invited = Invited(endpoints={JUDGE: spec.endpoint})
    try:
        answered = ask_all(job, (), invited, rows, names, os.environ, Further())
    finally:
        kept = _keep(job, spec, folder, ready.locked.seal, pairs)
    if answered is None:
        return Stopped(reason=f"asked to stop; {kept:,} of {len(pairs):,} pairs are judged")
    return Finished(reason=f"Judged {kept:,} pairs of answers; `verdict` says how it agrees.")


def _keep(
    job: JobContext, spec: JudgeSpec, folder: StudyFolder, plan: str, pairs: list[Pair]
) -> int:
    """Put the choices that are there beside the study; return of how many pairs."""
    given = given_answers(job.folder.answers)
    found = []
    for pair in pairs:
        replies = [given.get(name, {}).get(JUDGE) for name in pair.names]
        forth, back = replies
        if forth is None or back is None:
            continue
        found.append(
            Judgement(
                item=pair.item,
                against=pair.against,
                forth=read_choice(forth),
                back=read_choice(back),
                tuned_length=len(pair.tuned),
                other_length=len(pair.other),
            )
        )
    record = JudgeRecord(
        study=folder.id,
        plan=plan,
        run=job.folder.id,
        model=spec.endpoint.model,
        origin=spec.endpoint.origin,
        rubric=VERSION,
        at=datetime.now(UTC).isoformat(),
        asked=len(pairs),
        judgements=tuple(found),
    )
    if found:
        keep_record(folder, record)
    return len(found)
