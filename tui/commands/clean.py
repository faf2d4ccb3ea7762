"""`tuningfork clean`: the rows of a file as its journal mends them."""

import json
from argparse import Namespace

from core.data.sources import file_sha256
from core.data.triage.clean import clean_file
from core.data.triage.desk import journal_path
from core.text_safety import visible
from tui.commands.place import workspace_of
from tui.commands.rows_file import opened


def run(arguments: Namespace) -> int:
    """Replay the journal and say what was written."""
    source = opened(arguments)[0].jsonl
    journal = arguments.journal or journal_path(workspace_of(arguments), file_sha256(source))
    written = clean_file(source, journal, arguments.output, replace=arguments.replace)
    if arguments.json:
        print(json.dumps(written.as_json(), ensure_ascii=False))
        return 0
    print(
        f"rows written {written.rows:,}  dropped {written.dropped:,}  changed {written.changed:,}"
    )
    print(f"in {visible(str(written.output))}, with report, journal and manifest beside it")
    return 0
