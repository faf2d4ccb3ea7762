"""An answer under review as lines: where one is, what was asked, and what a decision would do."""

from rich.text import Text

from core.release.release_plan import ReleasePlan
from core.release.review.item import ReviewItem, Status
from core.release.review.overview import ReviewsDue
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import age

_PROMPT_ROWS = 4
_LONGEST = 400_000
"""Characters of a turn that are shown: whoever decides must see all of it."""
_BEFORE: dict[Status, tuple[str, str]] = {
    "waiting": ("no score yet: 5 3 1, or x for unsafe", "muted"),
    "approved": ("enter gives this answer out", "good"),
    "corrected": ("enter gives your text out", "good"),
    "refused": ("enter refuses it: nothing goes out", "warn"),
}
"""What a decision does to an answer that a client waits for."""
_AFTER: dict[Status, tuple[str, str]] = {
    "waiting": ("no score yet: 5 3 1, or x for unsafe", "muted"),
    "approved": ("enter: it was good", "good"),
    "corrected": ("enter keeps your text to train on", "good"),
    "refused": ("enter: it was bad", "warn"),
}
"""What it does to one that went out."""
_SAID: dict[Status, str] = {
    "waiting": "Not decided yet: it needs a score.",
    "approved": "Saved: approved.",
    "corrected": "Saved: your text takes its place.",
    "refused": "Saved: refused.",
}
_SAID_AFTER: dict[Status, str] = {
    "approved": "Saved: it was good.",
    "corrected": "Saved: your text is a row to train on.",
    "refused": "Saved: it was bad.",
}


def where_line(
    plan: ReleasePlan, reviewer: str, item: ReviewItem | None, due: ReviewsDue, now: float
) -> Text:
    """Return the row that says what is before whom, and how much waits."""
    line = Text.assemble(" ", safe_text(plan.name, limit=30, ink="title"), "  ")
    if item is not None:
        kind, ink = ("client waits", "warn") if item.held else ("went out", "muted")
        line.append(f"asked {age(now - item.at)}  ").append(f"{kind}  ", style=ink)
        line.append("redacted  " if plan.log.keep == "redacted" else "", style="muted")
    line.append(f"{due.waiting:,} waiting", style="muted")
    return line.append(f"  reviewer {reviewer}", style="muted")


def prompt_lines(item: ReviewItem, *, opened: bool, width: int) -> tuple[list[Text], int]:
    """Return the prompt as lines, and the rows it needs; folded, the newest turn's beginning."""
    turns = [_turn(turn.role, turn.text) for turn in item.prompt]
    whole = [line for turn in turns for line in turn]
    rows = sum(_rows(line, width) for line in whole)
    if opened or rows <= _PROMPT_ROWS:
        return whole, rows
    before = {1: "", 2: ", 1 turn before"}.get(len(turns), f", {len(turns) - 1} turns before")
    hint = Text(f"(o opens the prompt: about {rows} rows{before})", style="muted")
    return [hint, *turns[-1]], _PROMPT_ROWS


def _turn(role: str, text: str) -> list[Text]:
    first, *more = safe_lines(text, limit=_LONGEST)
    return [Text.assemble((f"{safe_text(role, limit=20).plain}: ", "muted"), first), *more]


def _rows(line: Text, width: int) -> int:
    """Return the rows of a line; words that move to the next one may make it one more."""
    return max(1, -(-line.cell_len // max(1, width)))


def title(item: ReviewItem, *, original: bool) -> Text:
    """Return what stands above the answer."""
    said = item.said
    shown = "the answer" if original or not said.correction else "your text"
    line = Text.assemble(" ", (f" {shown} ", "here"))
    if said.score is not None:
        line.append(f"  {said.score}", style="strong")
    for word, value, ink in (
        ("unsafe", said.unsafe, "bad"),
        ("commented", said.comment, "muted"),
        ("corrected: d", said.correction, "muted"),
    ):
        line.append(f"  {word}" if value else "", style=ink)
    return line


def strip_line(item: ReviewItem) -> Text:
    """Return what ending here would do."""
    words, ink = (_BEFORE if item.held else _AFTER)[item.leads_to]
    return Text(f" {words}", style=ink)


def decided_line(status: Status, undo_seconds: float, *, held: bool) -> Text:
    """Return what was saved, and how long it can be taken back."""
    words = _SAID[status] if held else _SAID_AFTER.get(status, _SAID[status])
    if status != "waiting" and held and undo_seconds:
        words += f" It goes out in {undo_seconds:g} s; u takes it back."
    return Text(words, style="warn" if status == "waiting" else "good")


def over_lines(due: ReviewsDue, done: int) -> list[Text]:
    """Return the page where nothing is before the reviewer."""
    lines = [Text("Nothing waits for you.", style="strong"), Text("")]
    if due.waiting:
        lines = [
            Text.assemble(
                (f"{due.waiting:,} waiting", "strong"), f", {due.taken:,} with other reviewers."
            ),
            Text(""),
            Text.assemble(("enter", "key"), " takes the oldest that is free."),
        ]
    if done:
        lines.append(Text(f"{done:,} decided; every one is saved."))
    return [*lines, Text(""), Text("u takes the last thing back, q leaves.", style="muted")]
