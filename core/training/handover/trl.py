"""A Python script for TRL's SFTTrainer."""

from typing import Any

from core.training.handover.reading import Reading
from core.training.handover.script import (
    NOTES,
    Code,
    adapter,
    arguments,
    device_line,
    rows,
    training,
)
from core.training.handover.trainer import Trainer

_SKELETON = """\
import json
import os

{device}

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    EarlyStoppingCallback,
)
from trl import SFTConfig, SFTTrainer

BASE, REVISION = {base!r}, {revision!r}

tokenizer = AutoTokenizer.from_pretrained(BASE, revision=REVISION)
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
model = AutoModelForCausalLM.from_pretrained(
    BASE,
    revision=REVISION,
{load}
)
{training}trainer.save_model("result")
"""
_QUANTISED = (
    'BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", '
    "bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.bfloat16)"
)


def _settings(reading: Reading) -> str:
    """Return the script."""
    reading.take("trainer")
    reading.take("model.base")
    kind = reading.take("method.kind", "lora")
    load: dict[str, Any] = {"dtype": Code("torch.float32")}
    if kind == "qlora":
        load["quantization_config"] = Code(_QUANTISED)
    settings = {
        "use_cpu": reading.on_processor(),
        "max_length": None,
        "gradient_checkpointing": False,
    }
    return _SKELETON.format(
        device=device_line(reading),
        base=reading.facts.model,
        revision=reading.take("model.revision"),
        load=arguments(load),
        training=training(
            reading,
            model_limit="model.config.max_position_embeddings",
            beside=f"peft_config={_peft(reading, kind)}",
            settings=settings,
        ),
    )


def _peft(reading: Reading, kind: str) -> str:
    """Return the adapter's settings; None for a full fine-tune."""
    values = adapter(reading) | {"task_type": "CAUSAL_LM"}
    return "None" if kind == "full" else f"LoraConfig(\n{arguments(values, ' ' * 8)}\n    )"


TRAINER = Trainer(
    title="TRL 1.16",
    file="train.py",
    run_with="python train.py",
    rows=rows,
    settings=_settings,
    notes=NOTES,
)
