"""How many rows of each finding the journal of a file answers, read again only when it grew."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.errors import TuningforkError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.data.checking import Finding


class AnsweredRows:
    """Remembers the last count."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stamp: object = None
        self._counts: Mapping[str, int] = {}

    def count(self, sha256: str, findings: "Sequence[Finding]") -> Mapping[str, int]:
        """Return the answered rows by check and severity; none while a file is being read."""
        from core.data.triage.desk import journal_path

        if not sha256:
            return {}
        path = journal_path(self._workspace, sha256)
        try:
            status = os.stat(path)
        except OSError:
            return {}
        stamp = (path, status.st_size, status.st_mtime_ns, len(findings))
        if stamp != self._stamp:
            self._counts = self._read(sha256, findings)
            self._stamp = stamp
        return self._counts

    def _read(self, sha256: str, findings: "Sequence[Finding]") -> Mapping[str, int]:
        from core.data.triage.answered import answered
        from core.data.triage.desk import journal_path
        from core.data.triage.journal import read
        from core.data.triage.replay import plan

        try:
            done = plan(read(journal_path(self._workspace, sha256)).standing.steps)
        except TuningforkError:  # a row of the file says what is wrong with its journal
            return {}
        counts = {key_of(one): len(answered(done, one.check, one.rows)) for one in findings}
        return {key: count for key, count in counts.items() if count}


def key_of(finding: "Finding") -> str:
    """Return what tells a finding from the others."""
    return f"{finding.check} {finding.severity}"
