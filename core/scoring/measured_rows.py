"""Which examples are shown and which are measured: never one of a holdout, never the same twice."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from core.contenders.few_shot import SHOTS, plain_short
from core.data.alike import NEAR, said, signatures, whole
from core.data.dataset import DatasetFolder, dataset_folder, ensure_salt
from core.data.documents import read_documents, refuse_documents
from core.data.holdout_guard import HoldoutGuard, refuse_hits
from core.data.holdout_lock import HoldoutLock, LockedRow, make_lock, read_lock
from core.data.keys import row_keys
from core.data.rows import Example
from core.data.sources import read_rows
from core.data.staging.opening import open_source
from core.data.template import Template, find_template
from core.errors import DataError
from core.scoring.measurement import FEWEST, Good
from core.spec_file import Spec
from core.text_safety import clip, visible
from core.workspace import Workspace

_SPARE = 4
"""Rows looked at for each that is needed, because some are near one another."""
_USE = "measuring"


class MeasureSpec(Spec):
    """What a measuring job is told."""

    source: str
    """Name of a split of the workspace, whose train part is measured, or an absolute path."""
    base: str = "embedded"
    """The model that answers: the included one, a folder, or a name on the Hub."""
    revision: str | None = None
    """Commit of the name on the Hub."""
    prompt: str = ""
    """The person's own system prompt; "" leaves it out."""
    documents: str | None = None
    """Absolute path of a file or folder to look things up in; None leaves retrieval out."""
    most: int = Field(default=30, ge=FEWEST - SHOTS, le=10_000)
    """Most examples to measure."""
    good: Good = "exact"
    """What makes an answer good."""
    threshold: float = Field(default=0.8, gt=0, lt=1)
    """Share of good answers that is good enough."""
    max_new_tokens: int = Field(default=128, ge=1, le=8192)
    """Longest answer in tokens."""


class Chosen(NamedTuple):
    """Rows with a purpose each."""

    others: list[Example]
    """Neither shown nor measured; a prompt may be drafted from them and the shots."""

    shots: list[Example]
    """Shown in a prompt."""
    items: list[Example]
    """Asked, and compared with their references."""
    lock: HoldoutLock
    """Locks the items while they are measured, as a holdout is locked for ever."""
    usable: int
    """Rows that could have been chosen."""


class Prepared(NamedTuple):
    """All that is asked, and what may be put before it."""

    chosen: Chosen
    names: list[str]
    """What the items are called in the answers file: their keys."""
    documents: dict[str, str]
    """Texts to look things up in, by name."""


def shown_source(source: str) -> str:
    """Return what a source is called in reports: the last part of a path."""
    return clip(visible(Path(source).name), 80)


def choose_rows(path: Path, *, shown: str, most: int, salt: bytes) -> Chosen:
    """Return a draw of rows that never changes: by their keys, shots first.

    A row with the input, the words or nearly the words of a shot is not measured.
    """
    usable, unusable = usable_rows(path, salt)
    if len(usable) < FEWEST:
        raise _too_few(shown, len(usable), unusable)
    pool = usable[: (most + SHOTS) * _SPARE]
    shots = plain_short(pool)[:SHOTS]
    rest = [one for one in pool if one not in shots]
    touched = _like(shots, rest, lock_over(shots, pool, salt), salt)
    items = [one for one in rest if one.row not in touched][:most]
    if len(items) < FEWEST - SHOTS:
        raise _too_alike(shown, len(usable), len(items))
    others = [one for one in usable if one not in shots and one not in items]
    return Chosen(others, shots, items, lock_over(items, pool, salt), len(usable))


def _like(
    shots: Sequence[Example], rest: Sequence[Example], lock: HoldoutLock, salt: bytes
) -> set[int]:
    """Return which rows share input or words with a shot, nearly the same words included.

    What a lock can only estimate is measured, since the words of both are here.
    """
    from core.data.border import highest_of_each

    hits = {hit.row for hit in HoldoutGuard(lock, salt).hits(rest)}
    template = Template(salt=salt, runs=lock.template)
    words = ([said(one, template) for one in some] for some in (rest, shots))
    measured = zip(rest, highest_of_each(*words), strict=True)
    return hits | {one.row for one, like in measured if like >= NEAR}


