"""Which releases have answers that wait for a person, in words for the home screen."""

from core.errors import TuningforkError
from core.release.review.overview import read_due
from core.text_safety import visible
from core.workspace import Workspace
from tui.wording import waited


def reviews_due(workspace: Workspace, now: float) -> tuple[str, ...]:
    """Return a line for every release that needs a reviewer, the one that waits longest first."""
    found: list[tuple[float, str]] = []
    for log in workspace.releases.glob("*/log.db"):
        try:
            due = read_due(log, now)
        except TuningforkError:
            continue  # Release shows it, and why
        if due.oldest is not None:
            name = visible(log.parent.name)
            answers = "1 answer waits" if due.waiting == 1 else f"{due.waiting:,} answers wait"
            words = f"{answers} for a reviewer, the oldest {waited(now - due.oldest)}: "
            words += f"tuningfork release review {name}"
            found.append((due.oldest, words))
    return tuple(words for _, words in sorted(found))
