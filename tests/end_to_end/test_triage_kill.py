"""Mending that is killed at any moment has lost nothing that it showed as saved."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.data.triage.desk import journal_path
from core.data.triage.journal import read
from core.data.triage.replay import plan
from core.workspace import Workspace, create_workspace, open_workspace

SHA256 = "ab" * 32
MENDING = """
import os, random, sys
from datetime import UTC, datetime
from pathlib import Path
from core.data.triage.desk import Desk
from core.data.triage.operations import Drop, Edit, Fix, Keep
from core.workspace import open_workspace

now, rng = datetime(2026, 5, 4, tzinfo=UTC), random.Random(int(sys.argv[2]))
source = Path(sys.argv[1]) / "rows.jsonl"
desk = Desk.open(
    open_workspace(Path(sys.argv[1])), source, sha256=sys.argv[3], salt=b"s" * 16, by="a", now=now
)
while True:
    rows = tuple(rng.sample(range(1, 500), rng.randint(1, 300)))
    change = rng.choice([
        Drop(rows=rows),
        Keep(rows=rows, check="duplicate", reason="x" * rng.randint(0, 900)),
        Fix(rows=rows, fix="drop_invisible:1"),
        Edit(row=rows[0], text=0, value="word " * rng.randint(0, 400)),
    ])
    act = rng.choice(["do", "do", "do", "undo", "redo"])
    said = getattr(desk, act)(*([change] if act == "do" else []), now=now)
    if said is not None:
        os.write(1, b"%d %s\\n" % (len(desk.journal.entries), desk.journal.end.hex().encode()))
"""


def killed(workspace: Workspace, seed: int) -> list[tuple[int, str]]:
    """Let a process mend, kill it at a random moment and return what it showed as saved."""
    rng = random.Random(seed)
    child = subprocess.Popen(
        [sys.executable, "-c", MENDING, str(workspace.root), str(seed), SHA256],
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    # The moment lies anywhere in an operation; nothing hangs on how long it is.
    time.sleep(rng.uniform(0, 0.03))
    child.kill()
    lines += child.stdout.read().splitlines(keepends=True)
    child.wait()
    child.stdout.close()
    shown = [line.split() for line in lines if line.endswith(b"\n")]
    return [(int(count), end.decode()) for count, end in shown]


def lose_nothing(root: Path, kills: int) -> None:
    workspace = create_workspace(root)
    saved = 0
    for seed in range(kills):
        shown = killed(workspace, seed)
        journal = read(journal_path(open_workspace(root), SHA256))
        count, end = shown[-1]
        assert count in {len(journal.entries), len(journal.entries) - 1}
        ends = {len(journal.entries): journal.end.hex()}
        ends |= {entry.seq - 1: entry.prev for entry in journal.entries}
        assert all(ends[number] == hash for number, hash in shown)
        assert ends[count] == end
        plan(journal.standing.steps)
        assert count > saved
        saved = len(journal.entries)


def test_kill_9_loses_at_most_what_was_not_shown_as_saved(tmp_path: Path) -> None:
    lose_nothing(tmp_path / "w", 5)


@pytest.mark.slow
def test_kill_9_loses_nothing_shown_at_very_many_moments(tmp_path: Path) -> None:
    lose_nothing(tmp_path / "w", 150)
