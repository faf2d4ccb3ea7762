"""What becomes of rows longer than the limit; nothing is cut that a recipe did not name."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.data.rows import Example
from core.training.masks import Flag, Masked, Strategy, TokenRow, mask, shared, until
from core.training.spans import Renderer

OverLength = Literal["refuse", "drop", "cut_history", "cut_end"]
Fate = Literal["kept", "too_long", "left_out", "nothing_left", "untrainable", "dropped"]
"""What happened to a sequence; `too_long`, `nothing_left` and `untrainable` stop a launch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A sequence after the policy, with the tokens it lost still in their places."""

    ids: tuple[int, ...]
    trained: tuple[bool, ...]
    """Tokens that carry loss, those that were cut included."""
    cut: tuple[bool, ...]
    """Tokens that the model never sees."""
    strategy: Strategy
    fate: Fate
    flags: frozenset[Flag] = frozenset()


def fit(
    example: Example, masked: Masked, renderer: Renderer, *, limit: int, policy: OverLength
) -> tuple[Fitted, ...]:
    """Return the sequences of a row that can be trained, as the policy leaves them."""
    if all(len(row.ids) <= limit for row in masked.rows):
        return tuple(_plain(row, masked.flags) for row in masked.rows)
    match policy:
        case "cut_history":
            return tuple(_histories(example, masked, renderer, limit))
        case "cut_end":
            return _ends(masked, renderer, limit)
        case "drop":
            return tuple(_cut(row, masked.flags, 0, "left_out") for row in masked.rows)
        case _:
            return tuple(_cut(row, masked.flags, limit, "too_long") for row in masked.rows)


def _plain(row: TokenRow, flags: frozenset[Flag]) -> Fitted:
    """Return a sequence that keeps everything."""
    return _cut(row, flags, len(row.ids), "kept")


def _cut(row: TokenRow, flags: frozenset[Flag], kept: int, fate: Fate) -> Fitted:
    """Return a sequence of which only the first tokens are kept."""
    size = len(row.ids)
    return Fitted(
        ids=row.ids,
        trained=row.trained,
        cut=(*[False] * min(kept, size), *[True] * max(0, size - kept)),
        strategy=row.strategy,
        fate=fate,
        flags=flags,
    )


def _ends(masked: Masked, renderer: Renderer, limit: int) -> tuple[Fitted, ...]:
    """Return the sequences without their tails; one that keeps no target is left out.

    When none keeps a target the row trains nothing, which no policy allows.
    """
    alive = any(any(row.trained[:limit]) for row in masked.rows)
    fitted = []
    for row in masked.rows:
        fate: Fate = "left_out" if alive else "nothing_left"
        flags = masked.flags
        if any(row.trained[:limit]):
            fate = "kept"
            inside = len(row.ids) > limit and row.trained[limit - 1] and row.trained[limit]
            if inside and row.ids[limit - 1] not in renderer.stop_ids:
                flags = flags | {"answer_cut"}
        fitted.append(_cut(row, flags, limit if fate != "left_out" else 0, fate))
    return tuple(fitted)


def _histories(
    example: Example, masked: Masked, renderer: Renderer, limit: int
) -> Iterator[Fitted]:
    """Yield one sequence an answer, each with as many of the newest turns as fit before it."""
    for place, message in enumerate(example.messages):
        if not message.trains:
            continue
        whole = mask(until(example, place, start=0), renderer)
        if not whole.rows:  # never seen: the same answer was masked as part of the row
            yield from (_cut(row, masked.flags, limit, "too_long") for row in masked.rows)
            return
        kept = _shortened(example, place, renderer, limit)
        if kept is None:
            yield _cut(whole.rows[0], masked.flags, limit, "too_long")
        else:
            yield _with_history_marked(whole.rows[0], kept, masked.flags)


def _shortened(example: Example, place: int, renderer: Renderer, limit: int) -> TokenRow | None:
    """Return the sequence of one answer from the earliest turn of a user that lets it fit."""
    starts = [0, *(n for n in range(place) if example.messages[n].role == "user")]
    built: dict[int, TokenRow | None] = {}

    def fits(start: int) -> bool:
        rows = mask(until(example, place, start=start), renderer).rows
        built[start] = rows[0] if rows and len(rows[0].ids) <= limit else None
        return built[start] is not None

    at = bisect_left(starts, True, key=fits)
    return built[starts[at]] if at < len(starts) else None


def _with_history_marked(whole: TokenRow, kept: TokenRow, flags: frozenset[Flag]) -> Fitted:
    """Return the kept tokens with those that were taken out put back as cut ones."""
    before = shared(whole.ids, kept.ids)
    after = shared(whole.ids[before:][::-1], kept.ids[before:][::-1])
    removed = whole.ids[before : len(whole.ids) - after]
    nothing, all_cut = (False,) * len(removed), (True,) * len(removed)
    return Fitted(
        ids=(*kept.ids[:before], *removed, *kept.ids[before:]),
        trained=(*kept.trained[:before], *nothing, *kept.trained[before:]),
        cut=(*(False,) * before, *all_cut, *(False,) * (len(kept.ids) - before)),
        strategy=kept.strategy,
        fate="kept",
        flags=flags,
    )
