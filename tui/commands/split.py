"""`tuningfork split`: train, validation and a holdout that is locked from here on."""

import json
from argparse import Namespace

from core.data.clusters import Shares
from core.data.split import split_file
from core.text_safety import visible
from tui.commands.place import moment, workspace_of
from tui.commands.rows_file import opened


def run(arguments: Namespace) -> int:
    """Split the file into the workspace and say what went where."""
    arguments.name = arguments.name or arguments.file.stem
    arguments.file = opened(arguments)[0].jsonl
    result = split_file(
        workspace_of(arguments),
        arguments.file,
        name=arguments.name or arguments.file.stem,
        now=moment(),
        shares=Shares(validation=arguments.validation, holdout=arguments.holdout),
    )
    if arguments.json:
        print(json.dumps(result.as_json(), ensure_ascii=False))
        return 0
    print(
        f"train {result.train}  validation {result.validation}  holdout {result.holdout} (locked)"
    )
    if result.max_cross_similarity is not None:
        print(f"most alike across the border: {result.max_cross_similarity:.2f} (5-word Jaccard)")
    for row, reason in result.left_out.items():
        print(f"left out: row {row}: {visible(reason)}")
    print(f"in {visible(str(result.folder.path))}")
    return 0
