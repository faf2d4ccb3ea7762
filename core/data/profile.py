"""Says whether a file of rows is good enough to train on, and what was not looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.data.checking import SEVERITIES, Finding, find_all
from core.data.rows import Row, Severity
from core.data.sources import file_sha256, read_rows

Verdict = Literal["ready", "review", "blocked"]
NOT_SCANNED = (
    "secrets and keys",
    "personal data, names and addresses",
    "paraphrases",
    "invisible characters",
    "images and files",
    "licences",
    "exact token counts and truncation",
)
"""Shown wherever findings are shown: no check ran, so nothing is said about these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known about a source file after one pass over every row."""

    source: Path
    sha256: str
    """Of the file's bytes."""
    rows: int
    """Lines that hold something."""
    valid_rows: int
    """Rows that can be read as a conversation."""
    format: str
    """`chat` when any row is one, else `unknown`."""
    findings: tuple[Finding, ...]
    """Worst first."""
    bytes_total: int
    """UTF-8 bytes of text in all turns: no byte-level tokenizer makes more tokens of it."""
    bytes_longest: int
    """The same for the longest row."""

    @property
    def verdict(self) -> Verdict:
        """Return the answer in one word."""
        if self.at_or_above("blocker"):
            return "blocked"
        return "review" if self.at_or_above("review") else "ready"

    def at_or_above(self, level: Severity) -> tuple[Finding, ...]:
        """Return the findings of this severity or worse."""
        worse = SEVERITIES[: SEVERITIES.index(level) + 1]
        return tuple(finding for finding in self.findings if finding.severity in worse)

    def as_json(self) -> dict[str, object]:
        """Return the contract of `inspect --json`."""
        return {
            "verdict": self.verdict,
            "rows": self.rows,
            "valid_rows": self.valid_rows,
            "format": self.format,
            "findings": [finding.as_json() for finding in self.findings],
            "tokens": {
                "at_most": self.bytes_total,
                "longest_row_at_most": self.bytes_longest,
                "basis": "UTF-8 bytes of the text; the chat template's own tokens come on top",
            },
            "not_scanned": list(NOT_SCANNED),
            "source": str(self.source),
            "sha256": self.sha256,
        }


def inspect_file(path: Path) -> Profile:
    """Return the profile of a JSONL file; raises only when the file cannot be opened or read."""
    rows = list(read_rows(path))
    return profile_rows(rows, source=path, sha256=file_sha256(path))


def profile_rows(rows: Sequence[Row], *, source: Path, sha256: str) -> Profile:
    """Return the profile of rows that were read already."""
    examples = [row.example for row in rows if row.example]
    sizes = [sum(len(m.text.encode()) for m in example.messages) for example in examples]
    return Profile(
        source=source,
        sha256=sha256,
        rows=len(rows),
        valid_rows=len(examples),
        format="chat" if examples else "unknown",
        findings=find_all(rows),
        bytes_total=sum(sizes),
        bytes_longest=max(sizes, default=0),
    )
