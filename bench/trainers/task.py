"""What every trainer is given, and how it is measured."""

import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback

from core.training.peak_memory import PeakMemory

UPDATE_ROWS = 8
LR = 1e-4
_SUPERVISED = (0.08, 0.22)


@dataclass(frozen=True, slots=True)
class Shape:
    """A model and the rows it is trained on."""

    config: dict[str, Any]
    """Arguments of the configuration."""
    updates: int
    """Optimiser steps; the first is for warming up and is not counted."""
    mean: int
    """Tokens of a row, on average."""
    spread: int


SHAPES = {
    "large": Shape(
        {
            "vocab_size": 49_152,
            "hidden_size": 576,
            "intermediate_size": 1536,
            "num_hidden_layers": 6,
            "num_attention_heads": 9,
            "num_key_value_heads": 3,
            "tie_word_embeddings": True,
            "max_position_embeddings": 2048,
        },
        updates=5,
        mean=140,
        spread=60,
    ),
    "embedded": Shape(
        {
            "vocab_size": 768,
            "hidden_size": 256,
            "intermediate_size": 704,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "tie_word_embeddings": True,
            "max_position_embeddings": 1024,
        },
        updates=16,
        mean=180,
        spread=70,
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Tokens, the last of them supervised."""

    ids: list[int]
    start: int
    """Place of the first supervised token."""

    @property
    def labels(self) -> list[int]:
        """Return what is scored: -100 where nothing is."""
        return [-100] * self.start + self.ids[self.start :]


def make_model(shape: str) -> LlamaForCausalLM:
    """Return the base model, the same in every process."""
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SHAPES[shape].config, pad_token_id=0))


def tokenizer() -> PreTrainedTokenizerFast:
    """Return one for trainers that want one; it is only asked for its padding."""
    made = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 1}, unk_token="<pad>"))
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>")


def lora() -> LoraConfig:
    """Return the adapter that every trainer trains."""
    return LoraConfig(
        r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def make_rows(shape: str, *, grouped: bool = False) -> list[Row]:
    """Return the rows in the order of training; grouped puts those of like length together."""
    given, rng = SHAPES[shape], random.Random(1)
    rows = []
    for _ in range(given.updates * UPDATE_ROWS):
        length = max(30, min(1000, round(rng.gauss(given.mean, given.spread))))
        supervised = max(4, round(length * rng.uniform(*_SUPERVISED)))
        ids = [rng.randrange(1, given.config["vocab_size"]) for _ in range(length)]
        rows.append(Row(ids, length - supervised))
    if not grouped:
        return rows
    rows.sort(key=lambda row: -len(row.ids))
    updates = [rows[at : at + UPDATE_ROWS] for at in range(0, len(rows), UPDATE_ROWS)]
    random.Random(2).shuffle(updates)
    return [row for update in updates for row in update]


class Clock(TrainerCallback):  # type: ignore[misc]
    """Measures from the end of the first update to the end of the last."""

    def __init__(self, updates: int) -> None:
        self._updates = updates
        self.cpu = self.wall = 0.0

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start, or stop."""
        if state.global_step == 1:
            self.cpu, self.wall = time.process_time(), time.perf_counter()
        elif state.global_step == self._updates:
            self.cpu = time.process_time() - self.cpu
            self.wall = time.perf_counter() - self.wall


def settings(root: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what every trainer built on transformers is told."""
    return {
        "output_dir": root,
        "use_cpu": True,
        "per_device_train_batch_size": UPDATE_ROWS,
        "max_steps": len(rows) // UPDATE_ROWS,
        "learning_rate": LR,
        "lr_scheduler_type": "constant",
        "weight_decay": 0.0,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
    }


def train(trainer: Any, shape: str, rows: list[Row]) -> None:
    """Train with one of those, and report."""
    clock = Clock(len(rows) // UPDATE_ROWS)
    trainer.add_callback(clock)
    peak = PeakMemory(torch.device("cpu"))
    peak.reset()
    trainer.train()
    losses = [float(one["loss"]) for one in trainer.state.log_history if "loss" in one]
    report(shape, clock, losses, rows, peak.read())


def peak_flops() -> float:
    """Return the floating-point operations a CPU-second of this process gives at its best."""
    left, right = torch.randn(512, 576), torch.randn(1536, 576)
    torch.nn.functional.linear(left, right)
    began = time.process_time()
    for _ in range(60):
        torch.nn.functional.linear(left, right)
    return 60 * 2 * 512 * 576 * 1536 / (time.process_time() - began)


def report(shape: str, clock: Clock, losses: list[float], rows: list[Row], peak: int) -> None:
    """Print the figures of one process as one line of JSON."""
    counted = rows[UPDATE_ROWS:]
    tokens = sum(len(row.ids) for row in counted)
    supervised = sum(len(row.ids) - row.start for row in counted)
    config = SHAPES[shape].config
    wide = config["hidden_size"] * config["num_key_value_heads"] // config["num_attention_heads"]
    hidden = config["hidden_size"]
    layer = 2 * hidden * hidden + 2 * hidden * wide + 3 * hidden * config["intermediate_size"]
    # Frozen weights: one product forwards and one for the gradient of the input.
    needed = 4 * (
        tokens * layer * config["num_hidden_layers"] + supervised * hidden * config["vocab_size"]
    )
    json.dump(
        {
            "tokens": tokens,
            "cpu": clock.cpu,
            "wall": clock.wall,
            "losses": losses,
            "peak": peak,
            "share": needed / clock.cpu / peak_flops(),
        },
        sys.stdout,
    )
