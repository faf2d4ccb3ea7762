"""Whether a job's worker lives: known from its lock and its process, never from silence."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from core.jobs import process
from core.jobs.lock import Holder, is_held, read_holder
from core.jobs.process import Here
from core.workspace import RunFolder

Liveness = Literal["alive", "gone", "unknown"]
"""`unknown`: another machine had the job, and its lock is not seen from here."""


class Sight(NamedTuple):
    """What a look at a job's lock found."""

    liveness: Liveness
    holder: Holder | None
    """Who holds, or last held, the lock; None when nobody wrote it down."""


def look(folder: RunFolder) -> Liveness:
    """Return whether the job's worker lives."""
    return examine(folder).liveness


def examine(folder: RunFolder) -> Sight:
    """Return whether the job's worker lives, and who it is."""
    held = is_held(folder.lock)
    holder = read_holder(folder.lock)
    return Sight(judge(held, holder, process.here(), process.start_time), holder)


def judge(
    held: bool | None,
    holder: Holder | None,
    here: Here,
    start_time_of: Callable[[int], float | None],
) -> Liveness:
    """Return what the lock and the note in it add up to on this machine.

    A pid counts only together with its start time, on the same boot, among the same pids.
    """
    by_lock: Liveness = "unknown" if held is None else "alive" if held else "gone"
    if holder is None or holder.pid is None:
        return by_lock
    if holder.boot_id == here.boot_id:
        if (holder.host, holder.pid_space) != (here.host, here.pid_space):
            return by_lock
        return "alive" if start_time_of(holder.pid) == holder.start_time else "gone"
    if held:
        return "alive"
    return "gone" if holder.host == here.host else "unknown"
