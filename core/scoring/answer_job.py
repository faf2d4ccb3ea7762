"""The job that lets contenders from outside answer a file of rows and writes what they said."""

import json
import os
from dataclasses import replace
from pathlib import Path

from core.contenders.answers_file import prompt_text
from core.contenders.embedding import AskedToStop
from core.errors import JobError
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.scoring.answered_items import given_answers
from core.scoring.asked_rows import AnswerSpec, AskedRows, asked_rows, further_of
from core.scoring.guests import ask_all
from core.scoring.searching import search_in
from core.spec_file import build
from core.storage import replace_file


def run(job: JobContext) -> Outcome:
    """Ask every contender every row and write one line an answer, also when not all came."""
    spec = build(AnswerSpec, job.spec, where=job.folder.record.name, error=JobError)
    job.phase("reading_data")
    rows = asked_rows(job.workspace, spec.source, scoring=spec.scoring)
    try:
        further = further_of(job.workspace, spec, rows)
        found = search_in(job, further.documents, rows.items, spec.embedding, os.environ)
        further = replace(further, search=found)
        answered = ask_all(job, (), spec.invited, rows.items, rows.names, os.environ, further)
    except AskedToStop:
        answered = None
    finally:
        count = _write(job, spec, rows)
    if answered is None:
        return Stopped(reason=f"asked to stop; {count:,} answers are in the file")
    return Finished(reason=f"Wrote {count:,} answers.")


def _write(job: JobContext, spec: AnswerSpec, rows: AskedRows) -> int:
    """Write the answers that are there in the form that a study takes; return how many."""
    given = given_answers(job.folder.answers)
    contenders = spec.invited.names
    lines = [
        {
            "item": name,
            "contender": contender,
            "answer": answer,
            "prompt": prompt_text(example),
            "reference": example.reference or None,
        }
        for name, example in zip(rows.names, rows.items, strict=True)
        for contender in contenders
        if (answer := given.get(name, {}).get(contender)) is not None
    ]
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    replace_file(Path(spec.output), content.encode())
    return len(lines)
