import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from core.jobs import lock, process
from core.jobs.liveness import examine, judge, look
from core.jobs.process import Here
from core.workspace import RunFolder

HERE = Here("gpu3", "boot-1", "pid:[1]")
HOLDER = lock.Holder(
    run="r",
    attempt=1,
    since=0.0,
    host="gpu3",
    boot_id="boot-1",
    pid_space="pid:[1]",
    pid=7,
    start_time=100.0,
)


def started(pid: int) -> float | None:
    return 100.0 if pid == 7 else None


def other(**changes: object) -> lock.Holder:
    return msgspec.structs.replace(HOLDER, **changes)


@pytest.mark.parametrize(
    ("why", "held", "holder", "answer"),
    [
        ("the worker holds its lock", True, HOLDER, "alive"),
        ("locks lie, the process is there", False, HOLDER, "alive"),
        ("there are no locks, the process is there", None, HOLDER, "alive"),
        ("the process is gone", False, other(pid=8), "gone"),
        ("a left over child holds the lock", True, other(pid=8), "gone"),
        ("the pid belongs to another process now", False, other(start_time=99.0), "gone"),
        ("the same, and locks lie", None, other(start_time=99.0), "gone"),
        ("the machine was booted since", False, other(boot_id="boot-0"), "gone"),
        ("the same, with the pid in use again", None, other(boot_id="boot-0"), "gone"),
        ("another machine holds the lock", True, other(host="x", boot_id="b"), "alive"),
        ("another machine had it", False, other(host="x", boot_id="b"), "unknown"),
        ("another machine had it, no locks", None, other(host="x", boot_id="b"), "unknown"),
        ("a container of this machine holds it", True, other(pid_space="pid:[2]"), "alive"),
        ("a container of this machine had it", False, other(pid_space="pid:[2]"), "gone"),
        ("its worker is being started", True, other(pid=None), "alive"),
        ("its start was cut off", False, other(pid=None), "gone"),
        ("nobody ever held it", False, None, "gone"),
        ("the note is damaged", True, None, "alive"),
        ("nothing can be told", None, None, "unknown"),
    ],
)
def test_lock_and_process_together_say_who_lives(
    why: str, held: bool | None, holder: lock.Holder | None, answer: str
) -> None:
    assert judge(held, holder, HERE, started) == answer, why


def test_a_process_is_named_by_its_start_and_not_by_its_pid_alone() -> None:
    mine = process.start_time(os.getpid())
    assert mine is not None
    assert mine == process.start_time(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        begun = process.start_time(child.pid)
        assert begun is not None
        assert begun >= mine
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert process.start_time(child.pid) is None, "a zombie is no living process"
    finally:
        child.communicate()
    assert process.start_time(child.pid) is None


def test_viewers_do_not_see_each_other_as_the_worker(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    path.touch()
    answers: set[bool | None] = set()

    def test_it() -> None:
        answers.update(lock.is_held(path) for _ in range(3000))

    viewers = [threading.Thread(target=test_it) for _ in range(4)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert answers == {False}


def test_whoever_wants_the_lock_gets_it_while_viewers_look(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    path.touch()
    watching = True

    def watch() -> None:
        while watching:
            lock.is_held(path)

    viewers = [threading.Thread(target=watch) for _ in range(3)]
    for viewer in viewers:
        viewer.start()
    try:
        for _ in range(50):
            descriptor = lock.take(path)
            assert descriptor is not None
            assert lock.is_held(path)
            os.close(descriptor)
    finally:
        watching = False
        for viewer in viewers:
            viewer.join()


def test_a_look_in_progress_delays_the_lock_and_does_not_refuse_it(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    path.touch()
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    end = threading.Timer(0.2, os.close, (looking,))
    end.start()
    descriptor = lock.take(path)
    end.join()
    assert descriptor is not None
    os.close(descriptor)


def test_a_lock_that_is_kept_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    descriptor = lock.take(path)
    assert descriptor is not None
    assert lock.take(path, patience=0.05) is None
    os.close(descriptor)


def test_a_note_is_read_while_the_lock_is_held_and_after(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    descriptor = lock.take(folder.lock)
    assert descriptor is not None
    lock.write_holder(descriptor, other(run="a" * 80, pid=None), folder.lock)
    lock.write_holder(descriptor, HOLDER, folder.lock)
    assert lock.read_holder(folder.lock) == HOLDER
    assert examine(folder).holder == HOLDER
    os.close(descriptor)
    assert lock.read_holder(folder.lock) == HOLDER
    assert folder.lock.stat().st_mode & 0o077 == 0


def test_a_job_without_a_lock_is_gone(tmp_path: Path) -> None:
    assert look(RunFolder(tmp_path)) == "gone"


def test_where_there_are_no_locks_a_worker_still_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(_descriptor: int, _operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", unsupported)
    path = tmp_path / "run.lock"
    descriptor = lock.take(path)
    assert descriptor is not None
    assert lock.is_held(path) is None
    os.close(descriptor)
