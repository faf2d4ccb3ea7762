"""The app's own faults, and a terminal that goes away: jobs go on, nothing leaks, nothing spins."""

import sys
from pathlib import Path

import pytest

from core.events.reader import EventReader
from core.jobs.liveness import look
from core.workspace import create_workspace
from tests.support.jobs import rehearse, wait_until, workspace_of_jobs
from tests.support.pty_session import PtySession, app_command, environment

SECRET = "sk-planted-3141592653"
CRASHING = f"""
import sys
from pathlib import Path
from core.workspace import open_workspace
from tui.app import TuningforkApp

class Crashing(TuningforkApp):
    def key_x(self):
        token = {SECRET!r}
        raise ValueError(token)
    def key_z(self):
        token = {SECRET!r}
        class Drawn(Exception):
            def __rich__(self):
                return token
        raise Drawn(token)

app = Crashing(open_workspace(Path(sys.argv[1])))
app.run()
sys.exit(app.return_code)
"""


@pytest.mark.parametrize("key", ["x", "z"])
def test_a_fault_shows_one_sentence_and_no_value(key: str, tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    command = [sys.executable, "-c", CRASHING, str(workspace.root)]
    with PtySession(command, env=environment(tmp_path)) as session:
        session.wait_for("quit")
        session.send(key)
        assert session.wait_for_end() == 70
        said = session.text
        wire = bytes(session.wire).decode(errors="replace")
    assert "stopped because of a fault of its own; your jobs go on; report:" in " ".join(
        said.split()
    )
    assert "Traceback" not in wire
    assert SECRET not in wire
    (report,) = workspace.reports.iterdir()
    content = report.read_text()
    assert SECRET not in content
    assert "key_" in content


@pytest.mark.parametrize("ignored", [False, True], ids=["hang-up", "hang-up ignored"])
def test_a_closed_terminal_ends_the_viewer_and_not_the_job(ignored: bool, tmp_path: Path) -> None:
    with workspace_of_jobs(tmp_path / "w") as workspace:
        folder = rehearse(workspace, steps=100_000, rate=20.0)
        session = PtySession(
            app_command(workspace.root), env=environment(tmp_path), ignore_hang_up=ignored
        )
        with session:
            session.wait_for("training")
            session.hang_up()
            session.wait_for_end()
        reader = EventReader(folder.events)
        reader.read()
        wait_until(lambda: bool(reader.read().events), "the worker writes on")
        assert look(folder) == "alive"


def test_the_way_out_says_nothing_when_nothing_goes_on(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    with PtySession(app_command(workspace.root), env=environment(tmp_path)) as session:
        session.wait_for("No job yet")
        session.send("q")
        assert session.wait_for_end() == 0
        assert b"goes on" not in bytes(session.wire)[-200:]
