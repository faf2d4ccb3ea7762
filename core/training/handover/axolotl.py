"""A YAML file for Axolotl."""

from collections.abc import Sequence
from typing import Any

import yaml

from core.data.rows import Example
from core.training.handover.reading import Reading
from core.training.handover.rows import to_messages
from core.training.handover.trainer import Trainer

_EXCESS = {"refuse": "raise", "drop": "drop", "cut_end": "truncate"}
_DEFAULT_LENGTH = 2048


def _rows(examples: Sequence[Example]) -> list[dict[str, Any]]:
    """Return conversations in which every turn says whether it is trained."""
    return [to_messages(example, marked=True) for example in examples]


def _dataset(path: str) -> dict[str, Any]:
    """Return how Axolotl finds and masks a file of rows."""
    return {
        "path": path,
        "ds_type": "json",
        "split": "train",
        "type": "chat_template",
        "field_messages": "messages",
        "roles_to_train": [],
        "message_field_training": "train",
        "train_on_eos": "turn",
    }


def _settings(reading: Reading) -> str:
    """Return the YAML."""
    reading.take("trainer")
    reading.lose("name", "only its trackers name a run")
    reading.take("model.base")
    at_once = reading.rows_at_once()
    dtype = reading.take("model.dtype")
    schedule = reading.take("optim.schedule")
    if reading.device_number() is not None:
        reading.lose("device", "set CUDA_VISIBLE_DEVICES before the command")
    reading.lose("model.stop", "name it in special_tokens or eot_tokens of this file")
    policy = reading.take("data.over_length")
    if policy not in _EXCESS:
        reading.lose("data.over_length", "longer rows are refused")
    values = {
        "base_model": reading.facts.model,
        "revision_of_model": reading.take("model.revision"),
        "chat_template": "tokenizer_default",
        "datasets": [_dataset("train.jsonl")],
        "test_datasets": [_dataset("validation.jsonl")],
        "dataset_prepared_path": "prepared",
        "output_dir": "result",
        "sequence_len": reading.take("data.max_tokens") or _DEFAULT_LENGTH,
        "excess_length_strategy": _EXCESS.get(policy, "raise"),
        "sample_packing": False,
        "pad_to_sequence_len": False,
        **_method(reading),
        "seed": reading.take("seed"),
        "num_epochs": reading.take("epochs"),
        "micro_batch_size": at_once,
        "eval_batch_size": at_once,
        "gradient_accumulation_steps": reading.take("batch.update_rows") // at_once,
        "optimizer": "adamw_torch",
        "learning_rate": reading.take("optim.lr"),
        "lr_scheduler": "constant_with_warmup"
        if schedule == "constant" and reading.take("optim.warmup_share")
        else schedule,
        "warmup_ratio": reading.take("optim.warmup_share"),
        "max_grad_norm": reading.take("optim.clip"),
        "weight_decay": reading.take("optim.weight_decay"),
        "bf16": {"auto": "auto", "bfloat16": True}.get(dtype, False),
        "gradient_checkpointing": False,
        "eval_strategy": "steps",
        "eval_steps": reading.evaluate_every,
        "save_strategy": "steps",
        "save_steps": reading.save_every(),
        "save_total_limit": reading.take("checkpoint.keep") + 1,
        "early_stopping_patience": reading.take("evaluate.patience"),
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
        "logging_steps": 1,
    }
    return yaml_text(values)


def _method(reading: Reading) -> dict[str, Any]:
    """Return the adapter's settings; none for a full fine-tune."""
    kind = reading.take("method.kind", "lora")
    targets = reading.take("lora.targets")
    values: dict[str, Any] = {
        "adapter": kind,
        "load_in_4bit": kind == "qlora",
        "lora_r": reading.take("lora.rank"),
        "lora_alpha": whole_alpha(reading),
        "lora_dropout": reading.take("lora.dropout"),
        "peft_use_rslora": reading.take("lora.rs", False),
        "peft_use_dora": reading.take("lora.dora", False),
    }
    every = {"lora_target_linear": True}
    values |= every if targets == "all-linear" else {"lora_target_modules": list(targets)}
    return {} if kind == "full" else values


def whole_alpha(reading: Reading) -> int:
    """Return alpha as a whole number, noting what rounding changes."""
    alpha = reading.alpha()
    if alpha != round(alpha):
        reading.lose("lora.scale", f"alpha would be {alpha:g} and must be whole: {round(alpha)}")
    return round(alpha)


def yaml_text(values: dict[str, Any]) -> str:
    """Return settings as YAML in their order, without those that are unset."""
    kept = {name: value for name, value in values.items() if value is not None}
    return str(yaml.safe_dump(kept, sort_keys=False, allow_unicode=True))


TRAINER = Trainer(
    title="Axolotl 0.19",
    file="config.yaml",
    run_with="axolotl train config.yaml",
    rows=_rows,
    settings=_settings,
    notes=("Without data.max_tokens rows may be 2048 tokens long.",),
)
