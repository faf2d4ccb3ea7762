"""`tuningfork holdout`: does a file of rows, or a folder of documents, touch a locked holdout?"""

import json
from argparse import Namespace
from pathlib import Path

from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.documents import document_hits, read_documents
from core.data.holdout_guard import HoldoutGuard
from core.data.holdout_lock import read_lock
from core.data.sources import read_rows
from core.text_safety import visible
from core.workspace import Workspace
from tui.commands.place import workspace_of

_ROWS = {".jsonl", ".ndjson"}
_TOUCHES = 1


def run(arguments: Namespace) -> int:
    """Compare every row or document with the lock; exit 1 when one touches the holdout."""
    workspace = workspace_of(arguments)
    lines: list[dict[str, str]] = []
    looked = 0
    for place in arguments.place:
        found, count = _look(workspace, arguments.split, place)
        lines += found
        looked += count
    if arguments.json:
        print(json.dumps({"looked_at": looked, "touching": lines}, ensure_ascii=False))
    else:
        for line in lines:
            print(visible(f"{line['where']}: {line['how']}"))
        print(f"{looked} rows and documents looked at, {len(lines)} touch the holdout.")
    return _TOUCHES if lines else 0


def _look(workspace: Workspace, split: str, place: Path) -> tuple[list[dict[str, str]], int]:
    """Return what touches the holdout at a place, and how much was looked at."""
    folder = dataset_folder(workspace, split)
    lock, salt = read_lock(folder.lock), read_salt(workspace)
    guard = HoldoutGuard(lock, salt, holdout=folder.holdout)
    if place.suffix in _ROWS:
        examples = [row.example for row in read_rows(place) if row.example]
        hits = [
            {"where": f"{place}, row {hit.row}", "how": hit.how} for hit in guard.hits(examples)
        ]
        return hits, len(examples)
    texts = read_documents(place)
    found = document_hits(lock, read_part(folder.holdout), texts, salt=salt)
    return [{"where": f"{place}, {hit.document}", "how": hit.how} for hit in found], len(texts)
