"""What this worker uses, from the standard library alone."""

import os
import resource
import shutil
import sys
import time
from pathlib import Path

from core.events.schema import ResourceRead

_STATM = Path("/proc/self/statm")


class Usage:
    """Reads the worker's memory, processor share and disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wall = time.monotonic()
        self._busy = time.process_time()

    def read(self) -> ResourceRead:
        """Return the use now; the processor share is that since the last call."""
        wall, busy = time.monotonic(), time.process_time()
        share = (busy - self._busy) / max(wall - self._wall, 1e-9)
        self._wall, self._busy = wall, busy
        free = shutil.disk_usage(self._folder).free
        return ResourceRead(rss=_rss(), cpu=round(share, 3), disk_free=free)


def _rss() -> int:
    """Return the bytes of memory held now, or the most ever held where now is not told."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return pages * os.sysconf("SC_PAGE_SIZE")
