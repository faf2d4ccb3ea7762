"""Tells which rows made of a study touch a holdout: most do, for studies rate holdout rows."""

from collections.abc import Iterator, Sequence

from core.data.dataset import DatasetFolder, read_salt
from core.data.formats import to_example
from core.data.holdout_guard import HoldoutGuard
from core.data.holdout_lock import read_lock
from core.database import connect_to_read
from core.scoring.harvest.gathered import Row
from core.workspace import Workspace


def touching(workspace: Workspace, root: str, rows: Sequence[Row]) -> set[int]:
    """Return the places of the rows that touch any holdout of the workspace.

    `root` is that of the holdout the study was drawn from; every row of such a study touches it,
    also when the split has been changed or removed since.
    """
    if root:
        return set(range(len(rows)))
    examples = [to_example(row, place) for place, row in enumerate(rows)]
    return {hit.row for guard in _guards(workspace) for hit in guard.hits(examples)}


def _guards(workspace: Workspace) -> Iterator[HoldoutGuard]:
    """Yield a guard for every holdout that the workspace still has."""
    with connect_to_read(workspace.database) as connection:
        found = connection.execute("SELECT DISTINCT folder FROM splits") if connection else ()
        folders = [DatasetFolder(workspace.root / path) for (path,) in found]
    for folder in folders:
        if folder.lock.exists():
            yield HoldoutGuard(read_lock(folder.lock), read_salt(workspace), holdout=folder.holdout)
