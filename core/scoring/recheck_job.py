"""The job that asks servers the locked holdout once more and compares with what was scored."""

import json
import os
from datetime import UTC, datetime

from core.contenders.answering import answer_all
from core.contenders.desk import Surroundings
from core.contenders.endpoint import key_of
from core.contenders.openai_compatible import OpenAICompatible
from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_lock import read_lock
from core.data.keys import merkle_root, row_keys
from core.errors import DataError, JobError
from core.events.schema import MessageLogged
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.scoring.answered_items import given_answers
from core.scoring.recheck.anchors import revealed_ratings
from core.scoring.recheck.compare import compare
from core.scoring.recheck.spec import RecheckSpec
from core.scoring.scored_run import recipe_of
from core.spec_file import build
from core.storage import replace_file
from core.text_safety import visible

RESULT = "recheck.json"


def run(job: JobContext) -> Outcome:
    """Answer the holdout anew and write what changed."""
    spec = build(RecheckSpec, job.spec, where=job.record.name, error=JobError)
    job.phase("reading_data")
    recipe = recipe_of(job.workspace, spec.run)
    folder = dataset_folder(job.workspace, recipe.data.split if recipe.data else "")
    items, salt = read_part(folder.holdout), read_salt(job.workspace)
    keys = [row_keys(item, salt).row for item in items]
    root = read_lock(folder.lock).root
    if merkle_root(keys).hex() != root:
        raise DataError(
            what="The holdout is not the one that was locked.",
            why="Its rows give another root than the lock names.",
            remedy="Put back holdout.jsonl as it was split.",
        )
    names = [key.hex() for key in keys]
    around = Surroundings(stop=job.stop_requested)
    servers = []
    for name, endpoint in spec.endpoints.items():
        server = OpenAICompatible(name, endpoint, key_of(name, endpoint, os.environ), around)
        # Answers of other jobs have other names now, so that none of them is taken for today's.
        server.identity["recheck"] = job.folder.id
        servers.append(server)
    answered = answer_all(job, servers, items, names)
    if answered is None:
        return Stopped(reason="asked to stop; the answers so far are kept")
    job.phase("scoring")
    before = given_answers(job.workspace.run(spec.score_job).answers)
    references = {name: item.reference for name, item in zip(names, items, strict=True)}
    rated = revealed_ratings(job.workspace, root)
    found = [
        compare(
            name,
            spec.endpoints[name].model,
            {item: of[name] for item, of in before.items() if name in of and item in references},
            dict(zip(names, texts, strict=True)),
            references,
            rated.get(name, {}),
        )
        for name, texts in answered.texts.items()
    ]
    result = {
        "score_job": spec.score_job,
        "run": spec.run,
        "root": root,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "ok": all(one.state in {"unchanged", "holds"} for one in found),
        "contenders": [one.as_json() for one in found],
    }
    content = json.dumps(result, indent=2, ensure_ascii=False)
    replace_file(job.folder.path / RESULT, content.encode())
    lines = [f"{visible(one.contender)} {one.sentence}" for one in found]
    for line in lines:
        job.emit(MessageLogged(level="info", text=line))
    return Finished(reason=" ".join(lines), best_path=RESULT)
