"""Makes a base model trainable by the recipe's method."""

import math
import warnings
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import BitsAndBytesConfig

from core.errors import MachineError
from core.training.recipe import LoraSpec, Recipe


def loading_options(recipe: Recipe, device: torch.device) -> dict[str, Any]:
    """Return what the base model is loaded with: float32, or four bits for `qlora`."""
    if recipe.method.kind != "qlora":
        return {"dtype": torch.float32}
    if device.type != "cuda":
        raise MachineError(
            what="The method `qlora` needs an NVIDIA GPU.",
            why="Weights of four bits are computed by kernels that exist for GPUs only.",
            remedy='Set method.kind = "lora", or device = "cuda:0" on a machine with a GPU.',
        )
    half = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {
        "dtype": torch.bfloat16,
        "quantization_config": half,
        "device_map": {"": device.index or 0},
    }


def make_trainable(base: Any, recipe: Recipe) -> Any:
    """Return the model with the weights that will move, and only those, open to gradients."""
    if recipe.method.kind == "full":
        base.requires_grad_(True)
        return base
    if recipe.method.kind == "qlora":
        base = prepare_model_for_kbit_training(
            base, use_gradient_checkpointing=recipe.runtime.checkpointing == "on"
        )
    with warnings.catch_warnings():
        # peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
        return get_peft_model(base, lora_config(recipe.lora))


def lora_config(lora: LoraSpec) -> LoraConfig:
    """Return peft's settings; alpha follows from the scale, so that the rank is free to change."""
    by = math.sqrt(lora.rank) if lora.rs else lora.rank
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.scale * by,
        lora_dropout=lora.dropout,
        target_modules=lora.targets if isinstance(lora.targets, str) else list(lora.targets),
        use_rslora=lora.rs,
        use_dora=lora.dora,
        task_type="CAUSAL_LM",
    )
