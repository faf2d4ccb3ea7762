"""Keys of training at a service: where from, who takes it, and what it would be."""

from tui.keymap import Key

KEYS: tuple[Key, ...] = (
    Key(
        id="from-services",
        keys=("p",),
        label="services",
        help="Show who else could train these rows: fine-tuning services, their days and prices.",
        where="from",
        action="screen.services",
        footer=11,
    ),
    Key(
        id="services-used",
        keys=("u",),
        label="used lately",
        help="Say whether a model tuned there was used within 60 days: not asked, yes, no.",
        where="services",
        action="screen.used",
        footer=11,
    ),
    Key(
        id="hosted-edit",
        keys=("e",),
        label="edit",
        help="Type another value for the field under the cursor.",
        where="hosted",
        action="screen.edit",
        footer=10,
    ),
    Key(
        id="hosted-count",
        keys=("c",),
        label="count",
        help="Count the tokens exactly, stop counting, or fetch what counts them.",
        where="hosted",
        action="screen.count",
        footer=13,
    ),
    Key(
        id="hosted-place",
        keys=("p",),
        label="elsewhere",
        help="Take the same rows to another service, or train them on this machine.",
        where="hosted",
        action="screen.elsewhere",
        footer=11,
    ),
    Key(
        id="hosted-row",
        keys=("i",),
        label="row",
        help="Open the rows that the first finding is about.",
        where="hosted",
        action="screen.open_rows",
        footer=12,
    ),
)
