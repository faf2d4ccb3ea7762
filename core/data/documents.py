"""Looks for holdout rows in texts: documents of a retrieval, prompts, anything that is no row."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from core.data.alike import said
from core.data.holdout_lock import HoldoutLock
from core.data.keys import normalise
from core.data.rows import Example
from core.data.run_index import holders_of, shared
from core.data.runs import runs, words
from core.data.template import Template
from core.errors import DataError
from core.storage import storage_error
from core.text_safety import clip, visible

_WORDS = 8
_SHARE = 0.8
"""Share of a row's 8-word runs that a document must hold to count as holding the row."""
_NAMED = 5


class DocumentHit(NamedTuple):
    """A document that holds a holdout row."""

    document: str
    """Its name."""
    how: str
    """What it holds."""


def read_documents(place: Path) -> dict[str, str]:
    """Return the texts of a file, or of every file under a folder, by their path inside it."""
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    texts: dict[str, str] = {}
    for file in files:
        if file.is_file():
            try:
                content = file.read_bytes()
            except OSError as error:
                raise storage_error(error, file, doing="read the document") from error
            name = file.relative_to(place).as_posix() if place.is_dir() else file.name
            texts[name] = content.decode("utf-8", "replace")
    return texts


def document_hits(
    lock: HoldoutLock, holdout: Sequence[Example], texts: dict[str, str], *, salt: bytes
) -> Iterator[DocumentHit]:
    """Yield every document that holds the canary or most words of a holdout row.

    Rows under eight words are not looked for: such runs stand anywhere by chance. What most rows
    share is left aside.
    """
    template = Template(salt=salt, runs=lock.template)
    rows = [said(example, template) for example in holdout]
    for name, text in texts.items():
        plain = normalise(text)
        if lock.canary in plain:
            yield DocumentHit(name, "holds the canary of the holdout")
            continue
        holders = holders_of([plain], _WORDS)
        for number, row in enumerate(rows, start=1):
            own = runs(row, _WORDS)
            if len(words(row)) < _WORDS:
                continue
            held = shared(own, holders)[0] / len(own)
            if held >= _SHARE:
                yield DocumentHit(name, f"holds {held:.0%} of holdout row {number}")
                break


def refuse_documents(
    lock: HoldoutLock,
    holdout: Sequence[Example],
    texts: dict[str, str],
    *,
    salt: bytes,
    use: str,
) -> None:
    """Stop hard when a document holds a holdout row; `use` says what the documents are for."""
    found = list(document_hits(lock, holdout, texts, salt=salt))
    if not found:
        return
    some = "; ".join(f"{clip(visible(hit.document), 80)} {hit.how}" for hit in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    raise DataError(
        what=f"{len(found)} of {len(texts)} documents for {use} hold the holdout: {some}{more}.",
        why="Whoever looks an answer up cannot be scored on it.",
        remedy="Take these documents out, or make a new split from the whole data.",
    )
