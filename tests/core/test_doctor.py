from pathlib import Path

import pytest

from core import doctor
from core.data.kernel import library
from core.doctor import as_json, diagnose
from core.extras import install_command
from core.machine import Gpu, Machine, read_gpus, read_machine
from core.sizes import human_bytes
from core.workspace import create_workspace


def _subjects(found: tuple[doctor.Diagnosis, ...]) -> dict[str, doctor.Diagnosis]:
    return {one.subject: one for one in found}


def test_everything_that_is_not_well_names_one_act_that_mends_it(tmp_path: Path) -> None:
    for one in diagnose(None, tmp_path):
        assert (one.state == "ok") == (one.remedy == ""), one


def test_a_missing_extra_is_named_with_the_command_that_adds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "missing_packages", lambda: ("torch", "peft"))
    one = _subjects(diagnose(None, tmp_path))["local training"]
    assert one.state == "limited"
    assert "torch, peft" in one.finding
    assert one.remedy == install_command()
    assert "[local]" in one.remedy


def test_a_damaged_database_is_broken_and_not_healthy(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path)
    workspace.database.write_bytes(b"no database" * 1000)
    found = diagnose(workspace, tmp_path)
    assert _subjects(found)["database"].state == "broken"
    assert as_json(found)["healthy"] is False


def test_a_healthy_workspace_is_healthy(tmp_path: Path) -> None:
    assert as_json(diagnose(create_workspace(tmp_path), tmp_path))["healthy"] is True


def test_little_memory_and_disk_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Gpu(index=0, name="Big", memory_total=2**36, memory_used=2**30)
    small = Machine(
        host="h",
        system="s",
        python="3.11",
        cores=1,
        memory_total=2**30,
        memory_available=2**29,
        disk_free=2**20,
        gpus=(gpu,),
        gpu_note="",
    )
    monkeypatch.setattr(doctor, "read_machine", lambda _folder: small)
    found = _subjects(diagnose(None, tmp_path))
    assert found["memory"].state == found["disk"].state == "limited"
    assert found["gpu 0"].finding == "Big, 1.0 GB of 64.0 GB used: cuda:0"
    assert "gpu" not in found


def test_the_machine_is_read_without_a_gpu_driver(tmp_path: Path) -> None:
    machine = read_machine(tmp_path / "not" / "there" / "yet")
    assert machine.cores >= 1
    assert 0 < machine.memory_available <= machine.memory_total
    gpus, note = read_gpus()
    assert bool(gpus) != bool(note)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (5 * 2**40, "5.0 TB")]
)
def test_sizes_are_said_in_the_largest_fitting_unit(count: int, words: str) -> None:
    assert human_bytes(count) == words


def test_missing_loops_are_said_with_what_builds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "loaded", lambda: None)
    one = _subjects(diagnose(None, tmp_path))["inspecting"]
    assert one.state == "limited"
    assert "compiler" in one.remedy


def test_loops_that_were_built_are_those_of_this_source() -> None:
    source = library.FILE.with_name("version.c").read_text()
    assert f"return {library.VERSION};" in source
    assert library.loaded() is not None or not library.FILE.exists()
