"""What may be loaded when, looked at in real processes; import-linter holds the static side."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TORCH_FAMILY = {"torch", "transformers", "peft", "accelerate", "datasets"}
TERMINAL = {"textual", "rich", "tui"}
HEAVY = TORCH_FAMILY | {"numpy", "xxhash", "pyarrow", "pydantic", "openai", "sacrebleu", "google"}
WORKER_MODULES = {
    "core.contenders.embedding_local",
    "core.contenders.generation",
    "core.contenders.local",
    "core.contenders.roomy_cache",
    "core.foreign.callback",
    "core.release.parity.models",
    "core.release.tuned_model",
    "core.training.adapters",
    "core.training.after_step",
    "core.training.arguments",
    "core.training.attention",
    "core.training.collate",
    "core.training.device",
    "core.training.trial_training",
    "core.training.keeping",
    "core.training.loop",
    "core.training.loss",
    "core.training.methods",
    "core.training.norms",
    "core.training.peak_memory",
    "core.training.preflight",
    "core.training.random_state",
    "core.training.sinks",
    "core.training.sharding",
    "core.training.short_rows",
    "core.training.tail",
    "core.training.together",
    "core.training.tokenizing",
    "core.training.trainer",
    "core.training.updating",
    "core.training.validation",
}
"""The only modules that import the torch family; they run in a worker or in another's training."""
BUILD_MODULES = {"core.data.kernel.build_hook"}
"""Loaded while the package is built, by what builds it."""
MODULES_BEYOND_TEXTUAL = 40


def _modules_of(package: str) -> list[str]:
    files = sorted((ROOT / package).rglob("*.py"))
    dotted = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    return [name.removesuffix(".__init__") for name in dotted]


def modules_after(code: str) -> set[str]:
    """Return the names in `sys.modules` of a fresh interpreter that ran the code."""
    script = f"{code}\nimport json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_core_loads_no_terminal_code_and_no_torch() -> None:
    names = [name for name in _modules_of("core") if name not in WORKER_MODULES | BUILD_MODULES]
    loaded = modules_after("\n".join(f"import {name}" for name in names))
    top_level = {name.partition(".")[0] for name in loaded}
    assert not top_level & (TERMINAL | TORCH_FAMILY)


def test_the_whole_terminal_loads_no_torch() -> None:
    names = [name for name in _modules_of("tui") if not name.endswith("__main__")]
    loaded = modules_after("\n".join(f"import {name}" for name in names))
    assert not {name.partition(".")[0] for name in loaded} & TORCH_FAMILY


def test_the_app_needs_nothing_heavy_before_its_first_paint() -> None:
    loaded = modules_after("import tui.app")
    assert not {name.partition(".")[0] for name in loaded} & HEAVY


def test_the_first_rows_of_a_file_need_nothing_heavy() -> None:
    loaded = modules_after("import tui.screens.inspect, core.data.glimpse, core.database")
    heavy = HEAVY | {"psutil"}
    assert not {name.partition(".")[0] for name in loaded} & heavy
    assert not {name for name in loaded if name.startswith(("core.data.checks", "core.data.scan"))}


def test_a_plan_for_a_service_loads_no_client_of_it() -> None:
    loaded = modules_after(
        "import core.hosted.plan, core.hosted.vertex_rows, core.hosted.vertex_rules"
    )
    assert not {name.partition(".")[0] for name in loaded} & {"google", "openai", "httpx2"}


def test_the_app_adds_few_modules_to_those_of_textual() -> None:
    added = modules_after("import tui.app") - modules_after("import textual.app")
    assert len(added) <= MODULES_BEYOND_TEXTUAL, sorted(added)


def test_the_help_needs_no_screen() -> None:
    loaded = modules_after("from tui.commands.parser import build_parser; build_parser()")
    assert "textual" not in loaded
    assert "rich" not in loaded


@pytest.mark.parametrize(
    ("importer", "imported"),
    [("core/probe.py", "rich.text"), ("core/probe.py", "tui.app"), ("tui/probe.py", "torch")],
)
def test_the_contracts_refuse_an_import_across_a_boundary(
    tmp_path: Path, importer: str, imported: str
) -> None:
    for package in ("core", "tui"):
        for file in (ROOT / package).rglob("*.py"):
            copy = tmp_path / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    lint = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    clean = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert clean.returncode == 0, clean.stdout
    (tmp_path / importer).write_text(f"def probe() -> None:\n    import {imported}\n")
    broken = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert broken.returncode != 0
    assert "BROKEN" in broken.stdout