def usable_rows(path: Path, salt: bytes) -> tuple[list[Example], int]:
    """Return each row that asks something and has an answer, once, by key; and how many do not."""
    found: dict[bytes, Example] = {}
    unusable = 0
    inputs: set[bytes] = set()
    for row in read_rows(path):
        example = row.example
        if example is None or not example.prompt or not example.reference.strip():
            unusable += 1
            continue
        keys = row_keys(example, salt)
        if inputs.isdisjoint(keys.inputs[-1:]):
            found[keys.row] = example
            inputs.update(keys.inputs[-1:])
    return [found[key] for key in sorted(found)], unusable


def lock_over(rows: Sequence[Example], beside: Sequence[Example], salt: bytes) -> HoldoutLock:
    """Return a lock over rows that lies in no file; what most rows share is set aside."""
    template = find_template([whole(one) for one in beside], salt=salt)
    keys = [row_keys(one, salt) for one in rows]
    prints = signatures([said(one, template) for one in rows], salt)
    return make_lock(
        (LockedRow(keys=own, signature=made) for own, made in zip(keys, prints, strict=True)),
        salt=salt,
        source=(own.row for own in keys),
        counts=str(len(rows)),
        near="as a split",
        template=template.runs,
    )


def locked_splits(workspace: Workspace) -> Iterator[DatasetFolder]:
    """Yield every split of the workspace that has a lock."""
    folders = (DatasetFolder(path.parent) for path in workspace.data.glob("*/holdout.lock"))
    yield from sorted(folders, key=lambda one: one.path.name)


def prepare(workspace: Workspace, spec: MeasureSpec) -> Prepared:
    """Return what is shown, asked and looked up, or refuse what would make the figures worthless.

    Cheap enough to be done before a job is launched, so that a person hears at once.
    """
    salt = ensure_salt(workspace)
    path = rows_of(workspace, spec.source)
    chosen = choose_rows(path, shown=shown_source(spec.source), most=spec.most, salt=salt)
    texts = read_documents(Path(spec.documents)) if spec.documents else {}
    _refuse_locked(workspace, chosen, texts, salt)
    names = [row_keys(item, salt).row.hex() for item in chosen.items]
    return Prepared(chosen, names, texts)


def rows_of(workspace: Workspace, source: str) -> Path:
    """Return the file of rows: the train part of a split, or the staged copy of a file."""
    if Path(source).is_absolute():
        return open_source(source, cache=workspace.source_cache).jsonl
    return dataset_folder(workspace, source).train


def _refuse_locked(
    workspace: Workspace, chosen: Chosen, texts: dict[str, str], salt: bytes
) -> None:
    """Stop hard when a row or a document touches a holdout, or a document what is measured."""
    rows = [*chosen.shots, *chosen.items]
    for folder in locked_splits(workspace):
        lock = read_lock(folder.lock)
        name = clip(visible(folder.path.name), 80)
        refuse_hits(
            HoldoutGuard(lock, salt, holdout=folder.holdout).hits(rows),
            len(rows),
            use=_USE,
            why_not=f"Measure the train part of the split instead: `--measure {name}`.",
        )
        if texts:
            held = [row.example for row in read_rows(folder.holdout) if row.example]
            refuse_documents(lock, held, texts, salt=salt, use="retrieval")
    if texts:
        refuse_documents(chosen.lock, chosen.items, texts, salt=salt, use="retrieval")


def _too_few(shown: str, usable: int, unusable: int) -> DataError:
    """Return what is missing."""
    lost = f" {unusable} more cannot be read, or have no answer." if unusable else ""
    missing = FEWEST - usable
    return DataError(
        what=f"{shown} has {usable} examples that can be used; measuring takes {FEWEST}.{lost}",
        why=f"{SHOTS} are shown in a prompt, and fewer than {FEWEST - SHOTS} answers say nothing.",
        remedy=f"Add {missing} more: an input as it really comes, and a good answer to it."
        if missing > 1
        else "Add one more: an input as it really comes, and a good answer to it.",
    )


def _too_alike(shown: str, usable: int, left: int) -> DataError:
    """Return that the rows repeat one another."""
    return DataError(
        what=f"Of {usable} examples in {shown} only {left} differ from those shown in a prompt.",
        why=f"Who has seen nearly the same row cannot be measured on it; {FEWEST - SHOTS} are "
        "needed.",
        remedy="Add examples of other inputs.",
    )
