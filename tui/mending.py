"""Mends rows of one source for a screen: reads the lines, asks the core, says what was done."""

import getpass
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.workspace import Workspace

if TYPE_CHECKING:
    from core.data.line_index import LineIndex
    from core.data.triage.clean import Cleaned
    from core.data.triage.desk import Desk
    from core.data.triage.operations import Change


class Mending:
    """The desk of one source; nothing is written before the first change."""

    def __init__(
        self,
        workspace: Workspace,
        source: Path,
        sha256: str,
        index: "LineIndex",
        clock: Callable[[], datetime],
    ) -> None:
        self._workspace = workspace
        self._source = source
        self._sha256 = sha256
        self._index = index
        self._clock = clock
        self._desk: Desk | None = None

    def line(self, row: int) -> bytes | None:
        """Return a row as it reads after what was done; None when it was dropped."""
        line = self._index.line(row)
        desk = self._known()
        return desk.plan.mended(row, line) if desk else line

    def words_on(self, row: int) -> list[str]:
        """Return what was done to a row, in words."""
        from core.data.triage.operations import words_of

        desk = self._known()
        return [words_of(change) for change in desk.plan.changes.get(row, ())] if desk else []

    @property
    def touched(self) -> int:
        """How many rows something was done to."""
        desk = self._known()
        return len(desk.plan.changes) if desk else 0

    def fix(self, check: str, rows: Sequence[int]) -> "Change | None":
        """Return the mechanical fix for a check's findings in these rows."""
        from core.data.triage.propose import fix_for

        return fix_for(check, self._lines(rows))

    def redact(self, rows: Sequence[int]) -> "Change | None":
        """Return what covers the secrets and personal data in these rows."""
        from core.data.dataset import ensure_salt
        from core.data.triage.redaction import StandIns, redact

        desk = self._known()
        given = desk.stand_ins() if desk else StandIns(ensure_salt(self._workspace))
        return redact(self._lines(rows), given)

    def do(self, change: "Change") -> str:
        """Do something; it is safe on disk when the words come back."""
        return self._opened().do(change, now=self._clock())

    def undo(self) -> str | None:
        """Take the last change back."""
        desk = self._known()
        return desk.undo(now=self._clock()) if desk else None

    def redo(self) -> str | None:
        """Do again what was taken back last."""
        desk = self._known()
        return desk.redo(now=self._clock()) if desk else None

    @property
    def output(self) -> Path:
        """Where the mended rows go."""
        return self._workspace.data / f"{self._source.name.partition('.')[0]}.clean.jsonl"

    def write(self) -> "Cleaned":
        """Write the rows as they read now."""
        from core.data.triage.clean import clean_file

        return clean_file(self._source, self._opened().path, self.output)

    def _lines(self, rows: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Yield rows as they read now; dropped ones need nothing any more."""
        for row in rows:
            line = self.line(row)
            if line is not None:
                yield row, line

    def _known(self) -> "Desk | None":
        """Return the desk if there is a journal."""
        from core.data.triage.desk import journal_path

        if self._desk is None and journal_path(self._workspace, self._sha256).exists():
            return self._opened()
        return self._desk

    def _opened(self) -> "Desk":
        from core.data.dataset import ensure_salt
        from core.data.triage.desk import Desk

        if self._desk is None:
            self._desk = Desk.open(
                self._workspace,
                self._source,
                sha256=self._sha256,
                salt=ensure_salt(self._workspace),
                by=getpass.getuser(),
                now=self._clock(),
            )
        return self._desk
