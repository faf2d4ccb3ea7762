"""A YAML file and a dataset_info.json for LLaMA-Factory."""

import json
from collections.abc import Sequence
from typing import Any

from core.data.rows import Example
from core.training.handover.axolotl import whole_alpha, yaml_text
from core.training.handover.reading import Reading
from core.training.handover.rows import by_answer, partly_trained, to_messages
from core.training.handover.script import schedule
from core.training.handover.trainer import Trainer

_DEFAULT_LENGTH = 2048


def _rows(examples: Sequence[Example]) -> list[dict[str, Any]]:
    """Return conversations; one for each answer where not all answers are trained."""
    chosen = by_answer(examples) if partly_trained(examples) else iter(examples)
    return [_row(example) for example in chosen]


def _row(example: Example) -> dict[str, Any]:
    """Return a conversation with calls and tools as the text that LLaMA-Factory reads."""
    row = to_messages(example)
    turns = [_turn(message) for message in row["messages"]]
    tools = {"tools": json.dumps(row["tools"])} if "tools" in row else {}
    return {"messages": turns} | tools


def _turn(message: dict[str, Any]) -> dict[str, str]:
    """Return a turn as role and text; a call of tools is a turn of its own role."""
    calls = message.get("tool_calls")
    if not calls:
        return {"role": message["role"], "content": message.get("content") or ""}
    called = [call.get("function", call) for call in calls]
    return {"role": "function", "content": json.dumps(called)}


def _skipped(example: Example) -> bool:
    """Whether its turns do not alternate, so that the row would be passed over in silence."""
    turns = [m for n, m in enumerate(example.messages) if n or m.role != "system"]
    asks = ({"user", "tool"}, {"assistant"})
    return len(turns) % 2 != 0 or any(m.role not in asks[n % 2] for n, m in enumerate(turns))


def _settings(reading: Reading) -> str:
    """Return the YAML."""
    reading.take("trainer")
    reading.take("model.base")
    at_once = reading.rows_at_once()
    dtype = reading.take("model.dtype")
    device = reading.device_number()
    if device is not None:
        reading.lose("device", "set CUDA_VISIBLE_DEVICES before the command")
    if dtype == "auto":
        reading.lose("model.dtype", "bf16 is on for a GPU and off for the processor")
    reading.lose("model.stop", "the template alone says what ends an answer")
    reading.lose("data.over_length", "longer rows are cut to cutoff_len")
    reading.lose("evaluate.min_delta", "any improvement counts")
    values = {
        "model_name_or_path": reading.facts.model,
        "model_revision": reading.take("model.revision"),
        "stage": "sft",
        "do_train": True,
        **_method(reading),
        "dataset_dir": ".",
        "dataset": "train",
        "eval_dataset": "validation",
        "cutoff_len": reading.take("data.max_tokens") or _DEFAULT_LENGTH,
        "mask_history": reading.facts.partly_trained,
        "packing": False,
        "output_dir": "result",
        "run_name": reading.take("name"),
        "seed": reading.take("seed"),
        "num_train_epochs": float(reading.take("epochs")),
        "per_device_train_batch_size": at_once,
        "per_device_eval_batch_size": at_once,
        "gradient_accumulation_steps": reading.take("batch.update_rows") // at_once,
        "optim": "adamw_torch",
        "learning_rate": reading.take("optim.lr"),
        "lr_scheduler_type": schedule(reading),
        "warmup_steps": reading.warmup_steps,
        "max_grad_norm": reading.take("optim.clip"),
        "weight_decay": reading.take("optim.weight_decay"),
        "bf16": dtype == "bfloat16" or (dtype == "auto" and device is not None),
        "use_cpu": reading.on_processor(),
        "disable_gradient_checkpointing": True,
        "eval_strategy": "steps",
        "eval_steps": reading.evaluate_every,
        "save_strategy": "steps",
        "save_steps": reading.save_every(),
        "save_total_limit": reading.take("checkpoint.keep") + 1,
        "early_stopping_steps": reading.take("evaluate.patience"),
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
        "logging_steps": 1,
        "report_to": "none",
    }
    return yaml_text(values)


def _method(reading: Reading) -> dict[str, Any]:
    """Return the settings of the method."""
    kind = reading.take("method.kind", "lora")
    targets = reading.take("lora.targets")
    values: dict[str, Any] = {
        "finetuning_type": "lora",
        "lora_rank": reading.take("lora.rank"),
        "lora_alpha": whole_alpha(reading),
        "lora_dropout": reading.take("lora.dropout"),
        "lora_target": "all" if targets == "all-linear" else ",".join(targets),
        "use_rslora": reading.take("lora.rs", False),
        "use_dora": reading.take("lora.dora", False),
    }
    if kind == "full":
        return {"finetuning_type": "full"}
    return values | (
        {"quantization_bit": 4, "quantization_method": "bnb"} if kind == "qlora" else {}
    )


def _dataset_info(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return the file that says what the columns mean."""
    tools = {"tools": "tools"} if any("tools" in row for row in rows) else {}
    one = {
        "formatting": "sharegpt",  # its `openai` adds a sentence to every system turn
        "columns": {"messages": "messages"} | tools,
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "observation_tag": "tool",
            "function_tag": "function",
            "system_tag": "system",
        },
    }
    info = {name: {"file_name": f"{name}.jsonl"} | one for name in ("train", "validation")}
    return {"dataset_info.json": json.dumps(info, indent=2) + "\n"}


TRAINER = Trainer(
    title="LLaMA-Factory 0.9.5",
    file="config.yaml",
    run_with="llamafactory-cli train config.yaml",
    rows=_rows,
    settings=_settings,
    beside=_dataset_info,
    skipped=_skipped,
    notes=(
        "No template is named: LLaMA-Factory derives one from the tokenizer's. Name one of its own",
        "(template: llama3, qwen3, ...) where the model is one it knows; check a row with its",
        "preview before a long run. Without data.max_tokens rows are cut at 2048 tokens.",
    ),
)
