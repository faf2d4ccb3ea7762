"""A live run over a line that delays every byte by 50 ms, both ways: the screen stays usable."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from bench.slow_line import ACTIONS, RELAY, open_run, press
from core.workspace import RunFolder
from tests.support.jobs import rehearse, wait_until, workspace_of_jobs
from tests.support.pty_session import PtySession, app_command, environment

ROOT = Path(__file__).parents[2]
UPDATES_A_SECOND = 2.0
FEW = 2
"""Updates of the run, half a second each, in which a key is usually answered."""
MANY = 12
"""The same for the worst press on a loaded machine; behind a queue it would be ever more."""
SCREENS = 24_000
"""Bytes before an answer: the whole screen, laid out and drawn anew, and no backlog besides."""
HELD = 30
"""Presses of a key that is held for a second."""
A_PRESS = 1_500
"""Bytes of a press that moves the cursor, with the update that may come in between."""


class Cost(NamedTuple):
    """What came over the line in a while."""

    updates: int
    """Updates that the run wrote meanwhile: the clock of this test."""
    bytes: int


class Walk(NamedTuple):
    """What a walk over everything on the screen cost."""

    keys: dict[str, Cost]
    held: Cost
    """A held key and the answer to another one after it."""
    quiet: list[Cost]
    """Stretches in which nothing was pressed."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    root = tmp_path_factory.mktemp("slow")
    with workspace_of_jobs(root / "w") as workspace:
        spec = {"eval_every": 5, "checkpoint_every": 5}
        folder = rehearse(workspace, steps=400, rate=UPDATES_A_SECOND, **spec)
        command = [*RELAY, *app_command(workspace.root)]
        with PtySession(command, env=environment(root), size=(80, 24), cwd=ROOT) as session:
            open_run(session)
            keys: dict[str, Cost] = {}
            for action in ACTIONS:
                keys[action.name] = cost(session, folder, lambda one=action: press(session, one))
            held = cost(session, folder, lambda: hold_and_ask(session))
            session.send("\x1b")
            session.wait_for(is_run)
            session.send("G")
            settle(session)
            quiet = [cost(session, folder, lambda: idle(session, folder)) for _ in range(2)]
            session.send("q")
            assert session.wait_for_end() == 0
    return Walk(keys, held, quiet)


def cost(session: PtySession, folder: RunFolder, act: Callable[[], object]) -> Cost:
    """Return what came while something was done."""
    began, had = updates(folder), len(session.wire)
    act()
    return Cost(updates(folder) - began, len(session.wire) - had)


def updates(folder: RunFolder) -> int:
    """Return how many updates the run has written."""
    return folder.events.read_bytes().count(b'"type":"step"')


def hold_and_ask(session: PtySession) -> None:
    """Hold a key, then ask for help, and wait for it."""
    session.send("\x1b[D\x1b[C" * (HELD // 2) + "?")
    session.wait_for(is_help)


def is_help(text: str) -> bool:
    """Return whether the page of keys stands there to its end; it comes in pieces."""
    return "Keys" in text and not is_run(text)


def is_run(text: str) -> bool:
    """Return whether the panels of the run stand there: the part that is drawn last."""
    return "Messages" in text


def idle(session: PtySession, folder: RunFolder) -> None:
    """Press nothing for some updates."""
    since = updates(folder)

    def passed() -> bool:
        session.pump(0.1)
        return updates(folder) >= since + 12

    wait_until(passed, "twelve updates")


def settle(session: PtySession) -> None:
    """Read until nothing comes for longer than a round trip."""
    while session.pump(0.15):
        pass


def test_every_key_is_answered_within_a_few_updates_of_the_run(walk: Walk) -> None:
    took = {name: one.updates for name, one in walk.keys.items()}
    assert median(took.values()) <= FEW, took
    assert max(took.values()) <= MANY, took


def test_no_answer_waits_behind_a_backlog(walk: Walk) -> None:
    sent = {name: one.bytes for name, one in walk.keys.items()}
    assert max(sent.values()) <= SCREENS, sent
    assert sent["cursor back"] <= A_PRESS, sent
    assert walk.held.updates <= MANY
    assert walk.held.bytes <= SCREENS + HELD * A_PRESS


def test_the_line_carries_little_while_nothing_is_pressed(walk: Walk) -> None:
    rates = [one.bytes / one.updates for one in walk.quiet]
    assert 0 < min(rates) <= 500 / UPDATES_A_SECOND, rates
