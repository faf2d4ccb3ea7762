import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from core import machine
from core.jobs.usage import Usage
from core.machine import read_gpu_use, read_memory


class NVMLError(Exception):
    """What the driver's library raises."""


def driver(*, sensors: bool) -> SimpleNamespace:
    def asked(value: object) -> object:
        if not sensors:
            raise NVMLError("Not Supported")
        return value

    return SimpleNamespace(
        NVMLError=NVMLError,
        NVML_TEMPERATURE_GPU=0,
        nvmlInit=lambda: None,
        nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetMemoryInfo=lambda _: SimpleNamespace(total=80 << 30, used=20 << 30),
        nvmlDeviceGetUtilizationRates=lambda _: asked(SimpleNamespace(gpu=93)),
        nvmlDeviceGetTemperature=lambda *_: asked(61),
    )


@pytest.mark.parametrize(("sensors", "shown"), [(True, (0.93, 61)), (False, (0.0, None))])
def test_a_worker_tells_what_its_machine_and_gpus_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sensors: bool, shown: tuple[float, int | None]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", driver(sensors=sensors))
    read = Usage(tmp_path).read()
    assert read.rss > 1_000_000
    assert read.ram_total is not None
    assert read.ram_used is not None
    assert 0 < read.ram_used < read.ram_total
    (gpu,) = read.gpus
    assert (gpu.index, gpu.used, gpu.total) == (0, 20 << 30, 80 << 30)
    assert (gpu.busy, gpu.celsius) == shown


def test_a_machine_without_a_driver_has_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NVMLError("no driver")

    silent = driver(sensors=True)
    silent.nvmlInit = refuse
    monkeypatch.setitem(sys.modules, "pynvml", silent)
    assert read_gpu_use() == ()


def test_the_memory_of_a_container_is_what_its_limit_leaves_without_the_cache_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text("100000\n")
    (tmp_path / "memory.current").write_text("70000\n")
    (tmp_path / "memory.stat").write_text("anon 30000\ninactive_file 40000\n")
    monkeypatch.setattr(machine, "_CGROUP_MEMORY", tmp_path / "memory.max")
    assert read_memory() == (100_000, 70_000)
