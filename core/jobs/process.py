"""Says which process, on which boot of which machine, without trusting the clock."""

import os
import pwd
from pathlib import Path
from typing import NamedTuple

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROC = Path("/proc")
_PID_SPACE = Path("/proc/self/ns/pid")
_START_TICKS = 19
"""Place of the start time in /proc/PID/stat, counted after the name."""
_DEAD = {b"Z", b"X", b"x"}


class Here(NamedTuple):
    """This machine, as of this boot."""

    host: str
    boot_id: str
    """Another one after every boot."""
    pid_space: str = ""
    """Within which pids mean something: a container has its own; empty where there are none."""


def here() -> Here:
    """Return which machine and boot this is."""
    try:
        space = str(_PID_SPACE.readlink())
    except OSError:
        space = ""
    return Here(os.uname().nodename, _boot_id(), space)


def user() -> str:
    """Return the name of the user this process runs as."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def start_time(pid: int) -> float | None:
    """Return when a process began, in the system's count; None when it is gone or a zombie.

    On Linux the count runs from boot, so that setting the clock changes nothing; together with
    the pid and the boot it names one process for ever.
    """
    if not _PROC.joinpath("self", "stat").exists():
        return _start_time_elsewhere(pid)
    try:
        stat = _PROC.joinpath(str(pid), "stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(b")")[2].split()
    if fields[0] in _DEAD:
        return None
    return int(fields[_START_TICKS]) / os.sysconf("SC_CLK_TCK")


def _start_time_elsewhere(pid: int) -> float | None:
    import psutil  # 90 modules that Linux does without

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        import psutil

        return f"booted-{psutil.boot_time():.0f}"
