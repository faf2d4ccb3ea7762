"""Keys of the rating screen, which is all that a rater sees: one key a thought, no modifiers."""

from tui.keymap import Key


def _key(id: str, keys: str, label: str, help: str, action: str, footer: int | None = None) -> Key:
    return Key(
        id=f"rating-{id}",
        keys=tuple(keys.split()),
        label=label,
        help=help,
        where="rating",
        action=action,
        footer=footer,
    )


KEYS: tuple[Key, ...] = (
    _key("1", "1", "unusable", "Rate the answer: wrong, unsafe or unusable.", "rate(1)", 1),
    _key("2", "2", "poor", "Rate it between 1 and 3, where the study allows it.", "rate(2)"),
    _key("3", "3", "edits", "Rate the answer: usable with edits.", "rate(3)", 2),
    _key("4", "4", "fair", "Rate it between 3 and 5, where the study allows it.", "rate(4)"),
    _key("5", "5", "ready", "Rate the answer: production-ready and right.", "rate(5)", 3),
    _key("next-answer", "tab l right", "answer", "Go to the next answer.", "answer(1)", 5),
    _key("answer-before", "shift+tab h left", "answer before", "Go one back.", "answer(-1)"),
    _key("commit", "enter", "done", "Finish the item and get the next one.", "commit", 4),
    _key("undo", "u", "undo", "Take back what was said last, over items too.", "undo", 6),
    _key(
        "unsafe", "x", "unsafe", "Call the answer unsafe, with the reason; scores it 1.", "unsafe"
    ),
    _key("left", "<", "earlier wins", "Prefer this answer to the next one.", "pick(0)"),
    _key("right", ">", "later wins", "Prefer the next answer to this one.", "pick(1)"),
    _key("tie", "=", "tie", "Call the best answers equally good.", "tie"),
    _key("both-bad", "b", "all bad", "Rate every answer of the item unusable.", "all_bad"),
    _key("comment", "c", "comment", "Say something about the answer.", "comment"),
    _key("edit", "e", "correct", "Write the text that the answer should have been.", "edit"),
    _key("skip", "s", "skip", "Leave the item to others, with the reason.", "skip"),
    _key("prompt", "o", "prompt", "Fold or open the prompt.", "prompt"),
    _key("reference", "r", "reference", "Show or hide the expected answer.", "reference", 7),
    _key(
        "difference", "d", "differences", "Mark what differs from the answer before.", "difference"
    ),
    _key("raw", "m", "raw", "Show the answer as it was written, or laid out.", "raw"),
    _key("zoom", "z", "zoom", "Give the answer the whole screen, or give it back.", "zoom"),
    _key("down", "j down", "down", "Move the answer one line down.", "rows(1)"),
    _key("up", "k up", "up", "Move the answer one line up.", "rows(-1)"),
    _key("all-down", "J", "all down", "Move every answer one line down.", "all_rows(1)"),
    _key("all-up", "K", "all up", "Move every answer one line up.", "all_rows(-1)"),
    _key("page-down", "pagedown space", "page down", "Move one screen down.", "pages(1)"),
    _key("page-up", "pageup", "page up", "Move one screen up.", "pages(-1)"),
    _key("start", "g home", "start", "Go to the start of the answer.", "pages(-1000000)"),
    _key("end", "G end", "end", "Go to the end of the answer.", "pages(1000000)"),
    _key("next-item", "n", "next item", "Look at the next item that was met.", "item(1)"),
    _key("item-before", "p", "item before", "Look at the item before.", "item(-1)"),
    _key("help", "?", "help", "Show these keys.", "help", 8),
    _key("leave", "q", "leave", "Leave; everything is saved and waits here.", "leave", 9),
)
