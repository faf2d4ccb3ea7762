"""What this worker and its machine use, asked of the system and of the driver, never of torch."""

import shutil
import time
from pathlib import Path

import psutil

from core.events.parts import GpuRead
from core.events.schema import ResourceRead
from core.machine import read_gpu_use, read_memory


class Usage:
    """Reads the worker's memory and processor share, and the machine's memory, disk and GPUs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wall = time.monotonic()
        self._busy = time.process_time()
        self._process = psutil.Process()

    def read(self) -> ResourceRead:
        """Return the use now; the processor share is that since the last call."""
        wall, busy = time.monotonic(), time.process_time()
        share = (busy - self._busy) / max(wall - self._wall, 1e-9)
        self._wall, self._busy = wall, busy
        memory = read_memory()
        return ResourceRead(
            rss=self._process.memory_info().rss,
            cpu=round(share, 3),
            disk_free=shutil.disk_usage(self._folder).free,
            ram_used=memory.total - memory.available,
            ram_total=memory.total,
            gpus=tuple(
                GpuRead(
                    index=gpu.index,
                    used=gpu.used,
                    total=gpu.total,
                    busy=gpu.busy,
                    celsius=gpu.celsius,
                )
                for gpu in read_gpu_use()
            ),
        )
