"""What a key costs over a line of 50 ms each way: a live run of 2 updates a second at 80x24.

Budget: an answer within 5 round trips, and at most 500 bytes a second while nothing is pressed.
"""

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from bench.rehearsed import TUNINGFORK, rehearsal
from bench.table import print_figures
from tests.support.pty_session import PtySession, environment

DELAY_S = 0.05
ROUND_TRIP_S = 2 * DELAY_S
RELAY = (sys.executable, "-m", "bench.relay", str(DELAY_S))
"""What goes before a command to put it behind the slow line."""
_MEASURED_S = 10.0
_ROUNDS = 3
_READOUT, _CHART, _PANEL = 5, slice(8, 16), slice(18, 22)
"""Rows of the run screen at 80x24."""


class Action(NamedTuple):
    """Something a person does on a run, and how to see that it is done."""

    name: str
    keys: str
    answered: Callable[[str, str], bool]
    """Whether the screen after it, given the screen before it, shows what was asked for."""


def _gutter(text: str) -> list[str]:
    """Return the labels of the y axis."""
    return [row[:10] for row in text.splitlines()[_CHART]]


def _end(text: str) -> str:
    """Return the label at the right end of the x axis."""
    return text.splitlines()[_CHART][-1].split()[-1]


def _step(text: str) -> int:
    """Return the step whose values are shown."""
    return int(text.splitlines()[_READOUT].split()[1].partition("/")[0].replace(",", ""))


def _panel(text: str) -> list[str]:
    return text.splitlines()[_PANEL]


def _newest(text: str) -> bool:
    """Return whether the newest values are shown; only they have the best ones beside them."""
    return "  best " in text.splitlines()[_READOUT]


def _line(text: str) -> bool:
    """Return whether the chart has the line of a cursor."""
    return any("│" in row for row in text.splitlines()[_CHART])


ACTIONS = (
    Action("cursor on", "\x1b[D", lambda _, now: _line(now) and not _newest(now)),
    Action("cursor back", "\x1b[D", lambda before, now: _step(now) < _step(before)),
    Action("cursor on again", "\x1b[C", lambda before, now: _step(now) > _step(before)),
    Action("closer", "+", lambda before, now: _end(now) != _end(before)),
    Action("wider", "-", lambda before, now: _end(now) != _end(before)),
    Action("log axis", "o", lambda before, now: _gutter(now) != _gutter(before)),
    Action("linear axis", "o", lambda before, now: _gutter(now) != _gutter(before)),
    Action("newest", "G", lambda _, now: _newest(now) and not _line(now)),
    *(
        Action(f"panel {number}", "]", lambda before, now: _panel(now) != _panel(before))
        for number in range(2, 7)
    ),
    Action("next chart", "c", lambda _, now: "learning rate  " in now.splitlines()[7]),
    Action("chart zoomed", "z", lambda _, now: "Messages" not in now),
    Action("chart small", "z", lambda _, now: "Messages" in now),
    Action("panel zoomed", "\tz", lambda _, now: "└" not in now),
    Action("panel small", "z\x1b[Z", lambda _, now: "└" in now),
)
"""In this order from a run that was just opened, on its first panel.

A screen arrives in pieces: an answer is all that the next one is judged by.
"""


class Answer(NamedTuple):
    """What an action took."""

    seconds: float
    bytes: int
    """Everything that arrived until the answer was there."""


def press(session: PtySession, action: Action) -> Answer:
    """Do it and wait until the screen shows that it is done."""
    before, had, began = session.text, len(session.wire), time.perf_counter()
    session.send(action.keys)
    session.wait_for(lambda now: now != before and action.answered(before, now))
    return Answer(time.perf_counter() - began, len(session.wire) - had)


def open_run(session: PtySession) -> None:
    """Go from the first screen to the run, until every panel and chart has something."""
    session.wait_for("quit")
    session.send("3")
    session.wait_for("Training runs")
    session.wait_for("running")
    session.send("\r")
    session.wait_for(lambda text: "◆ eval" in text and _newest(text) and _step(text) > 12)


def main() -> None:
    """Do everything a few times, each on a run just opened."""
    took: dict[str, list[Answer]] = {action.name: [] for action in ACTIONS}
    quiet = []
    recipe = "eval_every = 5\ncheckpoint_every = 5"
    with rehearsal(steps=400, rate=2, more=recipe) as workspace:
        env = environment(workspace.parent)
        command = [*RELAY, TUNINGFORK, "open", str(workspace)]
        for _ in range(_ROUNDS):
            with PtySession(command, env=env) as session:
                open_run(session)
                for action in ACTIONS:
                    took[action.name].append(press(session, action))
                while session.pump(0.3):
                    pass
                had, until = len(session.wire), time.perf_counter() + _MEASURED_S
                while time.perf_counter() < until:
                    session.pump(0.1)
                quiet.append((len(session.wire) - had) / _MEASURED_S)
    figures = {}
    for name, answers in took.items():
        seconds = median(one.seconds for one in answers)
        sent = median(one.bytes for one in answers)
        trips = f"{seconds / ROUND_TRIP_S:.1f} trips"
        figures[name] = f"{seconds * 1000:.0f} ms {trips:>10} {sent / 1000:>5.1f} KB"
    figures["nothing pressed"] = f"{median(quiet):.0f} B/s"
    print_figures(f"Keys over {DELAY_S * 1000:.0f} ms each way, 80x24, live run", figures)


if __name__ == "__main__":
    main()
