"""Keys of a run to launch, and of a question before something is done."""

from tui.keymap import Key

KEYS: tuple[Key, ...] = (
    Key(
        id="edit",
        keys=("e",),
        label="edit",
        help="Type another value for the field under the cursor.",
        where="launch",
        action="screen.edit",
        footer=10,
    ),
    Key(
        id="launch-account",
        keys=("a",),
        label="rows",
        help="Show what becomes of every row: cut, lost, left out, by number; and why it stops.",
        where="launch",
        action="screen.account",
        footer=11,
    ),
    Key(
        id="launch-tokens",
        keys=("t",),
        label="tokens",
        help="Show the rows token by token, as this run would train them.",
        where="launch",
        action="screen.tokens",
    ),
    Key(
        id="beside",
        keys=("+",),
        label="x0.3 x3",
        help="Launch the same run at a smaller and a larger learning rate too, or not.",
        where="launch",
        action="screen.beside",
        footer=11,
    ),
    Key(
        id="launch-elsewhere",
        keys=("p",),
        label="elsewhere",
        help="Show who else could train these rows: fine-tuning services, their days and prices.",
        where="launch",
        action="screen.elsewhere",
        footer=12,
    ),
    Key(
        id="no",
        keys=("n", "enter", "escape"),
        label="no, go on",
        help="Leave everything as it is.",
        where="question",
        action="screen.answer(False)",
        footer=1,
    ),
    Key(
        id="yes",
        keys=("y",),
        label="yes",
        help="Do what the question says.",
        where="question",
        action="screen.answer(True)",
        footer=2,
    ),
)
