"""Keys of the review screen: those of rating as far as one answer needs them, and what goes out."""

from tui.keymap import Key


def _key(id: str, keys: str, label: str, help: str, action: str, footer: int | None = None) -> Key:
    return Key(
        id=f"review-{id}",
        keys=tuple(keys.split()),
        label=label,
        help=help,
        where="review",
        action=f"screen.{action}",
        footer=footer,
    )


KEYS: tuple[Key, ...] = (
    _key("1", "1", "unusable", "Rate it wrong or unusable; it is refused.", "rate(1)", 1),
    _key("3", "3", "edits", "Rate it usable with edits.", "rate(3)", 2),
    _key("5", "5", "ready", "Rate it ready and right.", "rate(5)", 3),
    _key("edit", "e", "correct", "Write the text that goes out in its place.", "edit", 5),
    _key("decide", "enter", "decide", "Save the decision and get the next answer.", "decide", 4),
    _key("undo", "u", "undo", "Take back what was said last, over answers too.", "undo", 6),
    _key("unsafe", "x", "unsafe", "Call it unsafe, with the reason; it is refused.", "unsafe", 7),
    _key("comment", "c", "comment", "Say something about the answer.", "comment"),
    _key("skip", "s", "skip", "Leave the answer to other reviewers, with the reason.", "skip"),
    _key("prompt", "o", "prompt", "Fold or open the prompt.", "prompt"),
    _key("difference", "d", "original", "Show your text, or the original answer.", "original"),
    _key("raw", "m", "raw", "Show the answer as it was written, or laid out.", "raw"),
    _key("down", "j down", "down", "Move the answer one line down.", "rows(1)"),
    _key("up", "k up", "up", "Move the answer one line up.", "rows(-1)"),
    _key("page-down", "pagedown space", "page down", "Move one screen down.", "pages(1)"),
    _key("page-up", "pageup", "page up", "Move one screen up.", "pages(-1)"),
    _key("start", "g home", "start", "Go to the start of the answer.", "pages(-1000000)"),
    _key("end", "G end", "end", "Go to the end of the answer.", "pages(1000000)"),
    _key("help", "?", "help", "Show these keys.", "help", 8),
    _key("leave", "q escape", "leave", "Leave; what was decided is saved.", "leave", 9),
)
