"""A row of a split's part as the inspector shows it, with what a service said of it."""

from core.data.dataset import dataset_folder
from core.data.line_index import LineIndex
from core.data.rows import Fault
from core.workspace import Workspace
from tui.row_set import RowSet


def part_row_set(workspace: Workspace, split: str, part: str, row: int, said: str) -> RowSet | None:
    """Return one row of a part to look at; None where the part has no such row.

    Without a hash nothing can be changed: a part is mended in its source, and split again.
    """
    folder = dataset_folder(workspace, split)
    path = folder.validation if part == "validation" else folder.train
    index = LineIndex(path)
    try:
        index.extend(path.read_bytes())
    except OSError:
        return None
    if not 1 <= row <= len(index):
        return None
    fault = Fault(check="provider_rules", row=row, message=said)
    return RowSet(
        source=path,
        sha256="",
        index=index,
        numbers=(row,),
        check="provider_rules",
        faults={row: (fault,)},
    )
