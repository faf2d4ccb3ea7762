"""Real rater processes at once, killed at random, while every rating they were told of stays."""

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.scoring.answered_items import AnsweredItem
from core.scoring.study.folder import StudyFolder
from core.scoring.study.lock import lock_study
from core.scoring.study.opened import ratings_of, read_locked, read_logs, read_sealed
from core.scoring.study.plan import make_plan
from core.scoring.study.verify import verify_study
from core.workspace import create_workspace

_NAMES = ("base", "few", "rag", "tuned")
_RATER = """
import sys
from pathlib import Path
from core.scoring.study.folder import StudyFolder
from core.scoring.study.session import RatingSession

with RatingSession(StudyFolder(Path(sys.argv[1])), sys.argv[2]) as session:
    while (task := session.next()) is not None:
        for place in session.missing(task):
            session.rate(task, place, 3)
            print(task.met[0], task.met[1], task.sides[place].id, flush=True)
        session.commit(task)
        print("done", task.met[0], task.met[1], flush=True)
"""
"""A rater says what is saved only after it is."""


def _study(folder: Path, items: int, raters: int) -> StudyFolder:
    answered = [
        AnsweredItem(
            id=f"i{number}",
            prompt=(("user", f"question {number}"),),
            reference=None,
            answers={name: f"{number} {name[::-1]}" for name in _NAMES},
        )
        for number in range(items)
    ]
    plan = make_plan(
        {"name": "many", "raters_per_item": raters, "repeats": 0.0, "traps": 0}, where=""
    )
    workspace = create_workspace(folder / "workspace")
    return lock_study(workspace, plan, answered, holdout="", now=datetime.now(UTC))


def _rate_through_kills(folder: StudyFolder, tmp_path: Path, raters: int, kills: int) -> set[str]:
    """Let raters work, kill some again and again, and return every line that any was told."""
    dice = random.Random(5)
    told: list[Path] = []
    now: dict[str, Path] = {}
    running: dict[str, subprocess.Popen[bytes]] = {}

    def start(rater: str) -> None:
        now[rater] = tmp_path / f"{rater}-{len(told)}.txt"
        told.append(now[rater])
        with now[rater].open("wb") as out:
            command = [sys.executable, "-P", "-c", _RATER, str(folder.path), rater]
            running[rater] = subprocess.Popen(command, stdout=out)

    names = [f"r{number}" for number in range(raters)]
    for name in names:
        start(name)
    while kills:
        name = dice.choice(names)
        size = now[name].stat().st_size
        while now[name].stat().st_size == size and running[name].poll() is None:
            time.sleep(0.005)
        running[name].send_signal(signal.SIGKILL)
        running[name].wait()
        start(name)
        kills -= 1
    # Who found the last items held by others left; they come back until nothing is missing.
    for _ in range(20):
        for process in running.values():
            process.wait(timeout=300)
        if not verify_study(folder).missing:
            break
        for name in names:
            start(name)
    assert not verify_study(folder).missing
    return {line for path in told for line in path.read_text().splitlines(keepends=True)}


def _check(folder: StudyFolder, told: set[str], ratings: int) -> None:
    locked = read_locked(folder)
    logs = read_logs(folder, locked)
    assert verify_study(folder).problems == ()
    saved = set()
    for standing in logs.standings.values():
        saved |= {f"{one.item} {one.occurrence} {one.side}\n" for one in standing.all("rate")}
        saved |= {f"done {one.item} {one.occurrence}\n" for one in standing.all("commit")}
    assert {line for line in told if line.endswith("\n")} <= saved
    counted = list(ratings_of(locked, logs, read_sealed(folder)))
    assert len(counted) == len({(one.item, one.contender, one.rater) for one in counted}) == ratings


def test_what_three_raters_were_told_is_there_after_kills(tmp_path: Path) -> None:
    folder = _study(tmp_path, items=12, raters=2)
    told = _rate_through_kills(folder, tmp_path, raters=3, kills=4)
    _check(folder, told, ratings=12 * 2 * 4)


@pytest.mark.slow
def test_eight_raters_3200_ratings_and_60_kills(tmp_path: Path) -> None:
    folder = _study(tmp_path, items=100, raters=8)
    told = _rate_through_kills(folder, tmp_path, raters=8, kills=60)
    _check(folder, told, ratings=3_200)
