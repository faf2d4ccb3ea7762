"""Tokens and their account in words, for the microscope and for plain lines."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from core.text_safety import clip, visible
from tui.widgets.page import Hanging, Line
from tui.widgets.safe_text import safe_text
from tui.wording import sign

if TYPE_CHECKING:
    from core.events.schema import MaskLedger
    from core.training.ledger import Entry, MaskFinding
    from core.training.mask_view import Kind, RowView, TokenView

LOOKS: dict["Kind", tuple[str, str]] = {
    "trained": ("●", "good"),
    "masked": ("·", "muted"),
    "cut": ("×", "bad"),
    "padded": ("○", "muted"),
}
"""Glyph and ink of a token; the glyph alone says it all."""
SPECIAL = "◆"
"""Stands behind the glyph of a token that is a mark and no text."""
_TEXT_LIMIT = 60
_FATES = {
    "kept": "is trained on",
    "too_long": "stops the launch: too long",
    "left_out": "left out as too long",
    "nothing_left": "stops the launch: nothing left to train",
    "untrainable": "stops the launch",
    "dropped": "left out by name",
}


def token_text(token: "TokenView") -> str:
    """Return what a token reads like, as one safe piece of a line."""
    return visible(clip(token.text, _TEXT_LIMIT))


def counts(view: "RowView") -> str:
    """Return the account of one sequence in one line."""
    entry = view.entry
    parts = [f"{entry.tokens:,} tokens", f"{entry.supervised:,} trained"]
    if entry.cut:
        lost = f" ({entry.supervised_cut:,} targets)" if entry.supervised_cut else ""
        parts.append(f"{entry.cut:,} cut{lost}")
    else:
        parts.append("0 cut")
    parts.append(f"{view.padded:,} padded")
    if entry.strategy:
        parts.append(entry.strategy.replace("_", " "))
    return " · ".join(parts)


def place_words(view: "RowView") -> str:
    """Return which row this is, and what becomes of it."""
    several = f", sequence {view.number} of {view.of}" if view.of > 1 else ""
    fate = _FATES.get(view.entry.fate, "")
    return f"{view.entry.part.capitalize()} row {view.entry.row:,}{several}  {fate}"


def header_lines(view: "RowView") -> list[Line]:
    """Return what stands above the tokens of a row."""
    glyph, ink = ("✓", "good") if view.entry.fate == "kept" else ("▲", "bad")
    lines: list[Line] = [
        Text.assemble((f"{glyph} ", ink), (place_words(view), "title")),
        Text(counts(view)),
    ]
    if view.entry.words:
        lines.append(Hanging(Text.assemble(("▲ ", "bad"), safe_text(view.entry.words)), 2))
    for meaning in view.meanings:
        mark, colour = sign(meaning.severity)
        lines.append(Hanging(Text.assemble((f"{mark} ", colour), meaning.message), 2))
    return lines


def legend() -> Text:
    """Return what the marks mean."""
    parts: list[str | tuple[str, str]] = []
    for kind, (glyph, ink) in LOOKS.items():
        parts += [(f"{glyph} {kind}", ink), "  "]
    return Text.assemble(*parts, (f"{SPECIAL} mark of the template", "accent"))


def ledger_words(ledger: "MaskLedger") -> str:
    """Return the account of the whole data in one line."""
    zero = f"{ledger.zero:,} rows train nothing" if ledger.zero else "every row trains something"
    if not ledger.cut:
        return f"{ledger.rows:,} rows: nothing is cut, {zero}"
    lost = f"lose {ledger.supervised_cut:,} target tokens" if ledger.supervised_cut else "are cut"
    return f"{ledger.rows:,} rows: {ledger.cut:,} {lost}, {zero}"


def plain_ledger(
    entries: Sequence["Entry"],
    ledger: "MaskLedger",
    findings: Sequence["MaskFinding"],
    limit: int,
) -> Iterator[str]:
    """Yield the account of the whole data, one fact a line."""
    kept = [entry for entry in entries if entry.fate == "kept"]
    tokens, trained = sum(one.kept for one in kept), sum(one.supervised for one in kept)
    yield f"masks: {ledger_words(ledger)}"
    yield f"tokens: {tokens:,} in {len(kept):,} sequences, {trained:,} trained, limit {limit:,}"
    ways = ", ".join(f"{name} {count:,}" for name, count in sorted(ledger.strategies.items()))
    yield f"strategies: {ways.replace('_', ' ') or 'none'}"
    for finding in findings:
        yield f"{finding.meaning.severity:<8} {finding.id}: {finding.sentence()}"
        if finding.example:
            part, row = finding.rows[0]
            yield f"         {part} row {row} {visible(clip(finding.example, 300))}"
        yield f"         -> {finding.meaning.remedy}"
    yield f"ledger: {visible(ledger.path)}"


def plain_row(view: "RowView") -> Iterator[str]:
    """Yield one sequence, one token a line."""
    yield place_words(view)
    yield counts(view)
    for meaning in view.meanings:
        yield f"{meaning.severity}: {meaning.message}"
    for token in view.tokens:
        kind = "cut target" if token.lost else token.kind
        mark = "mark " if token.special else "     "
        yield f"{token.place:>6} {kind:<10} {mark}{token.id:>7}  {token_text(token)}".rstrip()
