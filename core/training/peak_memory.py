"""The most memory held since the last reset: of a GPU, or of this process."""

import resource
import sys
from pathlib import Path

import psutil
import torch

from core.machine import read_memory

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class PeakMemory:
    """Measures the peak on one device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def reset(self) -> None:
        """Begin anew; where the system cannot, the peak is that of the process's whole life."""
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            return
        try:
            _CLEAR.write_text("5")
        except OSError:
            return

    def read(self) -> int:
        """Return the bytes."""
        if self._device.type == "cuda":
            return int(torch.cuda.max_memory_reserved(self._device))
        try:
            lines = _STATUS.read_text().splitlines()
        except OSError:
            unit = 1 if sys.platform == "darwin" else 1024
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    def resident(self) -> int:
        """Return the bytes held now."""
        if self._device.type == "cuda":
            return int(torch.cuda.memory_reserved(self._device))
        return int(psutil.Process().memory_info().rss)

    def capacity(self) -> int:
        """Return the bytes this process holds or could still take."""
        if self._device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self._device)
            return int(free) + self.resident()
        return read_memory().available + self.resident()


def ran_out_of_memory(error: Exception) -> bool:
    """Whether a call failed for want of memory, on a GPU or on a processor."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return "allocate memory" in str(error)
