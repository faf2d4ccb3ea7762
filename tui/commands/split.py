"""`tuningfork split`: train, validation and a holdout that is locked from here on."""

import json
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from core.data.choices import Choices
from core.data.split import split_file
from core.data.split_result import SplitResult
from core.data.staging.source import Source
from core.scoring.statistics.shares import wilson
from core.text_safety import visible
from tui.commands.place import moment, workspace_of
from tui.commands.progress_line import ProgressLine
from tui.commands.rows_file import opened

Where = Callable[[int], str]
"""Names a row of the source for a person."""
_FEW_ROWS = 250
_EXAMPLE_SHARE = 0.8
_NAMED = 20
_STRATA = 12
_ROWS_NAMED = 40


def run(arguments: Namespace) -> int:
    """Split the file into the workspace and say what went where."""
    workspace, source = workspace_of(arguments), opened(arguments)[0]
    where = partial(_where, source)
    told = ProgressLine()
    try:
        result = split_file(
            workspace,
            source.jsonl,
            name=arguments.name or arguments.file.stem,
            now=moment(),
            choices=_choices(arguments),
            new_version=arguments.new_version,
            where=where,
            tell=told.share,
        )
    finally:
        told.clear()
    if arguments.json:
        low, high = wilson(round(_EXAMPLE_SHARE * result.holdout), result.holdout)
        interval = {"share": _EXAMPLE_SHARE, "low": round(low, 4), "high": round(high, 4)}
        said = result.as_json(where) | {"score_interval": interval}
        print(json.dumps(said, ensure_ascii=False))
        return 0
    for line in _lines(result, where):
        print(visible(line))
    return 0


def _where(source: Source, row: int) -> str:
    """Return where a row stands, in the words of the file that the person named."""
    return source.locate(row).words if source.staged else f"row {row}"


def _choices(arguments: Namespace) -> Choices:
    """Return what was asked for on the command line."""
    groups = arguments.group
    return Choices(
        validation=arguments.validation,
        holdout=arguments.holdout,
        by=arguments.by,
        groups=None if groups is None else tuple(one.strip() for one in groups.split(",")),
        time=arguments.time,
        cutoff=arguments.cutoff,
    )


def _lines(result: SplitResult, where: Where) -> Iterator[str]:
    """Yield the result for a person: what went where, how sure it is, what to do."""
    again = f", version {result.version}" if result.version > 1 else ""
    yield (
        f"train {result.train}  validation {result.validation}"
        f"  holdout {result.holdout} (locked{again})"
    )
    yield f"{result.border.sentence}."
    if not result.compared:
        yield "near rows were not looked for: too many rows share words; equal ones were."
    yield from _strata(result)
    yield from _groups(result)
    yield from _precision(result)
    yield from _collect(result)
    quarantined = {one.row: one.reason for one in result.quarantined}
    yield from _rows("quarantined", quarantined, where)
    yield from _rows("left out", result.left_out, where)
    yield f"in {result.folder.path}"


def _strata(result: SplitResult) -> Iterator[str]:
    """Yield what each kind of row gave."""
    if len(result.strata) < 2:
        return
    yield "by kind of row (train / validation / holdout):"
    for one in result.strata[:_STRATA]:
        yield f"  {one.name}: {one.train} / {one.validation} / {one.holdout}"
    if len(result.strata) > _STRATA:
        yield f"  and {len(result.strata) - _STRATA} more; --json has all"


def _groups(result: SplitResult) -> Iterator[str]:
    """Yield what was not set aside and why."""
    if result.large:
        sizes = ", ".join(str(size) for size in result.large[:_NAMED])
        yield (
            f"{len(result.large)} groups of rows that belong together are too large for the"
            f" holdout and stay in train ({sizes} rows)."
        )
    if result.astride:
        yield f"{result.astride} groups have rows before and after the cutoff; they stay in train."


def _precision(result: SplitResult) -> Iterator[str]:
    """Yield what scores on so few rows are worth."""
    rows = result.train + result.validation + result.holdout
    if rows >= _FEW_ROWS:
        return
    low, high = wilson(round(_EXAMPLE_SHARE * result.holdout), result.holdout)
    yield (
        f"{rows} rows are few: a score of {_EXAMPLE_SHARE:.0%} on {result.holdout} holdout rows"
        f" may be anything from {low:.0%} to {high:.0%} (Wilson, 95 %)."
    )
    yield "Collect more rows, or judge by k-fold runs; the holdout is locked all the same."


def _collect(result: SplitResult) -> Iterator[str]:
    """Yield the kinds of rows of which there are too few."""
    for one in result.thin[:_NAMED]:
        rows = f"{one.rows} row" if one.rows == 1 else f"{one.rows} rows"
        yield f"collect next: {one.name} has {rows}; from {one.needed} on it can be judged"


def _rows(what: str, reasons: Mapping[int, str], where: Where) -> Iterator[str]:
    """Yield rows that are in no part."""
    for row, reason in list(reasons.items())[:_ROWS_NAMED]:
        yield f"{what}: {where(row)}: {reason}"
    if len(reasons) > _ROWS_NAMED:
        yield f"{what}: {len(reasons) - _ROWS_NAMED} rows more; --json names all"
