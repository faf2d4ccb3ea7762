"""One stored row as a person looks at it: what happens to every token, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.training.batching import micro_batches, plan_updates
from core.training.ledger import MEANINGS, Entry, Meaning, Part
from core.training.recipe import Recipe
from core.training.token_cache import CUT, TRAINED, TokenCache

Kind = Literal["trained", "masked", "cut", "padded"]


class TokenView(NamedTuple):
    """One token."""

    place: int
    """In the sequence, from 0."""
    id: int
    kind: Kind
    special: bool
    """Whether it is a mark of turns, an end or padding, and no text."""
    text: str
    """What it reads like; not yet safe to show."""
    lost: bool = False
    """Whether it would carry loss and is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One sequence with everything around it."""

    entry: Entry
    tokens: tuple[TokenView, ...]
    """Padding included."""
    padded: int
    """Places that its first micro-batch adds behind it."""
    number: int
    """Which of the row's sequences this is, from 1."""
    of: int
    """Sequences that the row has become."""

    @property
    def meanings(self) -> list[Meaning]:
        """Return what is to be said about it."""
        return [MEANINGS[one] for one in self.entry.findings]

    def as_json(self) -> dict[str, object]:
        """Return the form inside `masks --json`."""
        entry = self.entry
        return {
            "part": entry.part,
            "row": entry.row,
            "sequence": self.number,
            "sequences": self.of,
            "tokens": entry.tokens,
            "supervised": entry.supervised,
            "cut": entry.cut,
            "supervised_cut": entry.supervised_cut,
            "padded": self.padded,
            "strategy": entry.strategy,
            "fate": entry.fate,
            "findings": list(entry.findings),
            "words": entry.words,
            "each": [
                {"id": one.id, "kind": one.kind, "special": one.special, "text": one.text}
                for one in self.tokens
            ],
        }


class Microscope:
    """Finds and shows the sequences of a cache by their places."""

    def __init__(self, cache: TokenCache, recipe: Recipe) -> None:
        self.cache = cache
        self.entries = cache.entries
        self._paddings = {
            place: padding
            for part in ("train", "validation")
            for place, padding in _paddings(cache.entries, recipe, part).items()
        }

    def view(self, place: int) -> RowView:
        """Return the sequence at a place in the ledger."""
        entry = self.entries[place]
        pieces = self.cache.pieces
        padded = self._paddings.get(place, 0)
        pad = self.cache.about.pad_id
        tokens = [
            TokenView(
                at,
                token,
                "cut" if mark & CUT else "trained" if mark & TRAINED else "masked",
                token in pieces.special,
                pieces.texts.get(token, ""),
                lost=mark == TRAINED | CUT,
            )
            for at, (token, mark) in enumerate(
                zip(self.cache.ids(entry), self.cache.marks(entry), strict=True)
            )
        ]
        size = len(tokens)
        tokens += [
            TokenView(size + n, 0 if pad is None else pad, "padded", True, "")
            for n in range(padded)
        ]
        same = self.places(entry.part, entry.row)
        return RowView(
            entry=entry,
            tokens=tuple(tokens),
            padded=padded,
            number=same.index(place) + 1,
            of=len(same),
        )

    def places(self, part: Part, row: int) -> list[int]:
        """Return where the sequences of a row are, in order; they lie side by side."""
        return [
            place
            for place, entry in enumerate(self.entries)
            if entry.row == row and entry.part == part
        ]

    def next_finding(self, place: int) -> int | None:
        """Return the next place, going round, with something to look into; None for none."""
        count = len(self.entries)
        around = ((place + step) % count for step in range(1, count + 1))
        return next((at for at in around if _worth_a_look(self.entries[at])), None)


def _worth_a_look(entry: Entry) -> bool:
    return any(MEANINGS[one].severity != "info" for one in entry.findings)


def _paddings(entries: Sequence[Entry], recipe: Recipe, part: str) -> dict[int, int]:
    """Return what the first epoch's micro-batches add behind each sequence, by its place."""
    places = [place for place, one in enumerate(entries) if one.part == part and one.fate == "kept"]
    lengths = [entries[place].kept for place in places]
    batch = recipe.batch
    if part == "train":
        updates = plan_updates(
            lengths,
            update_rows=batch.update_rows,
            tokens=batch.tokens,
            epochs=1,
            seed=recipe.seed,
        )
    else:
        updates = [micro_batches(range(len(lengths)), lengths, batch.tokens)]
    groups = (group for update in updates for group in update)
    return {
        places[n]: max(lengths[one] for one in group) - lengths[n]
        for group in groups
        for n in group
    }
