"""What the machine lacks: speed, memory, or disk."""

import msgspec
from msgspec.structs import replace

from core.events.rule import Rule, median
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    Event,
    PhaseEntered,
    ResourceRead,
    StepLogged,
    WorkerStarted,
)

_WINDOW = 20
_SKIPPED = 5
"""First steps, which caches and compilers make slow."""
_SLOW = 0.6
_TIGHT = 0.95
_CREEP_READS = 12
"""Reads of one window: two minutes."""
_CREEP = 1.2
_CHECKPOINTS_OF_SPACE = 2
_SPACE_FLOOR = 200_000_000
_MB = 1_000_000


class Slow(msgspec.Struct, frozen=True, kw_only=True):
    """Steps are far slower than this run's own at the beginning."""

    seen: int = 0
    usual: float | None = None
    """Tokens a second, or steps a second where tokens are not counted, at the beginning."""
    recent: tuple[float, ...] = ()
    said: bool = False

    def look(self, event: Event) -> tuple["Slow", AlertRaised | None]:
        """Say it once an episode."""
        if isinstance(event, WorkerStarted):
            return Slow(), None
        if not isinstance(event, StepLogged) or event.seconds <= 0:
            return self, None
        speed = (event.tokens or 1) / event.seconds
        after = replace(self, seen=self.seen + 1, recent=(*self.recent[1 - _WINDOW :], speed))
        if self.seen < _SKIPPED or len(after.recent) < _WINDOW:
            return replace(after, recent=()) if self.seen < _SKIPPED else after, None
        now = median(after.recent)
        if self.usual is None:
            return replace(after, usual=now, recent=()), None
        slow = now < _SLOW * self.usual
        after = replace(after, said=slow)
        if not slow or self.said:
            return after, None
        return after, AlertRaised(
            rule="slow",
            level="warning",
            step=event.step,
            message=f"The last {_WINDOW} steps ran at {now / self.usual:.0%} of the usual speed.",
            action="Another process or heat may be behind it; pausing frees the device.",
            evidence={"speed": now, "usual": self.usual},
            key="pause",
        )


class MemoryTight(msgspec.Struct, frozen=True, kw_only=True):
    """Nearly all memory of a device or of the machine is in use."""

    tight: bool = False

    def look(self, event: Event) -> tuple["MemoryTight", AlertRaised | None]:
        """Say it once an episode."""
        if not isinstance(event, ResourceRead):
            return self, None
        pools = [(f"GPU {gpu.index}", gpu.used, gpu.total) for gpu in event.gpus]
        if event.ram_used is not None and event.ram_total:
            pools.append(("this machine", event.ram_used, event.ram_total))
        full = [pool for pool in pools if pool[1] > _TIGHT * pool[2]]
        if not full or self.tight:
            return MemoryTight(tight=bool(full)), None
        where, used, total = full[0]
        return MemoryTight(tight=True), AlertRaised(
            rule="memory_tight",
            level="warning",
            step=0,
            message=f"{used / total:.0%} of the memory of {where} is in use.",
            action="A checkpoint now is safe; a smaller batch.tokens needs less.",
            evidence={"used_mb": float(used // _MB), "total_mb": float(total // _MB)},
            key="checkpoint",
        )


class MemoryCreep(msgspec.Struct, frozen=True, kw_only=True):
    """The worker's memory grows from window to window, as with a leak."""

    training: bool = False
    lows: tuple[int, ...] = ()
    """The smallest reading of each window since training began."""
    reads: tuple[int, ...] = ()
    """Readings of the window under way."""
    said: bool = False

    def look(self, event: Event) -> tuple["MemoryCreep", AlertRaised | None]:
        """Judge three windows in a row."""
        if isinstance(event, WorkerStarted):
            return MemoryCreep(), None
        if isinstance(event, PhaseEntered):
            training = self.training or event.name == "training"
            return replace(self, training=training), None
        if not isinstance(event, ResourceRead) or not self.training:
            return self, None
        reads = (*self.reads, event.rss)
        if len(reads) < _CREEP_READS:
            return replace(self, reads=reads), None
        lows = (*self.lows[-2:], min(reads))
        after = replace(self, lows=lows, reads=())
        rising = len(lows) == 3 and lows[0] < lows[1] < lows[2] and lows[2] > _CREEP * lows[0]
        if not rising or self.said:
            return after, None
        return replace(after, said=True), AlertRaised(
            rule="memory_creep",
            level="warning",
            step=0,
            message=f"The worker's memory grew from {lows[0] // _MB:,} to {lows[2] // _MB:,} MB.",
            action="A pause and a resume begin with fresh memory; nothing is lost.",
            evidence={"from_mb": float(lows[0] // _MB), "to_mb": float(lows[2] // _MB)},
            key="pause",
        )


class DiskLow(msgspec.Struct, frozen=True, kw_only=True):
    """There is no room for two more checkpoints."""

    checkpoint: int = 0
    """Bytes of the newest checkpoint."""
    low: bool = False

    def look(self, event: Event) -> tuple["DiskLow", AlertRaised | None]:
        """Say it once an episode."""
        if isinstance(event, CheckpointSaved):
            return replace(self, checkpoint=event.bytes or 0), None
        if not isinstance(event, ResourceRead):
            return self, None
        needed = max(_CHECKPOINTS_OF_SPACE * self.checkpoint, _SPACE_FLOOR)
        low = event.disk_free < needed
        after = replace(self, low=low)
        if not low or self.low:
            return after, None
        return after, AlertRaised(
            rule="disk_low",
            level="critical",
            step=0,
            message=f"Only {event.disk_free // _MB} MB are free for this job.",
            action="Free some space before the next checkpoint is due, or pause until there is.",
            evidence={"free_mb": float(event.disk_free // _MB), "needed_mb": float(needed // _MB)},
            key="pause",
        )


RULES: tuple[type[Rule], ...] = (Slow, MemoryTight, MemoryCreep, DiskLow)
