"""Lets TRL, Axolotl and LLaMA-Factory themselves read a hand-over; `make check-handover` runs it.

Each trainer gets an environment of its own under `build/handover` (about 300 MB in all), which
borrows torch and what it lacks from ours. Checked for each: its own settings class accepts the
file, and its own reader of rows finds the same answers behind the same contexts as our masks do.
TRL also trains to the end. Not checked: Unsloth, which needs a GPU; training by Axolotl and
LLaMA-Factory; QLoRA.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from core.data.split import split_file
from core.release.hand_over import hand_over
from core.training.handover.make import TrainerName
from core.training.masks import mask
from core.training.recipe import make_recipe
from core.training.renderer import make_renderer
from core.training.rows import read_parts
from core.workspace import Workspace, create_workspace
from tests.support.path_job import NOW, SPLIT
from tests.support.tiny_families import save_tiny_family
from tests.support.tiny_model import tiny_tokenizer

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "handover"
READER = Path(__file__).with_name("read_handover.py")
PACKAGES: dict[TrainerName, list[str]] = {
    "trl": ["trl==1.16.0"],
    "axolotl": [
        "axolotl==0.19.0",
        *("addict", "art", "backoff", "colorama", "distro", "einops", "fire", "immutabledict"),
        *("pillow", "posthog", "python-dotenv", "requests", "certifi", "charset-normalizer"),
        *("scipy", "sentencepiece", "six", "termcolor", "urllib3"),
    ],
    "llama-factory": [
        "llamafactory==0.9.5",
        *("transformers==5.6.0", "datasets==4.0.0", "accelerate==1.11.0", "peft==0.18.1"),
        *("trl==0.24.0", "huggingface_hub==1.7.2", "tokenizers==0.22.2", "fsspec==2025.3.0"),
        *("dill==0.3.8", "multiprocess==0.70.16", "httpx==0.28.1", "httpcore==1.0.9"),
        *("omegaconf==2.4.0", "antlr4-python3-runtime==4.9.3", "av==16.0.0", "pillow"),
        *("sentencepiece", "protobuf", "tiktoken", "einops", "scipy", "requests", "urllib3"),
        *("certifi", "charset-normalizer"),
    ],
}
"""Without their dependencies: those would pull gigabytes that reading a file does not need."""
ROWS: list[list[dict[str, Any]]] = [
    [
        {"role": "system", "content": "Answer in capitals."},
        {"role": "user", "content": f"word {number}"},
        {"role": "assistant", "content": f"WORD {number}"},
    ]
    for number in range(30)
] + [
    [
        {"role": "user", "content": f"first {number}"},
        {"role": "assistant", "content": f"one {number}", **skipped},
        {"role": "user", "content": f"second {number}"},
        {"role": "assistant", "content": f"two {number}"},
    ]
    for number, skipped in enumerate([{}, {"weight": 0}] * 5)
]


def main() -> int:
    """Make the folders, let each trainer read its own, and compare."""
    made = PLACE / "made"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    workspace = _workspace(made / "workspace")
    base = save_tiny_family(made / "base", "llama", tied=True)
    recipe = make_recipe(
        {
            "name": "check",
            "epochs": 1,
            "model": {"base": str(base)},
            "data": {"split": SPLIT, "max_tokens": 256},
            "batch": {"update_rows": 8},
        },
        where="check",
    )
    wanted = _wanted(workspace)
    failed = 0
    for trainer, packages in PACKAGES.items():
        folder = made / trainer
        lost = hand_over(workspace, recipe, trainer, folder).lost
        found = _read(_environment(trainer, packages), trainer, folder)
        same = sorted(map(tuple, found)) == wanted
        failed += not same
        word = "same answers" if same else "OTHER ANSWERS"
        print(f"{trainer}: settings accepted; {word} behind the same contexts ({len(found)})")
        for one in lost:
            print(f"  has no equivalent: {one.line}")
        if not same:
            print(f"  only there: {sorted(set(map(tuple, found)) - set(wanted))[:3]}")
            print(f"  only here: {sorted(set(wanted) - set(map(tuple, found)))[:3]}")
    return min(failed, 1)


def _workspace(root: Path) -> Workspace:
    """Return a workspace with a split of the rows."""
    workspace = create_workspace(root)
    source = root / "rows.jsonl"
    source.write_text("".join(json.dumps({"messages": turns}) + "\n" for turns in ROWS))
    split_file(workspace, source, name=SPLIT, now=NOW)
    return workspace


def _wanted(workspace: Workspace) -> list[tuple[str, str]]:
    """Return every trained answer of the train rows behind its context, as our masks have it."""
    tokenizer = tiny_tokenizer()
    renderer = make_renderer(tokenizer, eos_ids=tokenizer.eos_token_id, extra=())
    found: list[tuple[str, str]] = []
    for example in read_parts(workspace, SPLIT).train:
        for row in mask(example, renderer).rows:
            labels = [t if on else -100 for t, on in zip(row.ids, row.trained, strict=True)]
            found += answers(tokenizer, list(row.ids), labels)
    return sorted(found)


def answers(tokenizer: Any, ids: list[int], labels: list[int]) -> list[tuple[str, str]]:
    """Return each run of trained tokens as text, behind the text before it."""
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(labels):
        start = place
        while place < len(labels) and labels[place] >= 0:
            place += 1
        if place > start:
            found.append((tokenizer.decode(ids[:start]), tokenizer.decode(ids[start:place])))
        place += 1
    return found


def _environment(trainer: str, packages: list[str]) -> Path:
    """Return the interpreter of a trainer's environment, made the first time."""
    folder = PLACE / trainer
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        (site,) = folder.glob("lib/python*/site-packages")
        ours = next(path for path in map(Path, sys.path) if path.name == "site-packages")
        (site / "ours.pth").write_text(f"{ours}\n")
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--no-deps", *packages], check=True
        )
        ready.touch()
    return python


def _read(python: Path, trainer: str, folder: Path) -> list[list[str]]:
    """Return what the trainer reads out of its folder."""
    done = subprocess.run(
        [python, "-W", "ignore", READER, trainer],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        raise SystemExit(f"{trainer} cannot read its folder.")
    rows = json.loads(done.stdout.splitlines()[-1])
    tokenizer = tiny_tokenizer()
    return [list(pair) for ids, labels in rows for pair in answers(tokenizer, ids, labels)]


if __name__ == "__main__":
    sys.exit(main())
