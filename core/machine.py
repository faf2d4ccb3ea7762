"""What this machine has: processors, memory, disk and GPUs, without importing torch."""

import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from core.text_safety import visible

_CGROUP_MEMORY = Path("/sys/fs/cgroup/memory.max")


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
    memory = read_memory()
    gpus, note = read_gpus()
    return Machine(
        host=visible(platform.node()),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        cores=usable_cores(),
        memory_total=memory.total,
        memory_available=memory.available,
        disk_free=shutil.disk_usage(_existing(folder)).free,
        gpus=gpus,
        gpu_note=note,
    )


def expected_device(asked: str, gpus: Sequence[Gpu]) -> str:
    """Return the device that a recipe's word stands for here, as far as the driver tells."""
    if asked == "auto":
        return f"cuda:{gpus[0].index}" if gpus else "cpu"
    return "cuda:0" if asked == "cuda" else asked


class Memory(NamedTuple):
    """Bytes of this machine, or of the container where that has less."""

    total: int
    available: int
    """What could be taken without swapping."""


def read_memory() -> Memory:
    """Return how much memory there is and how much of it could be taken."""
    memory = psutil.virtual_memory()
    limit = _number(_CGROUP_MEMORY)
    if limit is None or limit >= memory.total:
        return Memory(memory.total, memory.available)
    used = (_number(_CGROUP_MEMORY.with_name("memory.current")) or 0) - _cached()
    return Memory(limit, max(0, min(memory.available, limit - used)))


def _cached() -> int:
    """Return the bytes of the container that only spare the reading of files."""
    try:
        lines = _CGROUP_MEMORY.with_name("memory.stat").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuUse:
    """One GPU at one moment."""

    index: int
    used: int
    """Bytes of its memory in use by anybody."""
    total: int
    busy: float
    """Share of time something ran on it."""
    celsius: int | None
    """None where the driver does not tell."""


def read_gpu_use() -> tuple[GpuUse, ...]:
    """Return what every GPU is doing; nothing where there is none or the driver is silent."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        return tuple(_read_gpu_use(pynvml, index) for index in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError:
        return ()
    finally:
        pynvml.nvmlShutdown()


def _read_gpu_use(nvml: Any, index: int) -> GpuUse:
    """Return what one GPU is doing, through the given NVML module; some tell less than others."""
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    try:
        busy = nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
    except nvml.NVMLError:
        busy = 0.0
    try:
        celsius = int(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
    except nvml.NVMLError:
        celsius = None
    return GpuUse(
        index=index,
        used=int(memory.used),
        total=int(memory.total),
        busy=float(busy),
        celsius=celsius,
    )


def _no_gpu_reason(said: str) -> str:
    """Return why no GPU can be listed, in words for a person."""
    return f"No NVIDIA driver answered ({visible(said)})."


def _number(path: Path) -> int | None:
    """Return a figure of the container, or None where there is no container or no limit."""
    try:
        said = path.read_text().strip()
    except OSError:
        return None
    return int(said) if said.isdigit() else None


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    folder = folder.absolute()
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
