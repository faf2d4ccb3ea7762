"""A finished training run without a training: a tiny model and an adapter of random weights."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from core.events.schema import RunCreated, RunFinished
from core.training.recipe import job_of, make_recipe
from core.workspace import Workspace
from tests.support.path_job import SPLIT, open_job

RUN = "tuned"


def add_tuned_run(workspace: Workspace, base: Path, **lora: Any) -> Any:
    """Leave the run's folder with its adapter, and return the model as it was trained."""
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    settings = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
    tuned = get_peft_model(model, LoraConfig(**(settings | lora)))
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:  # zero before the first step: nothing would be merged
            torch.nn.init.normal_(weight, std=0.2)
    folder = finish_run(workspace, base)
    tuned.save_pretrained(folder, save_embedding_layers=False)
    return tuned.eval()


def finish_run(workspace: Workspace, base: Path, **values: Any) -> Path:
    """Leave the record and log of a finished training run; return where its result belongs."""
    recipe = make_recipe(
        {"name": RUN, "model": {"base": str(base)}, "data": {"split": SPLIT}} | values,
        where="test",
    )
    job = open_job(workspace, "train", job_of(recipe)[1], id=RUN)
    job.emit(RunCreated(kind="train", name=RUN, recipe_hash="r", split_hash="s"))
    job.emit(RunFinished(reason="done", seconds=1.0, best_step=1, best_path="adapter"))
    return job.folder.adapter
