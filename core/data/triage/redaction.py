"""Covers personal data and secrets in whole rows, the same value by the same stand-in."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from core.data.detect.find import find_spans
from core.data.detect.kinds import RULES_VERSION
from core.data.detect.redact import mark, placeholder
from core.data.triage.operations import Cover, Covered, Redact
from core.data.triage.texts import Text, decoded, texts

_TOGETHER = 256 * 1024
"""Bytes that are searched at once."""


@dataclass(slots=True)
class StandIns:
    """Which stand-in each value has; made anew from a journal, it goes on counting."""

    salt: bytes
    """What the marks are made with."""
    known: dict[str, str] = field(default_factory=dict)
    """Stand-in by mark."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many values of each kind there were."""

    def remember(self, redactions: Iterable[Redact]) -> None:
        """Take over the stand-ins of earlier operations, undone ones too."""
        for redact in redactions:
            for covered in redact.rows:
                for cover in covered.covers:
                    if cover.mark not in self.known:
                        self.known[cover.mark] = cover.stand_in
                        self.counts[cover.kind] = self.counts.get(cover.kind, 0) + 1

    def of(self, kind: str, value: str) -> tuple[str, str]:
        """Return the stand-in of a value and its mark."""
        name = mark(self.salt, kind, value.encode("utf-8", "replace"))
        if name not in self.known:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.known[name] = placeholder(kind, self.counts[kind])
        return self.known[name], name


def redact(
    lines: Iterable[tuple[int, bytes]],
    stand_ins: StandIns,
    *,
    kinds: Collection[str] | None = None,
    reason: str = "",
) -> Redact | None:
    """Return the operation that covers what is found in these rows; None where nothing is."""
    rows = [
        Covered(row=row, covers=covers)
        for together in _batches(lines)
        for row, covers in _covers(together, stand_ins, kinds)
    ]
    return Redact(rows=tuple(rows), rules=RULES_VERSION, reason=reason) if rows else None


class _Read(NamedTuple):
    """One line, taken apart."""

    row: int
    """Its number."""
    texts: list[Text]
    """Its texts: turns, arguments of tools, metadata and names of fields."""
    pieces: list[bytes]
    """The same as bytes, in which is searched."""


def _batches(lines: Iterable[tuple[int, bytes]]) -> Iterator[list[_Read]]:
    """Yield lines in groups that are searched at once: a search costs more to begin than to run."""
    batch: list[_Read] = []
    size = 0
    for row, line in lines:
        found = texts(decoded(line))
        batch.append(_Read(row, found, [one.value.encode("utf-8", "replace") for one in found]))
        size += len(line)
        if size >= _TOGETHER:
            yield batch
            batch, size = [], 0
    yield batch


def _covers(
    batch: Sequence[_Read], stand_ins: StandIns, kinds: Collection[str] | None
) -> Iterator[tuple[int, tuple[Cover, ...]]]:
    """Yield the number of each row in which something is found, with what is to be covered."""
    places = [(one, number) for one in batch for number in range(len(one.pieces))]
    pieces = [one.pieces[number] for one, number in places]
    starts = list(accumulate((len(piece) + 1 for piece in pieces), initial=0))
    covers: dict[int, list[Cover]] = {}
    for span in find_spans(b"".join(piece + b"\0" for piece in pieces)):
        if kinds is not None and span.kind not in kinds:
            continue
        at = bisect_right(starts, span.start) - 1
        (read, number), piece, first = places[at], pieces[at], starts[at]
        start = len(piece[: span.start - first].decode())
        end = start + len(piece[span.start - first : span.end - first].decode())
        stand_in, name = stand_ins.of(span.kind, read.texts[number].value[start:end])
        covers.setdefault(read.row, []).append(
            Cover(text=number, start=start, end=end, stand_in=stand_in, kind=span.kind, mark=name)
        )
    return ((row, tuple(found)) for row, found in covers.items())
