"""Turns Parquet and Arrow files into rows, some at a time, with pyarrow of the extra `[local]`."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.data.staging.source import Kind
from core.data.staging.staged import CopyWriter
from core.errors import DataError, MachineError
from core.extras import install_command
from core.text_safety import clip, visible

_ROWS_AT_ONCE = 256


def stage_columnar(path: Path, out: CopyWriter, *, kind: Kind) -> None:
    """Write every row of the file."""
    require_reader("pyarrow", str(path))
    import pyarrow

    number = 0
    try:
        for value in _parquet(path) if kind == "parquet" else _arrow(path):
            number += 1
            out.add_value(value, number)
    except (pyarrow.ArrowException, OSError, ValueError, TypeError) as error:
        raise DataError(
            what=f"{visible(str(path))} cannot be read as {kind.capitalize()}.",
            why=f"After {number:,} rows: {visible(clip(str(error), 200))}.",
            remedy="Download or write it again; JSONL can be inspected line by line.",
        ) from error


def require_reader(package: str, name: str) -> None:
    """Raise unless the package that reads such data is installed."""
    if importlib.util.find_spec(package) is None:
        raise MachineError(
            what=f"{visible(clip(name, 120))} needs {package}, which is missing.",
            why="It comes with the extra [local], so that the base installation stays small.",
            remedy=f"`{install_command()}` adds it; or give the rows as JSONL or CSV.",
        )


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            yield from rows_of(batch)


def _arrow(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow

    with pyarrow.memory_map(str(path)) as file:
        try:
            reader = pyarrow.ipc.open_stream(file)
        except pyarrow.ArrowInvalid:
            whole = pyarrow.ipc.open_file(file)
            for place in range(whole.num_record_batches):
                yield from rows_of(whole.get_batch(place))
            return
        for batch in reader:
            yield from rows_of(batch)


def rows_of(batch: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch of Arrow; a null inside a row counts as left out.

    Columnar files have every field in every row: a missing `tool_calls` comes back as null.
    """
    for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
        for row in batch.slice(start, _ROWS_AT_ONCE).to_pylist():
            yield {name: without_nulls(value) for name, value in row.items()}


def without_nulls(value: Any) -> Any:
    """Return a value in which null members of objects are left out."""
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    return value
