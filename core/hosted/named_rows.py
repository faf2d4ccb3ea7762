"""Which of our rows a service means when it names lines of a file it was sent."""

from collections.abc import Sequence
from pathlib import Path

from core.errors import TuningforkError
from core.hosted.failures import Rejected
from core.hosted.kinds import line_writer
from core.hosted.part_files import write_parts
from core.hosted.spec import HostedSpec
from core.workspace import Workspace

_ROWS = 5


def rows_of_lines(
    workspace: Workspace, spec: HostedSpec, folder: Path, part: str, lines: Sequence[int]
) -> Sequence[int]:
    """Return the numbers of our rows for lines of a part; none where the split has changed.

    The files are written into `folder` once more and taken away again: line 214 of a service is
    line 214 of just the bytes it was sent.
    """
    if not part or not lines:
        return ()
    try:
        written = write_parts(
            workspace, spec.split, folder, line=line_writer(spec.provider), method=spec.method
        )
    except TuningforkError:
        return ()
    finally:
        for one in ("train", "validation"):
            (folder / f"{one}.jsonl").unlink(missing_ok=True)
    for file in written:
        if file.name == part and file.name in spec.parts:
            same = file.sha256 == spec.parts[file.name].sha256
            found = [file.row_of_line(line) for line in lines] if same else []
            return [row for row in found if row is not None][:_ROWS]
    return ()


def with_rows(refused: Rejected, workspace: Workspace, spec: HostedSpec, folder: Path) -> Rejected:
    """Return a refusal that names our rows, where it names lines of a file that was sent.

    A sentence that names a line and no file can mean only the train rows if nothing else was sent.
    """
    part = refused.part or ("train" if set(spec.parts) == {"train"} else "")
    rows = refused.rows or rows_of_lines(workspace, spec, folder, part, refused.lines)
    if not rows:
        return refused
    many = "s" if len(rows) > 1 else ""
    named = f"{part} row{many} {', '.join(map(str, rows))}"
    return Rejected(
        what=refused.what,
        why=f"{refused.why} It means {named}.",
        remedy="Mend the rows it means, split again, then start a new run.",
        part=part,
        rows=rows,
    )
