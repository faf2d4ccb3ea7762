"""`tuningfork clean`: the rows of a file as its journal mends them."""

import json
from argparse import Namespace
from typing import TYPE_CHECKING

from core.data.sources import file_sha256
from core.data.triage.clean import clean_file
from core.data.triage.desk import journal_path
from core.text_safety import visible
from tui.commands.place import workspace_of
from tui.commands.rows_file import opened

if TYPE_CHECKING:
    from core.data.staging.source import Source
    from tui.commands.answers import Answer


def run(arguments: Namespace) -> int:
    """Replay the journal and say what was written."""
    opening = opened(arguments)[0]
    source = opening.jsonl
    done = _answered(arguments, opening) if arguments.answers else []
    if done and not arguments.yes:
        return 0
    journal = arguments.journal or journal_path(workspace_of(arguments), file_sha256(source))
    written = clean_file(source, journal, arguments.output, replace=arguments.replace)
    if arguments.json:
        answers = {"answers": [one._asdict() for one in done]} if done else {}
        print(json.dumps(written.as_json() | answers, ensure_ascii=False))
        return 0
    print(
        f"rows written {written.rows:,}  dropped {written.dropped:,}  changed {written.changed:,}"
    )
    print(f"in {visible(str(written.output))}, with report, journal and manifest beside it")
    return 0


def _answered(arguments: Namespace, source: "Source") -> "list[Answer]":
    """Do what --fix, --redact and --drop say, or with no --yes count it, and say so."""
    from tui.commands.answers import answer_all

    done: list[Answer] = []
    for one in answer_all(arguments, workspace_of(arguments), source):
        done.append(one)
        if not arguments.json:
            print(f"{'' if arguments.yes else 'would '}{one.words}")
    if not arguments.yes:
        if arguments.json:
            print(json.dumps({"answers": [one._asdict() for one in done], "done": False}))
        else:
            print("Nothing was written; --yes does it.")
    return done
