"""LLaMA-Factory's own workflow, activation checkpointing off; needs it where it runs.

Everything is its own but the rows, which are handed over as they are instead of being read from a
file and rendered: its model loading, adapter, collator and trainer.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from datasets import Dataset
from llamafactory.train.sft import workflow
from llamafactory.train.tuner import run_exp
from transformers import TrainerCallback

from bench.trainers.task import Clock, Row, make_model, make_rows, report, settings, tokenizer
from core.training.peak_memory import PeakMemory


class _Losses(TrainerCallback):  # type: ignore[misc]
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Keep a loss."""
        if logs and "loss" in logs:
            self.losses.append(float(logs["loss"]))


def _dataset(rows: list[Row]) -> Dataset:
    return Dataset.from_dict(
        {
            "input_ids": [row.ids for row in rows],
            "attention_mask": [[1] * len(row.ids) for row in rows],
            "labels": [row.labels for row in rows],
        }
    )


def main(arguments: Any) -> None:
    """Train."""
    torch.set_num_threads(arguments.threads)
    rows = make_rows(arguments.shape)
    clock, log = Clock(settings("", rows)["max_steps"]), _Losses()
    workflow.get_dataset = lambda *_, **__: {"train_dataset": _dataset(rows)}
    with TemporaryDirectory() as root:
        base = Path(root) / "base"
        make_model(arguments.shape).save_pretrained(base)
        tokenizer().save_pretrained(base)
        peak = PeakMemory(torch.device("cpu"))
        peak.reset()
        run_exp(
            {
                **settings(str(Path(root) / "out"), rows),
                "model_name_or_path": str(base),
                "stage": "sft",
                "do_train": True,
                "dataset": "given",
                "template": "empty",
                "finetuning_type": "lora",
                "lora_rank": 16,
                "lora_alpha": 32,
                "lora_dropout": 0.0,
                "lora_target": "all",
                "disable_shuffling": True,
                "disable_gradient_checkpointing": True,
            },
            callbacks=[clock, log],
        )
        report(arguments.shape, clock, log.losses, rows, peak.read())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("shape")
    parser.add_argument("--threads", type=int, default=1)
    main(parser.parse_args())
