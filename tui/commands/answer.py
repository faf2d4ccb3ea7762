"""`tuningfork answer`: let contenders answer a file of rows."""

import json
import os
import sys
from argparse import Namespace
from pathlib import Path

from core.errors import UsageError
from core.jobs.status import Viewer
from core.scoring.asked_rows import AnswerSpec, asked_rows, check_means
from core.scoring.invited import invite
from core.scoring.measured_rows import locked_splits
from core.scoring.start import further_means, source_named
from core.scoring.start_answering import start_answering
from core.text_safety import clip, visible
from core.workspace import Workspace
from tui import plain
from tui.commands.detached import say_detached
from tui.commands.leaving import ask_to_leave, embedding_of
from tui.commands.place import moment, token, workspace_of


def run(arguments: Namespace) -> int:
    """Say what leaves, launch the job, and follow it unless told not to."""
    workspace = workspace_of(arguments)
    output = arguments.output.absolute()
    _check_output(output, replace=arguments.replace)
    files = [one for one in arguments.contender if Path(one.partition("=")[2]).is_file()]
    words = [one for one in arguments.contender if one not in files]
    invited = invite(workspace, words, files, os.environ)
    uses_documents = "retrieval" in invited.kinds
    spec = AnswerSpec(
        source=_source(arguments.file),
        invited=invited,
        output=str(output),
        scoring=arguments.scoring,
        examples=_examples(workspace, arguments.examples),
        embedding=embedding_of(workspace) if uses_documents else None,
        **further_means(workspace),
    )
    check_means(spec)
    rows = asked_rows(workspace, spec.source, scoring=spec.scoring)
    if rows.passed_over:
        print(f"{rows.passed_over:,} rows ask nothing, or again.", file=sys.stderr)
    leaving = spec.invited.leaving(len(rows.items))
    if spec.embedding:
        leaving += spec.embedding.leaving(len(rows.items))
    ask_to_leave(leaving, yes=arguments.yes)
    folder = start_answering(workspace, spec, now=moment(), token=token(), environment=os.environ)
    if arguments.detach:
        return say_detached(folder, as_json=arguments.json)
    ended = plain.watch(Viewer(folder), sys.stderr if arguments.json else sys.stdout)
    wrote = sum(1 for _ in output.open("rb")) if output.exists() else 0
    if arguments.json:
        told = {"run": folder.id, "state": ended, "answers": wrote, "output": str(output)}
        print(json.dumps(told | {"unanswered": _unanswered(folder.unanswered)}))
    else:
        print(f"{wrote:,} answers are in {visible(clip(str(output), 200))}.")
    return 0 if ended == "finished" else 1


def _source(named: str) -> str:
    """Return a file as an absolute path, so that the worker finds it; anything else as it is."""
    return str(Path(named).absolute()) if Path(named).exists() else named


def _examples(workspace: Workspace, named: str | None) -> str | None:
    """Return where few-shot contenders take examples from: as named, else the only split."""
    if named is not None:
        return source_named(workspace, named)
    splits = [folder.path.name for folder in locked_splits(workspace)]
    return splits[0] if len(splits) == 1 else None


def _check_output(output: Path, *, replace: bool) -> None:
    if not output.parent.is_dir():
        raise UsageError(
            what=f"There is no folder {visible(clip(str(output.parent), 200))}.",
            why="The answers would go there.",
            remedy="Make it, or name another with -o.",
        )
    if output.exists() and not replace:
        raise UsageError(
            what=f"{visible(clip(str(output), 200))} is there already.",
            why="Answers that somebody may have paid for are not written over.",
            remedy="Name another file, or add --replace.",
        )


def _unanswered(path: Path) -> list[dict[str, str]]:
    """Return the items without an answer, each with its reason."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines()]
