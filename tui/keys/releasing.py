"""Keys of Release."""

from tui.keymap import Key

KEYS: tuple[Key, ...] = (
    Key(
        id="roll-back",
        keys=("B",),
        label="roll back",
        help="Send every request of the release to its rollback target, or take that back; "
        "asks first.",
        where="release",
        action="screen.roll_back",
        footer=10,
    ),
    Key(
        id="serve",
        keys=("W",),
        label="serve",
        help="Start the gateway of a release that nobody serves, or close it; asks first.",
        where="release",
        action="screen.serve",
        footer=11,
    ),
    Key(
        id="review",
        keys=("r",),
        label="review",
        help="Decide on answers of the release that wait for a person; no arm is named.",
        where="release",
        action="screen.review",
        footer=9,
    ),
    Key(
        id="next-release",
        keys=("n",),
        label="next release",
        help="Mean the next release with the keys of this screen.",
        where="release",
        action="screen.next_release",
        footer=12,
    ),
)
