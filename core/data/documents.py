"""Looks for holdout rows in texts: documents of a retrieval, prompts, anything that is no row."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from core.data.alike import asked, said
from core.data.holdout_lock import HoldoutLock
from core.data.keys import normalise
from core.data.rows import Example
from core.data.runs import Run, runs
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
    """Yield every document that holds the canary, or most of a holdout row or of its question.

    An answer alone may stand in a document: that is what documents are for. Turns under eight
    words are not looked for, such runs stand anywhere by chance; what most rows share is left
    aside.
    """
    template = Template(salt=salt, runs=lock.template)
    rows = [(_runs([said(one, template)]), _runs(asked(one, template)[-1:])) for one in holdout]
    for name, text in texts.items():
        plain = normalise(text)
        if lock.canary in plain:
            yield DocumentHit(name, "holds the canary of the holdout")
            continue
        there = runs(plain, _WORDS)
        for number, (whole, question) in enumerate(rows, start=1):
            held = max(_share(whole, there), _share(question, there))
            if held >= _SHARE:
                yield DocumentHit(name, f"holds {held:.0%} of holdout row {number}")
                break


def _runs(texts: Sequence[str]) -> frozenset[Run]:
    """Return the full runs of each turn of the texts."""
    turns = (turn for text in texts for turn in text.split("\0"))
    return frozenset(run for turn in turns for run in runs(turn, _WORDS) if len(run) == _WORDS)


def _share(own: frozenset[Run], there: frozenset[Run]) -> float:
    """Return the share of a text's runs that are there; 0 for a text that has none."""
    return len(own & there) / len(own) if own else 0.0


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
