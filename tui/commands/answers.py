"""Answers findings of a file from the command line: every row of a check, counted first."""

from argparse import Namespace
from collections.abc import Iterator
from typing import NamedTuple

from core.data.asked import Asked
from core.data.checking import all_checks, findings_of
from core.data.row_numbers import RowNumbers
from core.data.scan.run import Scan, scan_file
from core.data.staging.source import Source
from core.data.triage.operations import Change, Drop, rows_of
from core.errors import UsageError
from core.text_safety import visible
from core.workspace import Workspace
from tui.commands.place import moment
from tui.mending import Mending


class Answer(NamedTuple):
    """What is done, or would be, about one check."""

    act: str
    """`fix`, `redact` or `drop`."""
    check: str
    """Id of the check."""
    found: int
    """Rows that the check complains of."""
    rows: int
    """Those among them that change."""

    @property
    def words(self) -> str:
        """Return it for a person."""
        return f"{self.act} {self.rows:,} of {self.found:,} rows of {self.check}"


def answer_all(arguments: Namespace, workspace: Workspace, source: Source) -> Iterator[Answer]:
    """Yield every answer with its rows; done only with --yes, each after the one before."""
    if arguments.journal is not None:
        raise UsageError(
            what="--journal does not go with --fix, --redact and --drop.",
            why="What they do is written into the workspace's own journal of the file.",
            remedy="Leave --journal out.",
        )
    for _, check in arguments.answers:
        _refuse_unknown(check)
    *_, scan = scan_file(source.jsonl, Asked())
    mending = Mending(workspace, source.jsonl, scan.sha256, scan.index, moment)
    for act, check in arguments.answers:
        rows = _rows(scan, check)
        change = _change(mending, act, check, rows)
        count = len(rows_of(change)) if change is not None else 0
        yield Answer(act, check, len(rows), count)
        if change is not None and arguments.yes:
            mending.do(change)


def _rows(scan: Scan, check: str) -> RowNumbers:
    """Return every row that a check complains of, at any severity."""
    rows = RowNumbers()
    for finding in findings_of(scan.tallies):
        if finding.check == check:
            for row in finding.rows:
                rows.add(row)
    return rows


def _change(mending: Mending, act: str, check: str, rows: RowNumbers) -> Change | None:
    """Return what there is to do to rows as they read now; None where it is nothing."""
    if act == "fix":
        return mending.fix(check, rows)
    if act == "redact":
        return mending.redact(rows)
    left = tuple(row for row in rows if mending.line(row) is not None)
    return Drop(rows=left, check=check) if left else None


def _refuse_unknown(check: str) -> None:
    known = sorted(all_checks())
    if check not in known:
        raise UsageError(
            what=f"There is no check {visible(check)!r}.",
            why="Rows are chosen by the check that complains of them.",
            remedy=f"Name one of {', '.join(known)}.",
        )
