"""One source being mended in a workspace: its journal, what it adds up to, undo and redo."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.data.triage.journal import Journal, append, begin, read
from core.data.triage.operations import Change, Redact, Redo, Undo, words_of
from core.data.triage.redaction import StandIns
from core.data.triage.replay import Plan, plan
from core.workspace import Workspace

_NAME = 32


def journal_path(workspace: Workspace, sha256: str) -> Path:
    """Return where the journal of a source lies: another source, another journal."""
    return workspace.data / "journals" / f"{sha256[:_NAME]}.jsonl"


@dataclass(slots=True)
class Desk:
    """Does, undoes and redoes; whatever it returns from is safe on disk."""

    path: Path
    """The journal."""
    salt: bytes
    """What marks of covered values are made with."""
    by: str
    """Who is at the desk."""
    journal: Journal
    """As it was last read or written."""
    plan: Plan
    """What it adds up to."""

    @classmethod
    def open(
        cls,
        workspace: Workspace,
        source: Path,
        *,
        sha256: str,
        salt: bytes,
        by: str,
        now: datetime,
    ) -> "Desk":
        """Return the desk of a source, with everything that was done before."""
        path = journal_path(workspace, sha256)
        begin(path, source=sha256, name=source.name, now=now)
        journal = read(path)
        return cls(path, salt, by, journal, plan(journal.standing.steps))

    def do(self, change: Change, *, now: datetime) -> str:
        """Do something and return it in words."""
        self._append(change, now)
        return words_of(change)

    def undo(self, *, now: datetime) -> str | None:
        """Take the last change back and return it in words; None where there is none."""
        steps = self.journal.standing.steps
        if not steps:
            return None
        self._append(Undo(of=steps[-1].seq), now)
        return words_of(steps[-1].change)

    def redo(self, *, now: datetime) -> str | None:
        """Do again what was taken back last and return it in words; None where there is none."""
        undone = self.journal.standing.undone
        if not undone:
            return None
        self._append(Redo(of=undone[-1].seq), now)
        return words_of(undone[-1].change)

    def stand_ins(self) -> StandIns:
        """Return the stand-ins given so far, those of undone changes too."""
        made = StandIns(self.salt)
        made.remember(e.does for e in self.journal.entries if isinstance(e.does, Redact))
        return made

    def _append(self, operation: Change | Undo | Redo, now: datetime) -> None:
        self.journal = append(self.path, operation, by=self.by, now=now)
        self.plan = plan(self.journal.standing.steps)
