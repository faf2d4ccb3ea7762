"""Covers personal data and secrets in whole rows, the same value by the same stand-in."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from core.data.detect.find import find_spans
from core.data.detect.kinds import RULES_VERSION
from core.data.triage.operations import Cover, Covered, Redact
from core.data.triage.texts import texts

_MARK = b"tf:mark:1"


@dataclass(slots=True)
class StandIns:
    """Which stand-in each value has; made anew from a journal, it goes on counting."""

    salt: bytes
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
        mark = hashlib.blake2b(
            f"{kind}\0{value}".encode("utf-8", "surrogatepass"),
            digest_size=16,
            key=self.salt,
            person=_MARK,
        ).hexdigest()
        if mark not in self.known:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.known[mark] = f"<{kind.upper()}_{self.counts[kind]}>"
        return self.known[mark], mark


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
    found = texts(line.decode())
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
        stand_in, mark = stand_ins.of(span.kind, found[number].value[start:end])
        covers.append(
            Cover(text=number, start=start, end=end, stand_in=stand_in, kind=span.kind, mark=mark)
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
