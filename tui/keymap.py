"""Every key, once: bindings, footer, `?`, README and tests are made from this table.

Lower-case keys never touch a job; capitals may, and ask first where something would be lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

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
    "item",
    "tokens",
    "launch",
    "question",
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
    "item": "on an answered item",
    "tokens": "on the tokens of a row",
    "launch": "on a run to launch",
    "question": "when asked",
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


KEYS: tuple[Key, ...] = (
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
    Key(
        id="list-open",
        keys=("enter",),
        label="open",
        help="Open the row under the cursor.",
        where="list",
        action="open",
        footer=10,
    ),
    Key(
        id="list-down",
        keys=("j", "down"),
        label="down",
        help="Go one row down.",
        where="list",
        action="rows(1)",
    ),
    Key(
        id="list-up",
        keys=("k", "up"),
        label="up",
        help="Go one row up.",
        where="list",
        action="rows(-1)",
    ),
    Key(
        id="list-page-down",
        keys=("pagedown", "space"),
        label="page down",
        help="Go one screen down.",
        where="list",
        action="pages(1)",
    ),
    Key(
        id="list-page-up",
        keys=("pageup",),
        label="page up",
        help="Go one screen up.",
        where="list",
        action="pages(-1)",
    ),
    Key(
        id="list-start",
        keys=("g", "home"),
        label="start",
        help="Go to the first row.",
        where="list",
        action="start",
    ),
    Key(
        id="list-end",
        keys=("G", "end"),
        label="end",
        help="Go to the last row.",
        where="list",
        action="end",
    ),
    Key(
        id="page-down",
        keys=("j", "down"),
        label="down",
        help="Scroll one line down.",
        where="page",
        action="rows(1)",
    ),
    Key(
        id="page-up",
        keys=("k", "up"),
        label="up",
        help="Scroll one line up.",
        where="page",
        action="rows(-1)",
    ),
    Key(
        id="page-page-down",
        keys=("pagedown", "space"),
        label="page down",
        help="Scroll one screen down.",
        where="page",
        action="pages(1)",
    ),
    Key(
        id="page-page-up",
        keys=("pageup",),
        label="page up",
        help="Scroll one screen up.",
        where="page",
        action="pages(-1)",
    ),
    Key(
        id="page-start",
        keys=("g", "home"),
        label="start",
        help="Go to the first line.",
        where="page",
        action="start",
    ),
    Key(
        id="page-end",
        keys=("G", "end"),
        label="end",
        help="Go to the last line.",
        where="page",
        action="end",
    ),
    Key(
        id="mark",
        keys=("space",),
        label="mark",
        help="Mark the run for a comparison, or take its mark off; enter compares two to six.",
        where="runs",
        action="screen.mark",
        footer=12,
    ),
    Key(
        id="filter",
        keys=("/",),
        label="filter",
        help="Show only the runs that hold some words; enter keeps them, esc gives them up.",
        where="runs",
        action="screen.filter",
        footer=13,
    ),
    Key(
        id="sort",
        keys=("s",),
        label="sort",
        help="Sort by the next column: newest, name, state, best loss, time, data.",
        where="runs",
        action="screen.sort",
        footer=14,
    ),
    Key(
        id="reverse",
        keys=("o",),
        label="reverse",
        help="Turn the order around.",
        where="runs",
        action="screen.reverse",
    ),
    Key(
        id="compare-smoothing",
        keys=("s",),
        label="smooth",
        help="Go to the next of four smoothing steps.",
        where="comparison",
        action="screen.smoothing",
        footer=21,
    ),
    Key(
        id="compare-log-y",
        keys=("o",),
        label="log y",
        help="Switch the y axis of the comparison between linear and logarithmic.",
        where="comparison",
        action="screen.log_y",
        footer=22,
    ),
    Key(
        id="compare-time",
        keys=("t",),
        label="time",
        help="Switch the x axis of the comparison between steps and time.",
        where="comparison",
        action="screen.time_axis",
        footer=23,
    ),
    Key(
        id="smoothing",
        keys=("s",),
        label="smooth",
        help="Go to the next of four smoothing steps; the raw points stay.",
        where="run",
        action="screen.smoothing",
        footer=31,
    ),
    Key(
        id="log-y",
        keys=("o",),
        label="log y",
        help="Switch the y axis between linear and logarithmic.",
        where="run",
        action="screen.log_y",
        footer=32,
    ),
    Key(
        id="time-axis",
        keys=("t",),
        label="time",
        help="Switch the x axis between steps and the time spent in them.",
        where="run",
        action="screen.time_axis",
    ),
    Key(
        id="zoom-in",
        keys=("+", "="),
        label="closer",
        help="Show half as much of the x axis, around the cursor.",
        where="run",
        action="screen.zoom_x(1)",
    ),
    Key(
        id="zoom-out",
        keys=("-",),
        label="wider",
        help="Show twice as much of the x axis.",
        where="run",
        action="screen.zoom_x(-1)",
    ),
    Key(
        id="pan-left",
        keys=("<",),
        label="pan back",
        help="Show an earlier part of the x axis.",
        where="run",
        action="screen.pan(-1)",
    ),
    Key(
        id="pan-right",
        keys=(">",),
        label="pan on",
        help="Show a later part of the x axis; at the end, follow the newest step again.",
        where="run",
        action="screen.pan(1)",
    ),
    Key(
        id="chart",
        keys=("c",),
        label="chart",
        help="Go to the next chart: loss, learning rate, gradient norm, tokens/s, memory.",
        where="run",
        action="screen.next_chart",
        footer=19,
    ),
    Key(
        id="zoom-panel",
        keys=("z",),
        label="zoom",
        help="Give the whole screen to the panel that has the focus, or give it back.",
        where="run",
        action="screen.zoom_panel",
        footer=33,
    ),
    Key(
        id="next-panel",
        keys=("]",),
        label="panel",
        help="Show the next panel: messages, samples, checkpoints, system, preflight, log.",
        where="run",
        action="screen.show_panel(1)",
        footer=20,
    ),
    Key(
        id="previous-panel",
        keys=("[",),
        label="panel before",
        help="Show the panel before.",
        where="run",
        action="screen.show_panel(-1)",
    ),
    Key(
        id="difference",
        keys=("d",),
        label="difference",
        help="Show samples against the base model, against the look before, or as they are.",
        where="run",
        action="screen.difference",
        footer=34,
    ),
    Key(
        id="next-alert",
        keys=("n",),
        label="next alert",
        help="Put the cursor on the next alert.",
        where="run",
        action="screen.alert(1)",
    ),
    Key(
        id="previous-alert",
        keys=("p",),
        label="alert before",
        help="Put the cursor on the alert before.",
        where="run",
        action="screen.alert(-1)",
    ),
    Key(
        id="checkpoint",
        keys=("C",),
        label="checkpoint",
        help="Ask the worker to save a checkpoint now.",
        where="run",
        action="screen.checkpoint",
        footer=22,
    ),
    Key(
        id="stop",
        keys=("S",),
        label="stop",
        help="Ask the worker to stop; says first what is kept.",
        where="run",
        action="screen.stop",
        footer=21,
    ),
    Key(
        id="pause",
        keys=("P",),
        label="pause",
        help="Ask the worker to save a checkpoint and free the device; R goes on later.",
        where="run",
        action="screen.pause",
        footer=23,
    ),
    Key(
        id="resume",
        keys=("R",),
        label="resume",
        help="Start a new worker that goes on from the newest checkpoint.",
        where="run",
        action="screen.resume",
        footer=24,
    ),
    Key(
        id="cursor-right",
        keys=("right", "l"),
        label="later",
        help="Move the cursor to the next column and read its exact values.",
        where="chart",
        action="cursor(1)",
    ),
    Key(
        id="cursor-left",
        keys=("left", "h"),
        label="earlier",
        help="Move the cursor to the column before.",
        where="chart",
        action="cursor(-1)",
    ),
    Key(
        id="cursor-end",
        keys=("G", "end"),
        label="newest",
        help="Follow the newest value again.",
        where="chart",
        action="newest",
    ),
    Key(
        id="next-item",
        keys=("n",),
        label="next",
        help="Show the next item.",
        where="item",
        action="screen.item(1)",
        footer=10,
    ),
    Key(
        id="previous-item",
        keys=("p",),
        label="previous",
        help="Show the item before.",
        where="item",
        action="screen.item(-1)",
        footer=11,
    ),
    Key(
        id="tokens",
        keys=("t",),
        label="tokens",
        help="Show what is trained of every row, token by token.",
        where="data",
        action="screen.tokens",
        footer=12,
    ),
    Key(
        id="roles",
        keys=("m",),
        label="roles",
        help="Give the columns of a file that has no known shape roles in a conversation.",
        where="inspect",
        action="screen.roles",
        footer=13,
    ),
    Key(
        id="next-role",
        keys=("right", "l"),
        label="next role",
        help="Give the column under the cursor the next role; so does enter.",
        where="mapping",
        action="screen.role(1)",
        footer=11,
    ),
    Key(
        id="previous-role",
        keys=("left", "h"),
        label="role before",
        help="Give the column under the cursor the role before.",
        where="mapping",
        action="screen.role(-1)",
    ),
    Key(
        id="next-sample",
        keys=("n",),
        label="next row",
        help="Show the next of the first rows as a conversation.",
        where="mapping",
        action="screen.sample(1)",
        footer=12,
    ),
    Key(
        id="previous-sample",
        keys=("p",),
        label="row before",
        help="Show the row before as a conversation.",
        where="mapping",
        action="screen.sample(-1)",
    ),
    Key(
        id="keep-roles",
        keys=("w",),
        label="keep",
        help="Keep the roles for every file with these columns, and inspect with them.",
        where="mapping",
        action="screen.keep",
        footer=10,
    ),
    Key(
        id="next-row",
        keys=("n",),
        label="next",
        help="Show the next row.",
        where="tokens",
        action="screen.row(1)",
        footer=10,
    ),
    Key(
        id="previous-row",
        keys=("p",),
        label="previous",
        help="Show the row before.",
        where="tokens",
        action="screen.row(-1)",
        footer=11,
    ),
    Key(
        id="go-to-row",
        keys=("#",),
        label="go to",
        help="Go to a row by its number.",
        where="tokens",
        action="screen.go_to",
        footer=12,
    ),
    Key(
        id="next-finding",
        keys=("f",),
        label="finding",
        help="Go to the next row that something is to be said about.",
        where="tokens",
        action="screen.finding",
        footer=13,
    ),
    Key(
        id="raw",
        keys=("m",),
        label="ids",
        help="Switch between running text and one token a line with its id.",
        where="tokens",
        action="screen.raw",
        footer=14,
    ),
    Key(
        id="other-part",
        keys=("o",),
        label="other part",
        help="Switch between train and validation rows.",
        where="tokens",
        action="screen.other_part",
        footer=15,
    ),
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
        id="beside",
        keys=("+",),
        label="x0.3 x3",
        help="Launch the same run at a smaller and a larger learning rate too, or not.",
        where="launch",
        action="screen.beside",
        footer=11,
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


def key_of(id: str) -> Key | None:
    """Return the key of an id, None when there is none."""
    return next((key for key in KEYS if key.id == id), None)


def shown(key: str) -> str:
    """Return how a key is written for people."""
    return _SHOWN.get(key, key)


def event_name(key: str) -> str:
    """Return how Textual calls the key when it is pressed."""
    return _NAMES.get(key, key)


def keys_of(*places: Where) -> Iterator[Key]:
    """Yield the keys of some places in the order of the table."""
    return (key for key in KEYS if key.where in places)


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
    for place in get_args(Where):
        for key in keys_of(place):
            names = " ".join(f"`{shown(name)}`" for name in key.keys)
            rows.append(f"| {PLACES[place]} | {names} | {key.help} |")
    return "\n".join(rows) + "\n"
