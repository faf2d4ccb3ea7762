"""The one way from a string of unknown origin to the screen."""

from rich.text import Text

from core.text_safety import clip, visible

FIELD_LIMIT = 400
"""Characters of a value shown in a line; the whole value is in its own page."""


def safe_text(value: str, *, limit: int = FIELD_LIMIT, ink: str = "") -> Text:
    """Return a value as one line in which nothing is markup and nothing is obeyed."""
    return Text(visible(clip(value, limit)), style=ink, end="")


def safe_lines(value: str, *, limit: int = 20_000, ink: str = "") -> list[Text]:
    """Return a value of several lines, each safe; more than `limit` characters are not shown."""
    shown = visible(clip(value, limit), lines=True)
    return [Text(line, style=ink, end="") for line in shown.split("\n")]
