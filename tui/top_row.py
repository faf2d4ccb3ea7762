"""The words of the topmost row: which workspace this is and where in it one stands."""

from rich.text import Text

from tui.widgets.safe_text import safe_text

MODES = ("home", "decide", "inspect", "train", "score", "release")
_NAME_LIMIT = 24
_ROOM_FOR_WORDS = 64


def top_row(workspace: str, mode: str, width: int) -> Text:
    """Return the row: the stages stay whole, the name gives way."""
    stages = stage_words(mode, width)
    room = width - stages.cell_len - 3
    name = safe_text(workspace, limit=_NAME_LIMIT, ink="strong")
    name.truncate(max(room, 0), overflow="ellipsis", pad=True)
    return Text.assemble(" ", name, "  ", stages) if room > 0 else stages


def stage_words(mode: str, width: int) -> Text:
    """Return the names of the stages; on a very narrow screen their numbers."""
    line = Text()
    for number, each in enumerate(MODES):
        here = each == mode
        word = each.capitalize() if width >= _ROOM_FOR_WORDS or here else ""
        line.append(f" {number} {word}".rstrip() + " ", style="here" if here else "muted")
    return line
