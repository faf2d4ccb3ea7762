"""Reads the sets that a recipe mixes in, and chooses which of their rows are trained on.

The same recipe over the same files takes the same rows in every process and on every machine.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.data.rows import Example, Row
from core.data.sources import read_rows
from core.data.staging.opening import open_source
from core.data.staging.source import Options, Source
from core.errors import DataError
from core.events.parts import MixedIn
from core.text_safety import clip, visible
from core.training.mix import MixedSet
from core.training.recipe import Recipe
from core.workspace import Workspace

_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """A set as it was read, and what of it is trained on."""

    said: MixedSet
    """As the recipe names it."""
    source: Source
    """Where it was read from."""
    rows: tuple[Example, ...]
    """Every row of the set, numbered as in its file."""
    taken: frozenset[int]
    """Numbers of the rows that are trained on."""
    after: int
    """What is added to a number to name the row among all train rows."""

    @property
    def name(self) -> str:
        """Return what it is called; safe to show."""
        return shown_name(self.said)

    @property
    def train(self) -> list[Example]:
        """Return the rows that are trained on, numbered on from the rows before them."""
        taken = (one for one in self.rows if one.row in self.taken)
        return [replace(one, row=self.after + one.row) for one in taken]

    def place(self, row: int) -> str:
        """Return in words where one of its rows stands; safe to show."""
        return f"{self.name} {_place(self.source, row)}"

    @property
    def facts(self) -> MixedIn:
        """Return what is kept of it in the run's log and shown in plans."""
        return MixedIn(
            path=self.said.path,
            sha256=self.source.sha256,
            rows=len(self.rows),
            taken=len(self.taken),
            share=self.said.share,
            after=self.after,
        )


def shown_name(said: MixedSet) -> str:
    """Return what a set is called; safe to show."""
    return clip(visible(Path(said.path).name or said.path), _SHOWN)


def read_mixed(workspace: Workspace, recipe: Recipe, own: Sequence[Example]) -> tuple[Mixed, ...]:
    """Return every set of a recipe; `own` are the train rows of its split.

    A set with a row that cannot be read is refused: what is left out, a person leaves out.
    """
    sets = recipe.data.mix if recipe.data else ()
    if not sets:
        return ()
    sources = [_open(workspace, one) for one in sets]
    read = [_rows(one, source) for one, source in zip(sets, sources, strict=True)]
    shares = [one.share for one in sets]
    counts = rows_to_take(len(own), [len(rows) for rows in read], shares)
    found: list[Mixed] = []
    after = max((one.row for one in own), default=0)
    for said, source, rows, count in zip(sets, sources, read, counts, strict=True):
        taken = chosen_rows([one.row for one in rows], count, f"{recipe.seed}:{source.sha256}")
        found.append(Mixed(said=said, source=source, rows=rows, taken=taken, after=after))
        after += rows[-1].row
    return tuple(found)


def mixed_hashes(workspace: Workspace, recipe: Recipe) -> tuple[str, ...]:
    """Return what names the rows that are mixed in: content, share, and the seed of the choice."""
    return tuple(
        _open(workspace, one).sha256
        + ("" if one.share is None else f" {one.share!r} {recipe.seed}")
        for one in (recipe.data.mix if recipe.data else ())
    )


def rows_to_take(own: int, sizes: Sequence[int], shares: Sequence[float | None]) -> list[int]:
    """Return how many rows of each set are trained on, beside `own` rows of the split.

    A set without a share gives all its rows. One that has fewer than its share gives all it has,
    and the others keep to their share of what is then there.
    """
    counts = [size if share is None else 0 for size, share in zip(sizes, shares, strict=True)]
    asked = {place: share for place, share in enumerate(shares) if share is not None}
    while asked:
        whole = (own + sum(counts)) / (1 - sum(asked.values()))
        wanted = {place: max(1, round(whole * share)) for place, share in asked.items()}
        shortest = min(asked, key=lambda place: sizes[place] / asked[place])
        if wanted[shortest] <= sizes[shortest]:
            return [wanted.get(place, count) for place, count in enumerate(counts)]
        counts[shortest] = sizes[shortest]
        del asked[shortest]
    return counts


def chosen_rows(numbers: Sequence[int], count: int, seed: str) -> frozenset[int]:
    """Return which rows are taken; a larger count adds rows and gives up none."""

    def place(number: int) -> bytes:
        return hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=16).digest()

    return frozenset(sorted(numbers, key=place)[:count])


def _open(workspace: Workspace, said: MixedSet) -> Source:
    """Open a set; a path that is not absolute is taken from the workspace."""
    name = str(workspace.root / Path(said.path).expanduser())
    options = Options(remembered=workspace.mappings)
    return open_source(name, cache=workspace.source_cache, options=options)


def _place(source: Source, row: int) -> str:
    """Return where a row stands in what the person named; safe to show."""
    if not source.staged:
        return f"row {row}"
    return clip(visible(source.locate(row).words), _SHOWN)


def _rows(said: MixedSet, source: Source) -> tuple[Example, ...]:
    """Return every row of a set."""
    examples: list[Example] = []
    for row in read_rows(source.jsonl):
        if row.example is None:
            raise _unreadable(said, source, row)
        examples.append(row.example)
    if not examples:
        raise DataError(
            what=f"{shown_name(said)} (data.mix) has no rows.",
            why=f"{visible(clip(said.path, 300))} is empty.",
            remedy="Name another file, or take it out of data.mix.",
        )
    return tuple(examples)


def _unreadable(said: MixedSet, source: Source, row: Row) -> DataError:
    """Return the error for a row that is no conversation."""
    fault = next((one for one in row.faults if one.severity is None), None)
    why = clip(visible(f"{fault.path} {fault.message}".strip()), 200) if fault else "It is no row"
    return DataError(
        what=f"{shown_name(said)} (data.mix), {_place(source, row.number)}, cannot be read.",
        why=f"{why.rstrip('.')}.",
        remedy="`tuningfork inspect` on the file shows every such row; mend or drop them there.",
    )
