"""An export appears whole or not at all, and is the model that was trained."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.data.dataset import dataset_folder
from core.errors import DataError, JobError
from core.events.schema import MessageLogged, PhaseEntered
from core.jobs.context import Finished, JobContext, Stopped
from core.release import export_job, tuned_model
from core.release.export_job import run
from core.workspace import Workspace
from tests.support.path_job import SPLIT, events, make_workspace, open_job
from tests.support.tiny_families import save_tiny_family
from tests.support.tuned_run import RUN, add_tuned_run, finish_run

pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.filterwarnings("ignore:Model has `tie_word_embeddings=True`"),
]
IDS = [[5, 9, 40, 3, 77, 120, 4, 60, 61, 62]]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.release.tuned_model.usable_cores", lambda: 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "ws")


def export(workspace: Workspace, target: str, to: Path, **changes: Any) -> JobContext:
    spec = {"run": RUN, "target": target, "destination": str(to), "prompts": 3} | changes
    return open_job(workspace, "export", spec, id="export")


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = model(input_ids=torch.tensor(IDS)).logits.float()
    return found


SHAPES: list[tuple[str, bool, dict[str, Any]]] = [
    ("llama", False, {}),
    ("llama", True, {"use_rslora": True}),
    ("llama", False, {"use_dora": True}),
    ("qwen2", True, {"use_dora": True}),
    ("qwen3", False, {"use_rslora": True}),
    ("gpt2", True, {"fan_in_fan_out": True}),
    ("gpt2", True, {"fan_in_fan_out": True, "use_dora": True}),
    ("llama", True, {"target_modules": ["q_proj", "lm_head"]}),
    ("llama", True, {"target_modules": ["q_proj", "embed_tokens"]}),
]


@pytest.mark.parametrize(
    ("family", "tied", "lora"), SHAPES, ids=[f"{f}-{t}-{'-'.join(o)}" for f, t, o in SHAPES]
)
def test_the_merged_model_is_the_trained_one(
    workspace: Workspace, tmp_path: Path, family: Any, tied: bool, lora: dict[str, Any]
) -> None:
    base = save_tiny_family(tmp_path / "base", family, tied=tied)
    tuned = add_tuned_run(workspace, base, **lora)
    outcome = run(export(workspace, "merged", tmp_path / "out"))
    assert isinstance(outcome, Finished)
    assert outcome.reason.startswith("Equal to the trained model")
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    assert (logits(merged) - logits(tuned)).abs().max() <= 1e-4
    with tuned.disable_adapter():
        assert (logits(merged) - logits(tuned)).abs().max() > 1e-2


def test_the_adapter_gives_the_same_logits_in_another_process(
    workspace: Workspace, tmp_path: Path
) -> None:
    tuned = add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    assert isinstance(run(export(workspace, "adapter", tmp_path / "out")), Finished)
    script = (
        "import json, sys, torch\n"
        "from peft import AutoPeftModelForCausalLM\n"
        "model = AutoPeftModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)\n"
        "with torch.inference_mode():\n"
        "    logits = model.eval()(input_ids=torch.tensor(json.loads(sys.argv[2]))).logits\n"
        "print(json.dumps(logits.tolist()))\n"
    )
    said = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path / "out"), json.dumps(IDS)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert (torch.tensor(json.loads(said)) - logits(tuned)).abs().max() <= 1e-4


def test_a_manifest_names_every_file_and_the_proof(workspace: Workspace, tmp_path: Path) -> None:
    base = save_tiny_family(tmp_path / "base", "llama", tied=True)
    add_tuned_run(workspace, base)
    job = export(workspace, "merged", tmp_path / "out")
    run(job)
    out = tmp_path / "out"
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert set(manifest["files"]) == {p.name for p in out.iterdir()} - {"manifest.json"}
    assert set(manifest["files"]) >= {
        "model.safetensors",
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "chat_template.jinja",
    }
    for name, facts in manifest["files"].items():
        content = (out / name).read_bytes()
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    equality = manifest["equality"]
    assert equality["equal"] is True
    assert (equality["rows"], equality["precision"]) == (3, "float32")
    assert 0 < equality["positions"] <= 96
    assert equality["written"]["largest"] <= 1e-4
    assert (manifest["run"], manifest["recipe_hash"], manifest["holdout_root"]) == (RUN, "r", "s")
    assert manifest["base"]["revision"] is None
    assert "model.safetensors" in manifest["base"]["files"]
    assert set(manifest["versions"]) >= {"torch", "transformers", "peft", "tuningfork"}
    phases = [e.name for e in events(job.folder) if isinstance(e, PhaseEntered)]
    assert set(phases) >= {"loading_model", "merging", "saving", "comparing", "finishing"}


def test_what_ends_an_answer_goes_with_the_model(workspace: Workspace, tmp_path: Path) -> None:
    base = save_tiny_family(tmp_path / "base", "llama", tied=False)
    tuned = add_tuned_run(workspace, base)
    tuned.save_pretrained(
        finish_run(workspace, base, model={"base": str(base), "stop": ["<|pad|>"]})
    )
    run(export(workspace, "merged", tmp_path / "out"))
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    settings = json.loads((tmp_path / "out" / "generation_config.json").read_bytes())
    assert sorted(settings["eos_token_id"]) == tokenizer.convert_tokens_to_ids(
        ["<|pad|>", "<|end|>"]
    )


def test_a_coarser_precision_is_said_and_not_called_equal(
    workspace: Workspace, tmp_path: Path
) -> None:
    base = save_tiny_family(tmp_path / "base", "llama", tied=False, dtype=torch.bfloat16)
    add_tuned_run(workspace, base)
    outcome = run(export(workspace, "merged", tmp_path / "out"))
    equality = json.loads((tmp_path / "out" / "manifest.json").read_bytes())["equality"]
    assert outcome.reason.startswith("The merge is exact; stored as bfloat16, logits differ by")
    assert equality["merge"]["largest"] <= 1e-4 < equality["written"]["largest"]
    again = run(export(workspace, "merged", tmp_path / "exact", precision="float32"))
    assert again.reason.startswith("Equal to the trained model")


def test_a_merge_that_is_not_the_model_is_called_so(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    monkeypatch.setattr(
        tuned_model.TunedModel, "merge", lambda self: setattr(self, "model", self.model.unload())
    )
    job = export(workspace, "merged", tmp_path / "out")
    assert run(job).reason.startswith("NOT equal")
    assert any("NOT equal" in e.text for e in events(job.folder) if isinstance(e, MessageLogged))
    assert not json.loads((tmp_path / "out" / "manifest.json").read_bytes())["equality"]["equal"]


def test_an_adapter_of_no_numbers_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    tuned = add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.constant_(weight, float("nan"))
    tuned.save_pretrained(workspace.run(RUN).adapter)
    with pytest.raises(JobError, match="cannot be merged"):
        run(export(workspace, "merged", tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir()] == ["ws", "base"]


def test_a_whole_model_is_exported_as_it_is(workspace: Workspace, tmp_path: Path) -> None:
    base = save_tiny_family(tmp_path / "base", "qwen2", tied=True)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    torch.nn.init.normal_(model.model.norm.weight)
    model.save_pretrained(finish_run(workspace, base))
    with pytest.raises(JobError, match="full fine-tune"):
        run(export(workspace, "adapter", tmp_path / "out"))
    assert run(export(workspace, "merged", tmp_path / "out")).reason.startswith("Equal")
    written = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    assert (logits(written) - logits(model)).abs().max() <= 1e-4
    (workspace.run(RUN).adapter / "config.json").unlink()
    assert run(export(workspace, "merged", tmp_path / "bare")).reason.startswith("Equal")


class StopsAfter(JobContext):
    """A job that somebody asks to stop at its n-th look."""

    left = 0

    def stop_requested(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("looks", [0, 2, 5, 9])
def test_a_stop_leaves_nothing_behind(workspace: Workspace, tmp_path: Path, looks: int) -> None:
    add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    job = export(workspace, "merged", tmp_path / "out")
    job.__class__ = StopsAfter
    job.left = looks  # type: ignore[attr-defined]
    assert isinstance(run(job), Stopped)
    assert {path.name for path in tmp_path.iterdir()} == {"ws", "base"}


def test_a_second_attempt_clears_what_a_killed_one_left(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))

    def killed(*_: Any) -> None:
        left.mkdir()
        (left / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    left = tmp_path / ".out.export.staged"
    monkeypatch.setattr(export_job, "staged", killed)
    job = export(workspace, "merged", tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        run(job)
    monkeypatch.undo()
    assert isinstance(run(job), Finished)
    assert not left.exists()
    before = (tmp_path / "out" / "manifest.json").read_bytes()
    assert isinstance(run(job), Finished), "an attempt after the rename finds its own work"
    assert (tmp_path / "out" / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("what", ["file", "folder"])
def test_nothing_is_overwritten(workspace: Workspace, tmp_path: Path, what: str) -> None:
    add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    out = tmp_path / "out"
    out.mkdir() if what == "folder" else out.write_text("mine")
    job = export(workspace, "merged", out)
    with pytest.raises(JobError, match="exists already"):
        run(job)
    assert not [e for e in events(job.folder) if isinstance(e, PhaseEntered)], "said before work"
    assert out.is_dir() if what == "folder" else out.read_text() == "mine"


class Meanwhile(JobContext):
    """A job during which somebody makes the destination."""

    def stop_requested(self) -> bool:
        Path(self.spec["destination"]).mkdir(exist_ok=True)
        return False


def test_a_destination_made_meanwhile_is_not_overwritten(
    workspace: Workspace, tmp_path: Path
) -> None:
    add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    job = export(workspace, "merged", tmp_path / "out")
    job.__class__ = Meanwhile
    with pytest.raises(JobError, match="exists already"):
        run(job)
    assert list((tmp_path / "out").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"ws", "base", "out"}


def test_the_holdout_is_never_used_as_a_prompt(workspace: Workspace, tmp_path: Path) -> None:
    add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    folder = dataset_folder(workspace, SPLIT)
    folder.validation.chmod(0o600)
    folder.validation.write_text(folder.holdout.read_text())
    with pytest.raises(DataError, match="touch the holdout"):
        run(export(workspace, "merged", tmp_path / "out"))


def test_a_run_without_a_result_is_named(workspace: Workspace, tmp_path: Path) -> None:
    finish_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    with pytest.raises(JobError, match="no result to export"):
        run(export(workspace, "merged", tmp_path / "out"))
