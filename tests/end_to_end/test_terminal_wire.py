"""What leaves a real terminal: nothing from data is obeyed, nothing secret, nothing when idle."""

import re
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest
from wcwidth import wcwidth

from core.release.gateway.log_store import LogStore
from core.release.releases import write_release
from core.workspace import RunFolder, Workspace, create_workspace
from tests.support.filled_workspace import FINISHED, add_run, fill, held
from tests.support.hostile import HOSTILE
from tests.support.jobs import rehearse, wait_until, workspace_of_jobs
from tests.support.pty_session import PtySession, app_command, environment
from tests.support.release_log import entry, said
from tests.support.release_plans import plan_of

WORDS = [word for word in HOSTILE if word.strip()]
PLANTED = (b"\x1b]52", b"\x1b]0;owned", b"\x1b[2J\x1b[H\x1b[31m", b"\x1bP", b"\xc2\x9b", b"\x07")
COLOUR = re.compile(rb"\x1b\[[0-9;]*?\b(?:3[0-7]|38|4[0-7]|48|9[0-7])\b[0-9;]*m")
POINTER = re.compile(rb"\x1b\]22;[a-z]*\x07")
"""How Textual says which mouse pointer it wants."""
STAGES = ("1", "2", "3", "4", "5", "0")
QUIET_S = 3.0
MOST_WINDOWS = 20
"""Stretches within which an opened screen comes to rest, also on a loaded machine."""
UPDATES_A_SECOND = 2.0
WARM_S = 2.5


def quiet_bytes(session: PtySession) -> int:
    """Return how many bytes arrive in a few seconds."""
    return sum(session.pump(0.1) or 0 for _ in range(int(QUIET_S * 10)))


def bytes_of(session: PtySession, folder: RunFolder, *, updates: int) -> int:
    """Return how many bytes arrive while the run writes so many updates."""
    had, since = len(session.wire), written(folder)

    def passed() -> bool:
        session.pump(0.1)
        return written(folder) >= since + updates

    wait_until(passed, f"{updates} updates")
    return len(session.wire) - had


def written(folder: RunFolder) -> int:
    """Return how many updates stand in the log: the clock of a test of a live run."""
    return folder.events.read_bytes().count(b'"type":"step"')


def warm_up(session: PtySession) -> None:
    """Let timers that belong to the opening of a screen run out."""
    for _ in range(int(WARM_S * 10)):
        session.pump(0.1)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = fill(tmp_path_factory.mktemp("wire") / "w", WORDS, name="owned\x1b]0;owned\x07")
    add_run(made, "\x1b]52;c;aGk=\x07", number=3, words=WORDS, end=FINISHED)
    return made


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=str)
def test_no_planted_escape_leaves_and_columns_line_up(
    hostile: Workspace, size: tuple[int, int], tmp_path: Path
) -> None:
    env = environment(tmp_path)
    with PtySession(app_command(hostile.root), env=env, size=size) as session:
        session.wait_for("quit")
        for key in (*STAGES, "3", "\r", "]", "]", "d", "\x1b", "4", "\t", "\r"):
            session.send(key)
            warm_up_briefly(session)
            for row in session.rows:
                assert sum(max(0, wcwidth(character)) for character in row) <= size[0]
            assert "help" in session.rows[-1], session.text
        session.send("q")
        assert session.wait_for_end() == 0
        wire = POINTER.sub(b"", bytes(session.wire))
    for planted in PLANTED:
        assert planted not in wire, planted


def warm_up_briefly(session: PtySession) -> None:
    """Let a screen be drawn."""
    while session.pump(0.3):
        pass


def test_an_idle_screen_sends_nothing(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "w")
    env = environment(tmp_path)
    with PtySession(app_command(workspace.root), env=env, size=(120, 36)) as session:
        session.wait_for("finished")
        for keys in ("0", "1", "2", "3", "4", "5", "3\r"):
            session.send(keys[0])
            warm_up_briefly(session)
            session.send(keys[1:])
            sent = [quiet_bytes(session)]
            while sent[-1] and len(sent) < MOST_WINDOWS:  # the screen is being opened
                sent.append(quiet_bytes(session))
            assert sent[-1] == 0, (keys, sent, session.text)


@pytest.mark.parametrize(
    ("size", "charts", "budget"),
    [pytest.param((120, 36), 4, 1000, marks=pytest.mark.slow), ((80, 24), 1, 500)],
    ids=str,
)
def test_a_live_run_stays_under_its_bytes_a_second(
    tmp_path: Path, size: tuple[int, int], charts: int, budget: int
) -> None:
    with workspace_of_jobs(tmp_path / "w") as workspace:
        spec = {"rate": UPDATES_A_SECOND, "eval_every": 20, "checkpoint_every": 50}
        folder = rehearse(workspace, steps=4000, **spec)
        env = environment(tmp_path)
        with PtySession(app_command(workspace.root), env=env, size=size) as session:
            session.wait_for("training")
            session.send("3")
            session.wait_for("Training runs")
            session.send("\r")
            session.wait_for("loss")
            for _ in range(3):
                warm_up(session)
            assert session.text.count("└") == charts
            # An axis that has to grow redraws its chart once: two windows of three must hold.
            windows = [bytes_of(session, folder, updates=20) for _ in range(3)]
            assert 0 < sorted(windows)[1] < budget * 20 / UPDATES_A_SECOND, windows
            session.send("q")
            assert session.wait_for_end() == 0
            session_text = bytes(session.wire)[-200:].decode(errors="replace")
            assert "1 job goes on; `tuningfork` shows it again." in session_text
        wait_until(lambda: folder.events.exists(), "the worker goes on")


