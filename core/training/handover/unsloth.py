"""A Python script for Unsloth, which trains with TRL's SFTTrainer under its own kernels."""

from core.training.handover.reading import Reading
from core.training.handover.script import (
    NOTES,
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

from unsloth import FastLanguageModel  # before trl and transformers, which it changes
import torch
from datasets import Dataset
from transformers import DataCollatorForSeq2Seq, EarlyStoppingCallback
from trl import SFTConfig, SFTTrainer

model, tokenizer = FastLanguageModel.from_pretrained(
{load}
)
{training}model.save_pretrained("result")
tokenizer.save_pretrained("result")
"""
_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_LONGEST = 2048
"""Unsloth asks for a length before the model can be asked for its own."""


def _settings(reading: Reading) -> str:
    """Return the script."""
    reading.take("trainer")
    reading.take("model.base")
    kind = reading.take("method.kind", "lora")
    if reading.on_processor():
        reading.lose("device", "Unsloth needs a GPU; the script uses the first one")
    load = {
        "model_name": reading.facts.model,
        "revision": reading.take("model.revision"),
        "max_seq_length": reading.take("data.max_tokens") or _LONGEST,
        "load_in_4bit": kind == "qlora",
        "full_finetuning": kind == "full",
    }
    return _SKELETON.format(
        device=device_line(reading).replace("''", "'0'"),
        load=arguments(load),
        training=training(
            reading,
            model_limit=str(_LONGEST),
            before=_adapter(reading, kind),
            beside="data_collator=DataCollatorForSeq2Seq(tokenizer)",
        ),
    )


def _adapter(reading: Reading, kind: str) -> str:
    """Return the lines that add the adapter; none for a full fine-tune."""
    values = adapter(reading) | {
        "random_state": reading.take("seed"),
        "use_gradient_checkpointing": False,
    }
    if values["target_modules"] == "all-linear":
        values["target_modules"] = list(_TARGETS)
    if kind == "full":
        return ""
    return f"model = FastLanguageModel.get_peft_model(\n    model,\n{arguments(values)}\n)\n"


TRAINER = Trainer(
    title="Unsloth 2026.10 (written from its documented interface; not run by our checks)",
    file="train.py",
    run_with="python train.py",
    rows=rows,
    settings=_settings,
    notes=(*NOTES, "Without data.max_tokens rows may be 2048 tokens long."),
)
