"""The profile of an opened source: about the original, with the place of every row named."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.data.formats import Vote
from core.data.staging.source import Source

if TYPE_CHECKING:
    from core.data.profile import Profile


def about_original(profile: "Profile", source: Source, seen: Vote) -> "Profile":
    """Return the profile of the staged rows as that of what the person named."""
    shape = seen.shape.id if seen.shape and profile.valid_rows else profile.format
    return replace(profile, source=Path(source.original), sha256=source.sha256, format=shape)


def source_json(source: Source, seen: Vote) -> dict[str, object]:
    """Return what `inspect --json` says about where the rows stood."""
    return {
        "kind": source.kind,
        "staged": str(source.jsonl) if source.staged else None,
        "mapping": dict(source.mapping.columns) if source.mapping else None,
        "columns": list(seen.columns),
        "shapes": seen.counts,
        "confidence": round(seen.confidence, 4),
    }


def places(source: Source, rows: Iterable[int]) -> list[str]:
    """Return where rows stand in the original, in words."""
    return [source.locate(row).words for row in rows]


def moved(source: Source, rows: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Yield the rows that have another number in the original, with their place there."""
    for row in rows:
        place = source.locate(row)
        if place.number != row or place.file:
            yield row, place.words
