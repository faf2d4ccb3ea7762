"""Changes of type that make columnar loaders refuse the whole file."""

from collections.abc import Iterator

import numpy as np

from core.data.checking import Check
from core.data.rows import Fault
from core.data.scan.whole import Whole

CHECK = Check(
    id="loader_forecast",
    severity="high",
    message="Columnar loaders refuse a file whose types change, or turn one type into another.",
    remedy="Write every content in the same way, as text or as a list of parts.",
)
_TEXT_FIRST = (1, 3)
_NOT_TEXT_ONLY = (2, 3, 4)
_NOT_LIST_ONLY = (1, 3, 4)


def conclude(whole: Whole) -> Iterator[Fault]:
    """Yield each row whose content has another type than the first in the file."""
    kinds = whole.columns.kind
    known = kinds[kinds > 0]
    if not len(known):
        return
    usual = "string" if known[0] in _TEXT_FIRST else "list"
    other = "list" if usual == "string" else "string"
    odd = _NOT_TEXT_ONLY if usual == "string" else _NOT_LIST_ONLY
    for place in np.flatnonzero(np.isin(kinds, odd)):
        number = int(whole.columns.number[place])
        example = whole.row(number).example
        for message in example.messages if example else ():
            content = message.raw.get("content")
            kind = "list" if isinstance(content, list) else "string"
            if content is not None and kind == other:
                yield Fault(
                    check=CHECK.id,
                    row=number,
                    path=message.path,
                    message=f"changes from {usual} to {other}",
                )
                break
