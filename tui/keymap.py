"""Every key, once: bindings, footer, `?`, README and tests are made from one table.

The keys that work everywhere are here; the rest of the rows lie in `tui.keys` and are loaded with
the first screen that needs them.

Lower-case keys never touch a job; capitals may, and ask first where something would be lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from textual.binding import Binding, BindingType

Where = Literal[
    "everywhere",
    "list",
    "page",
    "data",
    "inspect",
    "mapping",
    "runs",
    "comparison",
    "run",
    "chart",
    "score",
    "release",
    "study",
    "plan",
    "judge",
    "item",
    "tokens",
    "row",
    "rows",
    "launch",
    "from",
    "services",
    "hosted",
    "prices",
    "decide",
    "wizard",
    "result",
    "decisions",
    "costs",
    "measure",
    "question",
    "rating",
    "review",
]
"""Which part of the app answers to a key; a screen is made of several parts."""
PLACES: dict[Where, str] = {
    "everywhere": "everywhere",
    "list": "in a list",
    "page": "on a page of text",
    "data": "on Inspect and Train",
    "inspect": "on Inspect",
    "mapping": "on the roles of columns",
    "runs": "in the list of runs",
    "comparison": "on a comparison",
    "run": "on a run",
    "chart": "on a chart",
    "score": "on Score",
    "release": "on Release",
    "study": "on a blind study",
    "plan": "on a study to lock",
    "judge": "on a judge to ask",
    "item": "on an answered item",
    "tokens": "on the tokens of a row",
    "row": "on a row of a dataset",
    "rows": "in the list of all rows",
    "launch": "on a run to launch",
    "from": "on what to start from",
    "services": "on who would train it",
    "hosted": "on a run at a service",
    "prices": "on prices of training",
    "decide": "on Decide",
    "wizard": "on a question of Decide",
    "result": "on a recommendation",
    "decisions": "in the list of decisions",
    "costs": "on the costs of a decision",
    "measure": "on trying prompts",
    "question": "when asked",
    "rating": "on the rating screen",
    "review": "on a review",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One thing a person can do."""

    id: str
    """Stays when the key is remapped."""
    keys: tuple[str, ...]
    """The first one is shown; names as Textual writes them."""
    label: str
    """One or two words for the footer."""
    help: str
    """One sentence."""
    where: Where
    action: str
    """What Textual runs."""
    footer: int | None = None
    """Its place in the footer, small first; None keeps it out."""


def _mode(number: int, name: str, help: str) -> Key:
    return Key(
        id=name,
        keys=(str(number),),
        label=name.capitalize(),
        help=help,
        where="everywhere",
        action=f"app.mode('{name}')",
    )


