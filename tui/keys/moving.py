"""Keys that move in a list or on a page of text."""

from tui.keymap import Key, Where


def _moves(where: Where, *, verb: str, unit: str) -> tuple[Key, ...]:
    """Return the keys that move by a unit, by a screen and to the ends."""
    return (
        Key(
            id=f"{where}-down",
            keys=("j", "down"),
            label="down",
            help=f"{verb} one {unit} down.",
            where=where,
            action="rows(1)",
        ),
        Key(
            id=f"{where}-up",
            keys=("k", "up"),
            label="up",
            help=f"{verb} one {unit} up.",
            where=where,
            action="rows(-1)",
        ),
        Key(
            id=f"{where}-page-down",
            keys=("pagedown", "space"),
            label="page down",
            help=f"{verb} one screen down.",
            where=where,
            action="pages(1)",
        ),
        Key(
            id=f"{where}-page-up",
            keys=("pageup",),
            label="page up",
            help=f"{verb} one screen up.",
            where=where,
            action="pages(-1)",
        ),
        Key(
            id=f"{where}-start",
            keys=("g", "home"),
            label="start",
            help=f"Go to the first {unit}.",
            where=where,
            action="start",
        ),
        Key(
            id=f"{where}-end",
            keys=("G", "end"),
            label="end",
            help=f"Go to the last {unit}.",
            where=where,
            action="end",
        ),
    )


KEYS: tuple[Key, ...] = (
    Key(
        id="list-open",
        keys=("enter",),
        label="open",
        help="Open the row under the cursor.",
        where="list",
        action="open",
        footer=10,
    ),
    *_moves("list", verb="Go", unit="row"),
    *_moves("page", verb="Scroll", unit="line"),
)
