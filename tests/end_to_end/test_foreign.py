"""`tuningfork watch PATH` in a real terminal, while another program writes."""

from datetime import UTC, datetime
from pathlib import Path

from tests.support.command import TUNINGFORK
from tests.support.foreign_runs import event, point, record, scalar
from tests.support.hostile import HOSTILE
from tests.support.pty_session import PtySession, environment

EVENTS = "events.out.tfevents.1700000000.host.1.0"
PLANTED = (b"\x1b]52", b"\x1b]0;owned", b"\x1b[2J\x1b[H\x1b[31m", b"\x1bP", b"\xc2\x9b")


def test_a_run_of_another_program_is_followed_live_and_obeyed_in_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "out\x1b]0;owned\x07"
    folder.mkdir()
    now = datetime.now(UTC).timestamp() - 60
    words = [word.encode(errors="replace") for word in HOSTILE if word]
    path = folder / EVENTS
    path.write_bytes(b"".join(record(event(1, [scalar(word, 1.0)], wall=now)) for word in words))
    with PtySession([TUNINGFORK, "watch", str(folder)], env=environment(tmp_path)) as session:
        session.wait_for("no step yet")
        with path.open("ab") as file:
            for step in range(2, 40):
                file.write(point(step, wall=now + step, train__loss=4.0 / step))
            file.flush()
            session.wait_for("seems to run")
            session.wait_for("step 39")
            file.write(point(40, wall=now + 41, train__loss=0.5)[:-3])
            file.flush()
            session.pump(1.0)
            assert "step 40" not in session.text
        session.send("v")
        session.wait_for("tuningfork watch")
        session.send("\x1b")
        session.wait_for("step 39")
        session.send("q")
        assert session.wait_for_end() == 0
    assert not [bytes(sequence) for sequence in PLANTED if sequence in session.wire]
    assert sorted(one.name for one in folder.iterdir()) == [EVENTS]
