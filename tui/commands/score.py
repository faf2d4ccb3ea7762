"""`tuningfork score`: base, few-shot and tuned answer the holdout."""

import json
import os
import sys
from argparse import Namespace

from core.contenders.kinds import KINDS
from core.errors import JobError
from core.jobs.status import Viewer
from core.jobs.store import list_jobs
from core.scoring.invited import invite
from core.scoring.scored_run import holdout_rows
from core.scoring.start import start_score
from core.workspace import RunFolder, Workspace
from tui import plain
from tui.commands.detached import say_detached
from tui.commands.leaving import ask_to_leave, embedding_of
from tui.commands.place import moment, run_of, token, workspace_of
from tui.commands.verdict import newest_verdict, print_verdict


def run(arguments: Namespace) -> int:
    """Launch the job; follow it to its verdict unless told not to."""
    workspace = workspace_of(arguments)
    trained = _trained(arguments, workspace)
    words = [*arguments.endpoint, *arguments.contender]
    invited = invite(workspace, words, arguments.answers, os.environ, taken=KINDS)
    embedding = embedding_of(workspace)
    if invited.endpoints or embedding:
        rows = holdout_rows(workspace, trained.id)
        leaving = [*invited.leaving(rows), *(embedding.leaving(rows) if embedding else ())]
        ask_to_leave(leaving, yes=arguments.yes)
    folder = start_score(
        workspace,
        trained,
        invited=invited,
        embedding=embedding,
        now=moment(),
        token=token(),
        environment=os.environ,
    )
    if arguments.detach:
        return say_detached(folder, as_json=arguments.json)
    out = sys.stderr if arguments.json else sys.stdout
    if plain.watch(Viewer(folder), out) != "finished":
        return 1
    verdict = newest_verdict(workspace)
    if arguments.json:
        print(json.dumps(verdict.result, ensure_ascii=False))
    else:
        print_verdict(verdict)
    return 0


def _trained(arguments: Namespace, workspace: Workspace) -> RunFolder:
    """Return the run that was named, or the newest that trains."""
    if arguments.run is not None:
        return run_of(arguments, workspace)
    newest = next((job.id for job in list_jobs(workspace) if job.kind == "train"), None)
    if newest is None:
        raise JobError(
            what="This workspace has no training run to score.",
            why="Scoring compares a tuned model with its base.",
            remedy="`tuningfork train RECIPE` makes one; `tuningfork demo` shows how.",
        )
    return workspace.run(newest)
