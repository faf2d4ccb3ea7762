"""Exporting from the command line, with a real worker."""

import json
from pathlib import Path

import pytest

from core.events.schema import PhaseEntered
from core.release.package import made_by
from core.workspace import Workspace
from tests.support.command import tuningfork
from tests.support.jobs import kill, read_events, wait_for_state, wait_until
from tests.support.path_job import make_workspace
from tests.support.tiny_families import save_tiny_family
from tests.support.tuned_run import RUN, add_tuned_run

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = make_workspace(tmp_path / "ws")
    add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=True))
    return workspace


def test_a_merged_model_is_written_with_its_proof_and_never_over_another(
    workspace: Workspace, tmp_path: Path
) -> None:
    words = ("export", RUN, "--to", "merged", "out", "-w", workspace.root)
    done = tuningfork(*words, cwd=tmp_path)
    assert done.code == 0, done
    assert "finished: Equal to the trained model" in done.out
    assert (tmp_path / "out" / "model.safetensors").is_file()
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    again = tuningfork(*words, cwd=tmp_path)
    assert again.code == 2
    assert "exists already" in again.err
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert "serve with: cd out && sh serve.sh" in done.out
    assert "not proven: `tuningfork parity out`" in done.out
    done = tuningfork("export", "--verify", "out", cwd=tmp_path)
    assert done.code == 0, done
    assert "files as they were written" in done.out
    proven = tuningfork("parity", "out", "--items", "2", "-w", workspace.root, cwd=tmp_path)
    assert proven.code == 0, proven
    assert "Proven: 2 of 2 answers are the same to the last token" in proven.out
    done = tuningfork("export", "--verify", "out", cwd=tmp_path)
    assert "Proven: 2 of 2" in done.out
    (tmp_path / "out" / "config.json").write_text("{}")
    done = tuningfork("export", "--verify", "out", "--json", cwd=tmp_path)
    assert done.code == 1
    assert (done.json["changed"], done.json["intact"]) == (["config.json"], False)


def test_a_program_reads_the_manifest(workspace: Workspace, tmp_path: Path) -> None:
    done = tuningfork(
        "export", RUN, "a", "--to", "adapter", "--json", "-w", workspace.root, cwd=tmp_path
    )
    assert done.code == 0, done
    assert done.json == json.loads((tmp_path / "a" / "manifest.json").read_bytes())
    assert done.json["equality"]["equal"] is True
    assert "adapter_model.safetensors" in done.json["files"]


def test_what_lacks_is_said_before_anything_is_launched(
    workspace: Workspace, tmp_path: Path
) -> None:
    words = ("export", RUN, "g", "-w", workspace.root, "--to")
    done = tuningfork(*words, "gguf", cwd=tmp_path, environment={"HOME": str(tmp_path)})
    assert done.code == 3
    assert "git clone --depth 1 https://github.com/ggml-org/llama.cpp" in done.err
    done = tuningfork(*words, "hub", "--upload", "me", cwd=tmp_path)
    assert done.code == 2
    assert "upload" in done.err
    assert not (tmp_path / "g").exists()


def test_rows_are_written_for_a_hosted_service(workspace: Workspace, tmp_path: Path) -> None:
    words = ("export", RUN, "rows", "--to", "openai-data", "-w", workspace.root)
    done = tuningfork(*words, cwd=tmp_path)
    assert done.code == 0, done
    assert "train rows" in done.out
    checked = tuningfork("inspect", "rows/train.jsonl", "--provider", "openai", cwd=tmp_path)
    assert checked.code == 0, checked


def test_what_cannot_be_exported_is_said_at_once(workspace: Workspace, tmp_path: Path) -> None:
    for words, why in (
        (("export", "nothing", "--to", "merged", "x"), "There is no job nothing"),
        (("export", RUN, "--to", "merged", "no/where"), "is no folder"),
    ):
        done = tuningfork(*words, "-w", workspace.root, cwd=tmp_path)
        assert done.code == 2
        assert why in done.err


def test_a_recipe_or_a_run_is_handed_to_another_trainer(
    workspace: Workspace, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('name = "a"\n[data]\nsplit = "colours"\n')
    words = ("-w", workspace.root)
    done = tuningfork("export", recipe, "one", "--to", "axolotl", *words, cwd=tmp_path)
    assert done.code == 0, done
    assert "has no equivalent: evaluate.samples = 2" in done.out
    assert "axolotl train config.yaml" in done.out
    assert (tmp_path / "one" / "config.yaml").is_file()
    done = tuningfork("export", RUN, "two", "--to", "trl", "--json", *words, cwd=tmp_path)
    assert done.code == 0, done
    assert set(done.json) >= {"target", "directory", "files", "run_with", "has_no_equivalent"}
    assert str(tmp_path / "base") in (tmp_path / "two" / "train.py").read_text()


@pytest.mark.parametrize("phase", ["importing", "loading_model"])
def test_a_killed_export_leaves_no_destination_and_is_done_by_a_resume(
    workspace: Workspace, tmp_path: Path, phase: str
) -> None:
    out = tmp_path / "out"
    words = ("export", RUN, out, "--to", "merged", "--detach", "--json", "-w", workspace.root)
    folder = workspace.run(tuningfork(*words, cwd=tmp_path).json["run"])

    def reached() -> bool:
        found = (e.name for e in read_events(folder.events) if isinstance(e, PhaseEntered))
        return phase in found

    wait_until(reached, f"{phase} of {folder.id}")
    kill(folder)
    assert not out.exists() or made_by(out) == folder.id, "absent, or whole"
    again = tuningfork("resume", folder.id, "-w", workspace.root, cwd=tmp_path)
    if again.code == 0:
        wait_for_state(folder, "finished")
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert {path.name for path in out.iterdir()} == {*manifest["files"], "manifest.json"}
    assert not list(tmp_path.glob(".out*"))
