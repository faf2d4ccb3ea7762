"""Covers personal data and secrets in whole rows, the same value by the same stand-in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from core.data.detect.find import find_spans
from core.data.detect.kinds import RULES_VERSION
from core.data.detect.redact import mark, placeholder
from core.data.triage.operations import Cover, Covered, Redact
from core.data.triage.texts import decoded, texts


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
        for row, line in lines
        if (covers := _covers(line, stand_ins, kinds))
    ]
    return Redact(rows=tuple(rows), rules=RULES_VERSION, reason=reason) if rows else None


def _covers(line: bytes, stand_ins: StandIns, kinds: Collection[str] | None) -> tuple[Cover, ...]:
    """Return what is to be covered in one line: turns, arguments of tools, metadata and names."""
    found = texts(decoded(line))
    pieces = [text.value.encode("utf-8", "replace") for text in found]
    starts = _starts(pieces)
    covers: list[Cover] = []
    number = 0
    for span in find_spans(b"".join(piece + b"\0" for piece in pieces)):
        if kinds is not None and span.kind not in kinds:
            continue
        while number + 1 < len(starts) and starts[number + 1] <= span.start:
            number += 1
        piece, first = pieces[number], starts[number]
        start = len(piece[: span.start - first].decode())
        end = start + len(piece[span.start - first : span.end - first].decode())
        stand_in, name = stand_ins.of(span.kind, found[number].value[start:end])
        covers.append(
            Cover(text=number, start=start, end=end, stand_in=stand_in, kind=span.kind, mark=name)
        )
    return tuple(covers)


def _starts(pieces: Sequence[bytes]) -> list[int]:
    """Return where each piece begins when all stand in a row with one byte between them."""
    starts: list[int] = []
    at = 0
    for piece in pieces:
        starts.append(at)
        at += len(piece) + 1
    return starts
