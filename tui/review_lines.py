"""An answer under review as lines: where one is, what was asked, and what a decision would do."""

from rich.text import Text

from core.release.review.item import ReviewItem, Status
from core.release.review.overview import ReviewsDue
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import age

_PROMPT_ROWS = 3
_LONGEST = 400_000
"""Characters of a turn that are shown: whoever decides must see all of it."""
_BEFORE: dict[Status, tuple[str, str]] = {
    "waiting": ("no score yet: 5 3 1, or x", "muted"),
    "approved": ("enter gives this answer out", "good"),
    "corrected": ("enter gives your text out", "good"),
    "refused": ("enter refuses it: nothing goes out", "warn"),
}
"""What a decision does to an answer that a client waits for."""
_AFTER: dict[Status, tuple[str, str]] = {
    "waiting": ("no score yet: 5 3 1, or x", "muted"),
    "approved": ("enter: it was good", "good"),
    "corrected": ("enter keeps your text to train on", "good"),
    "refused": ("enter: it was bad", "warn"),
}
"""What it does to one that went out."""
_SAID: dict[Status, tuple[str, str]] = {
    "waiting": ("Not decided yet: it needs a score.", "warn"),
    "approved": ("Saved: approved.", "good"),
    "corrected": ("Saved: your text takes its place.", "good"),
    "refused": ("Saved: refused.", "good"),
}


def where_line(
    release: str, reviewer: str, item: ReviewItem | None, due: ReviewsDue, now: float
) -> Text:
    """Return the row that says what is before whom, and how much waits."""
    line = Text.assemble(" ", safe_text(release, limit=30, ink="title"), "  ")
    if item is not None:
        kind, ink = ("held, the client waits", "warn") if item.held else ("has gone out", "muted")
        line.append(f"asked {age(now - item.at)}  ").append(f"{kind}  ", style=ink)
    line.append(f"{due.waiting:,} waiting", style="muted")
    return line.append(f"  reviewer {reviewer}", style="muted")


def prompt_lines(item: ReviewItem, *, opened: bool) -> list[Text]:
    """Return the turns of the prompt, the newest in sight while it is folded."""
    lines: list[Text] = []
    for turn in item.prompt:
        first, *more = safe_lines(turn.text, limit=_LONGEST)
        lines.append(Text.assemble((f"{safe_text(turn.role, limit=20).plain}: ", "muted"), first))
        lines += more
    if opened or len(lines) <= _PROMPT_ROWS:
        return lines
    hidden = len(lines) - _PROMPT_ROWS + 1
    return [Text(f"({hidden} lines before: o)", style="muted"), *lines[hidden:]]


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
    words, ink = _SAID[status]
    if status != "waiting" and held and undo_seconds:
        words += f" It goes out in {undo_seconds:g} s; u takes it back."
    return Text(words, style=ink)


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
