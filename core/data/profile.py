"""Says whether a file of rows is good enough to train on, and what was not looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.data.asked import Asked
from core.data.checking import SEVERITIES, Finding, Tallies, all_checks, findings_of
from core.data.rows import Severity
from core.data.scan.columns import Columns
from core.data.scan.run import Scan, scan_file

Verdict = Literal["ready", "review", "blocked"]
NEVER_SCANNED = ("paraphrases", "images and files")
"""No check looks at these, so nothing is said about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known about a source file after one pass over every row, or so far."""

    source: Path
    sha256: str
    """Of the file's bytes."""
    rows: int
    """Lines that hold something."""
    valid_rows: int
    """Rows that can be read as a conversation."""
    format: str
    """The shape of most rows, `chat` for instance; `unknown` where no row can be read."""
    findings: tuple[Finding, ...]
    """Worst first."""
    bytes_total: int
    """UTF-8 bytes of text in all turns: no byte-level tokenizer makes more tokens of it."""
    bytes_longest: int
    """The same for the longest row."""
    not_scanned: tuple[str, ...]
    """What no check looked at, in words."""
    read: float = 1.0
    """Share of the file that was read; below 1 the findings are the first ones only."""
    cpu_seconds: Mapping[str, float] = field(default_factory=dict)
    """Processor time by step, over all processes."""

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
            "not_scanned": list(self.not_scanned),
            "source": str(self.source),
            "sha256": self.sha256,
        }


def inspect_file(
    path: Path, asked: Asked | None = None, *, processes: int | None = None
) -> Profile:
    """Return the profile of a JSONL file; raises only when the file cannot be opened or read."""
    *_, scan = scan_file(path, asked or Asked(), processes=processes)
    return profile_of(scan)


def inspect_in_steps(path: Path, asked: Asked | None = None) -> Iterator[Profile]:
    """Yield profiles that grow; the last one is whole. Close the iterator to cancel."""
    return map(profile_of, scan_file(path, asked or Asked()))


def profile_of(scan: Scan) -> Profile:
    """Return the profile of what was scanned so far."""
    return _profile(
        source=scan.path,
        sha256=scan.sha256,
        format=scan.usual.id if scan.usual else "unknown",
        lines=scan.lines,
        readable=scan.readable,
        tallies=scan.tallies,
        columns=scan.columns,
        asked=scan.asked,
        read=scan.bytes_read / scan.bytes_total if scan.bytes_total else 1.0,
        cpu_seconds={step: spent / 1e9 for step, spent in scan.cpu.items()},
    )


def _profile(
    *,
    source: Path,
    sha256: str,
    format: str,
    lines: int,
    readable: int,
    tallies: Tallies,
    columns: Columns | None,
    asked: Asked,
    read: float,
    cpu_seconds: Mapping[str, float],
) -> Profile:
    """Return the profile of these facts."""
    sized = columns is not None and columns.rows > 0
    return Profile(
        source=source,
        sha256=sha256,
        rows=lines,
        valid_rows=readable,
        format=format if readable else "unknown",
        findings=findings_of(tallies, epochs=asked.epochs),
        bytes_total=int(columns.size.sum()) if sized and columns else 0,
        bytes_longest=int(columns.size.max()) if sized and columns else 0,
        not_scanned=not_scanned(asked),
        read=read,
        cpu_seconds=cpu_seconds,
    )


def not_scanned(asked: Asked) -> tuple[str, ...]:
    """Return what the checks that ran leave out."""
    asking = [module.missing for module in all_checks().values() if module.missing]
    return (*(what for missing in asking for what in missing(asked)), *NEVER_SCANNED)
