"""Keys of Score, of a blind study, and of a study that is about to be locked."""

from tui.keymap import Key

KEYS: tuple[Key, ...] = (
    Key(
        id="lock-study",
        keys=("L",),
        label="lock a study",
        help="Plan a blind study of the answers behind the verdict, and lock it.",
        where="score",
        action="screen.lock",
        footer=20,
    ),
    Key(
        id="look-behind",
        keys=("P",),
        label="show all the same",
        help="Show a verdict that is hidden while people rate; who, when and why is kept.",
        where="score",
        action="screen.look",
        footer=21,
    ),
    Key(
        id="open-seal",
        keys=("O",),
        label="open the seal",
        help="Learn whose answer is whose and get the verdict; asks first.",
        where="study",
        action="screen.open_seal",
        footer=10,
    ),
    Key(
        id="study-details",
        keys=("d",),
        label="details",
        help="Show every figure behind the verdict, and drawings of differences and scores.",
        where="study",
        action="screen.details",
        footer=11,
    ),
    Key(
        id="plan-edit",
        keys=("e",),
        label="edit",
        help="Type another value for the part of the plan under the cursor.",
        where="plan",
        action="screen.edit",
        footer=10,
    ),
    Key(
        id="plan-lock",
        keys=("L",),
        label="lock it",
        help="Draw the items and lock the plan; asks first, for nobody can change it then.",
        where="plan",
        action="screen.lock",
        footer=11,
    ),
)
