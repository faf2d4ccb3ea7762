"""The child that reads a data set of the Hub and writes its rows to standard output."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from core.data.staging.columnar import without_nulls
from core.errors import DataError
from core.text_safety import clip, visible

_SAID = 300


def main() -> int:
    """Answer the one request on standard input."""
    asked = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)  # libraries that print must not do so between the rows
    try:
        out.write(json.dumps({"commit": _commit(asked)}).encode() + b"\n")
        out.flush()
        encode = msgspec.json.Encoder(enc_hook=str).encode
        for row in _rows(asked):
            out.write(encode({name: without_nulls(value) for name, value in row.items()}) + b"\n")
        out.close()
    except DataError as error:
        return _fail(error)
    except Exception as error:  # the border of the process: whatever the library met
        return _fail(_unread(asked["name"], error))
    return 0


def _commit(asked: dict[str, Any]) -> str:
    """Return the commit that the revision is now, "" where the Hub cannot be asked."""
    if not asked["name"].startswith("/"):
        from huggingface_hub import HfApi

        with suppress(Exception):  # offline, the copy that the library keeps may still do
            return str(HfApi().dataset_info(asked["name"], revision=asked["revision"]).sha)
    return ""


def _rows(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the split, streamed."""
    import datasets

    name, config = asked["name"], asked["config"]
    splits = datasets.get_dataset_split_names(name, config, revision=asked["revision"])
    split = asked["split"] or (splits[0] if len(splits) == 1 else None)
    if split not in splits:
        raise DataError(
            what=f"{visible(name)} has no split {visible(split)!r}."
            if split
            else f"{visible(name)} has several splits.",
            why=f"Its splits are: {', '.join(map(visible, splits))}.",
            remedy="Name one of them with --split.",
        )
    yield from datasets.load_dataset(
        name, config, split=split, revision=asked["revision"], streaming=True
    )


def _unread(name: str, error: Exception) -> DataError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return DataError(
        what=f"The data set {visible(name)} cannot be read.",
        why=f"{type(error).__name__}: {visible(clip(lines[0], _SAID))}.",
        remedy="Check name, --config, --split and the connection; private ones need a token.",
    )


def _fail(error: DataError) -> int:
    sys.stderr.write(json.dumps(error.as_json()) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
