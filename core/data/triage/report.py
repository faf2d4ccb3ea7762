"""Says what was mended, for people and for programs, without a word of what was covered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from core.data.triage.journal import Step
from core.data.triage.operations import Redact, rows_of, words_of
from core.text_safety import visible

_SHOWN = 20


class Operation(TypedDict):
    """One change that counts."""

    number: int
    """Its number in the journal."""
    what: str
    """What it does, in words."""
    reason: str
    """Why, in the words of whoever did it."""
    rows: list[int]
    """Which rows it is about."""


class Report(TypedDict):
    """What was mended."""

    source: str
    """Name of the file."""
    rows: dict[str, int]
    """How many rows became what."""
    covered: dict[str, int]
    """How many values of each kind were covered."""
    operations: list[Operation]
    """The changes that count, in order."""


def make_report(source: str, steps: Sequence[Step], rows: Mapping[str, int]) -> Report:
    """Return the report on a source; `rows` counts them by what became of them."""
    changes = [step.change for step in steps]
    covered = Counter(
        cover.kind
        for change in changes
        if isinstance(change, Redact)
        for row in change.rows
        for cover in row.covers
    )
    return Report(
        source=source,
        rows=dict(rows),
        covered=dict(sorted(covered.items())),
        operations=[
            Operation(
                number=step.seq,
                what=words_of(step.change),
                reason=step.change.reason,
                rows=list(rows_of(step.change)),
            )
            for step in steps
        ],
    )


def as_markdown(report: Report) -> str:
    """Return the report for people."""
    counts = [f"- rows {what}: {count:,}" for what, count in report["rows"].items()]
    covered = [
        f"- covered: {count:,} x {visible(kind)}" for kind, count in report["covered"].items()
    ]
    table = [
        f"| {one['number']} | {_cell(one['what'])} | {_few(one['rows'])} | {_cell(one['reason'])} |"
        for one in report["operations"]
    ]
    lines = [
        f"# What was mended in {visible(report['source'])}",
        "",
        *counts,
        *covered,
        "",
        "| # | what | rows | reason |",
        "|---|---|---|---|",
        *table,
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Return a text that cannot leave its cell."""
    return visible(text).replace("|", "\\|")


def _few(rows: Iterable[int]) -> str:
    """Return the first row numbers."""
    numbers = list(rows)
    more = f" and {len(numbers) - _SHOWN:,} more" if len(numbers) > _SHOWN else ""
    return ", ".join(map(str, numbers[:_SHOWN])) + more