_EVERYWHERE: tuple[Key, ...] = (
    Key(
        id="help",
        keys=("?",),
        label="help",
        help="Show the keys that work here.",
        where="everywhere",
        action="app.help",
        footer=90,
    ),
    Key(
        id="commands",
        keys=(":", "ctrl+p"),
        label="commands",
        help="Search everything that can be done now.",
        where="everywhere",
        action="app.commands",
        footer=91,
    ),
    Key(
        id="back",
        keys=("escape",),
        label="back",
        help="Go back; on a stage, go home.",
        where="everywhere",
        action="app.back",
        footer=80,
    ),
    Key(
        id="quit",
        keys=("q",),
        label="quit",
        help="Close the viewer; jobs go on.",
        where="everywhere",
        action="app.leave",
        footer=92,
    ),
    _mode(0, "home", "What runs, and what to do next."),
    _mode(1, "decide", "Whether the task needs a fine-tune at all."),
    _mode(2, "inspect", "Whether the data is ready, and how it is split."),
    _mode(3, "train", "The training runs."),
    _mode(4, "score", "The verdict, and the answers behind it."),
    _mode(5, "release", "What there is to use."),
    Key(
        id="train-run",
        keys=("T",),
        label="train",
        help="Set up a training run; once it is set up, launch it.",
        where="everywhere",
        action="app.train",
    ),
    Key(
        id="exact",
        keys=("v",),
        label="exactly",
        help="Show the exact command or recipe behind the screen.",
        where="everywhere",
        action="screen.exact",
        footer=70,
    ),
    Key(
        id="copy",
        keys=("y",),
        label="copy",
        help="Copy the value under the cursor, without its frame.",
        where="everywhere",
        action="screen.copy",
        footer=71,
    ),
    Key(
        id="history",
        keys=("H",),
        label="messages",
        help="Show every message of this session again.",
        where="everywhere",
        action="app.history",
    ),
    Key(
        id="panel",
        keys=("tab",),
        label="panel",
        help="Go to the next panel.",
        where="everywhere",
        action="app.focus_next",
    ),
    Key(
        id="panel-before",
        keys=("shift+tab",),
        label="panel before",
        help="Go to the panel before.",
        where="everywhere",
        action="app.focus_previous",
    ),
)
_STAGES: dict[Where, str] = {
    "list": "moving",
    "page": "moving",
    "runs": "watching",
    "comparison": "watching",
    "run": "watching",
    "chart": "watching",
    "data": "inspecting",
    "item": "inspecting",
    "tokens": "inspecting",
    "inspect": "inspecting",
    "mapping": "inspecting",
    "row": "inspecting",
    "rows": "inspecting",
    "launch": "launching",
    "from": "placing",
    "services": "placing",
    "hosted": "placing",
    "prices": "placing",
    "question": "launching",
    "decide": "deciding",
    "wizard": "deciding",
    "result": "deciding",
    "decisions": "deciding",
    "costs": "deciding",
    "rating": "rating",
    "review": "reviewing",
    "measure": "deciding",
    "score": "scoring",
    "release": "releasing",
    "study": "scoring",
    "plan": "scoring",
    "judge": "scoring",
}
"""Module of `tui.keys` that holds the rows of a place; the others are here."""

_SHOWN = {
    "escape": "esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "page up",
    "pagedown": "page down",
}


_NAMES = {
    "?": "question_mark",
    ":": "colon",
    "+": "plus",
    "-": "minus",
    "=": "equals_sign",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "/": "slash",
    "#": "number_sign",
}


def every_key() -> Iterator[Key]:
    """Yield the whole table, place by place."""
    return keys_of(*PLACES)


def key_of(id: str) -> Key | None:
    """Return the key of an id, None when there is none."""
    return next((key for key in every_key() if key.id == id), None)


def shown(key: str) -> str:
    """Return how a key is written for people."""
    return _SHOWN.get(key, key)


def event_name(key: str) -> str:
    """Return how Textual calls the key when it is pressed."""
    return _NAMES.get(key, key)


def keys_of(*places: Where) -> Iterator[Key]:
    """Yield the keys of some places in the order of the table."""
    return (key for place in PLACES if place in places for key in _rows(place))


def _rows(place: Where) -> Iterator[Key]:
    """Yield the keys of one place."""
    stage = _STAGES.get(place)
    rows: tuple[Key, ...] = import_module(f"tui.keys.{stage}").KEYS if stage else _EVERYWHERE
    return (key for key in rows if key.where == place)


def bindings(*places: Where) -> list[BindingType]:
    """Return what Textual binds; the footer is ours, so none is shown there."""
    return [
        Binding(
            ",".join(map(event_name, key.keys)),
            key.action,
            key.label,
            show=False,
            id=key.id,
            tooltip=key.help,
        )
        for key in keys_of(*places)
    ]


def footer(*places: Where) -> tuple[Key, ...]:
    """Return the keys worth a place in the footer."""
    chosen = [(key.footer, key) for key in keys_of(*places) if key.footer is not None]
    return tuple(key for _, key in sorted(chosen, key=lambda pair: pair[0]))


def markdown() -> str:
    """Return the table of the README."""
    rows = ["| where | key | does |", "|---|---|---|"]
    for key in every_key():
        names = " ".join(f"`{shown(name)}`" for name in key.keys)
        rows.append(f"| {PLACES[key.where]} | {names} | {key.help} |")
    return "\n".join(rows) + "\n"