LOOK_S = 2.0
"""How often Release looks at its traffic."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "releases", "budget"), [((120, 36), 3, 1000), ((80, 24), 1, 500)], ids=str
)
def test_release_under_traffic_stays_under_its_bytes_a_second(
    tmp_path: Path, size: tuple[int, int], releases: int, budget: int
) -> None:
    workspace = create_workspace(tmp_path / "w")
    with ExitStack() as leaving:
        traffic = [leaving.enter_context(Traffic(workspace, n)) for n in range(releases)]
        session = leaving.enter_context(
            PtySession(app_command(workspace.root), env=environment(tmp_path), size=size)
        )
        session.wait_for("Home")
        session.send("5")
        for one in traffic:
            one.come(200)
        session.wait_for(f"{200:,} requests")
        warm_up(session)
        sent = []
        for _ in range(6):
            had = len(session.wire)
            for one in traffic:
                one.come(137)
            session.wait_for(f"{traffic[-1].count:,} requests")
            sent.append(len(session.wire) - had)
        # Every look finds other figures in every row: no look may cost more than its two seconds.
        assert 0 < max(sent) < budget * LOOK_S, sent


class Traffic:
    """A release of four arms, and requests for it whose every figure moves."""

    def __init__(self, workspace: Workspace, number: int) -> None:
        self.count = 0
        arms = {name: {"model": "m", "share": 25} for name in ("tuned", "lora-b", "shots", "base")}
        self._plan = plan_of(name=f"answers-{number}", arm=arms, rollback="base")
        self._log = LogStore(write_release(workspace, self._plan).log, self._plan.log)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._log.close()

    def come(self, count: int) -> None:
        """Let so many come and be noted at once."""
        numbers = range(self.count, self.count + count)
        names = tuple(self._plan.arm)
        entries = [
            entry(
                number,
                at=time.time(),
                user=f"user {number}",
                dealt=names[number % 4],
                arm=names[number % 4 if number % 11 else 3],
                errors="" if number % 11 else "told to",
                total_ms=50.0 + 7.3 * (number % 400) + number,
            )
            for number in numbers
        ]
        self._log.write(entries, [(said(n)[0], time.time()) for n in numbers if n % 5 == 0])
        self.count += count


def test_without_colour_no_colour_code_is_sent(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "w")
    code = (
        "import sys; from pathlib import Path; from core.workspace import open_workspace;"
        "from tui.app import Settings, run_app;"
        "sys.exit(run_app(open_workspace(Path(sys.argv[1])), Settings(no_color=True)))"
    )
    env = environment(tmp_path, NO_COLOR="1")
    command = [sys.executable, "-c", code, str(workspace.root)]
    with PtySession(command, env=env) as session:
        session.wait_for("quit")
        session.send("3")
        session.wait_for("Training runs")
        session.send("q")
        assert session.wait_for_end() == 0
        assert not COLOUR.findall(bytes(session.wire))


def test_a_terminal_without_utf8_gets_ascii_only(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "w", WORDS)
    code = (
        "import sys; from pathlib import Path; from core.workspace import open_workspace;"
        "from tui.app import Settings, run_app; from tui.glyphs import choose_level;"
        "level = choose_level(sys.__stderr__.encoding, 'xterm');"
        "sys.exit(run_app(open_workspace(Path(sys.argv[1])), Settings(level=level)))"
    )
    env = environment(tmp_path, PYTHONUTF8="0", PYTHONIOENCODING="latin-1", LC_ALL="C")
    command = [sys.executable, "-c", code, str(workspace.root)]
    with PtySession(command, env=env) as session:
        session.wait_for("quit")
        for key in (*STAGES, "3", "\r"):
            session.send(key)
            warm_up_briefly(session)
        assert bytes(session.wire).isascii()
        assert "\\u" not in session.text


@pytest.mark.parametrize("size", [(50, 12), (30, 6)], ids=str)
def test_a_small_terminal_is_told_and_served(tmp_path: Path, size: tuple[int, int]) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    with held(add_run(workspace, "live")):
        env = environment(tmp_path)
        with PtySession(app_command(workspace.root), env=env, size=size) as session:
            session.wait_for("best at 80x24")
            session.resize(80, 24)
            session.wait_for(lambda text: "best at" not in text and "commands" in text)
            session.resize(*size)
            session.wait_for("best at 80x24")
            session.send("3\r")
            warm_up_briefly(session)
            session.send("q")
            assert session.wait_for_end() == 0
