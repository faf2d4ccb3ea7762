"""What this machine has: processors, memory, disk and GPUs, without importing torch."""

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.text_safety import visible

_CGROUP_MEMORY = Path("/sys/fs/cgroup/memory.max")
_CGROUP_USED = Path("/sys/fs/cgroup/memory.current")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU as the driver describes it."""

    index: int
    """The number that `cuda:N` means."""
    name: str
    memory_total: int
    """Bytes."""
    memory_used: int
    """Bytes, by all processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a job could use here, now."""

    host: str
    system: str
    python: str
    cores: int
    """Processors this process may use, which a container can make fewer than there are."""
    memory_total: int
    """Bytes, or the container's limit where that is smaller."""
    memory_available: int
    """Bytes that could be taken without swapping."""
    disk_free: int
    """Bytes a user may still write where the workspace is."""
    gpus: tuple[Gpu, ...]
    gpu_note: str
    """Why no GPU is listed; empty when one is."""


def read_machine(folder: Path) -> Machine:
    """Return the machine as it is now; disk is that of `folder`."""
    memory = psutil.virtual_memory()
    limit = _memory_limit(_CGROUP_MEMORY)
    gpus, note = read_gpus()
    return Machine(
        host=visible(platform.node()),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        cores=usable_cores(),
        memory_total=min(memory.total, limit or memory.total),
        memory_available=min(memory.available, limit or memory.available),
        disk_free=shutil.disk_usage(_existing(folder)).free,
        gpus=gpus,
        gpu_note=note,
    )


def memory_free() -> int:
    """Return the bytes of memory that could be taken without swapping."""
    free = psutil.virtual_memory().available
    limit = _memory_limit(_CGROUP_MEMORY)
    used = _memory_limit(_CGROUP_USED)
    return free if limit is None or used is None else min(free, max(0, limit - used))


def usable_cores() -> int:
    """Return how many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_gpus() -> tuple[tuple[Gpu, ...], str]:
    """Return the GPUs the driver knows, and why there are none if there are none."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return (), _no_gpu_reason(str(error))
    try:
        gpus = tuple(_read_gpu(pynvml, index) for index in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError as error:
        return (), _no_gpu_reason(str(error))
    finally:
        pynvml.nvmlShutdown()
    return gpus, "" if gpus else "The NVIDIA driver answers, but lists no GPU."


def _read_gpu(nvml: object, index: int) -> Gpu:
    """Return one GPU through the given NVML module."""
    handle = nvml.nvmlDeviceGetHandleByIndex(index)  # type: ignore[attr-defined]
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)  # type: ignore[attr-defined]
    name = nvml.nvmlDeviceGetName(handle)  # type: ignore[attr-defined]
    return Gpu(
        index=index,
        name=visible(name.decode() if isinstance(name, bytes) else str(name)),
        memory_total=int(memory.total),
        memory_used=int(memory.used),
    )


def _no_gpu_reason(said: str) -> str:
    """Return why no GPU can be listed, in words for a person."""
    return f"No NVIDIA driver answered ({visible(said)})."


def _memory_limit(path: Path) -> int | None:
    """Return the container's memory limit in bytes, or None when it has none."""
    try:
        said = path.read_text().strip()
    except OSError:
        return None
    return int(said) if said.isdigit() else None


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    folder = folder.absolute()
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))


def human_bytes(count: int) -> str:
    """Return a size with one decimal in the largest unit that keeps it above 1."""
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"
