"""TRL's SFTTrainer with its defaults, activation checkpointing off; needs TRL where it runs."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models
from torch.utils.data import SequentialSampler
from transformers import PreTrainedTokenizerFast
from trl import SFTConfig, SFTTrainer

from bench.trainers.task import LR, UPDATE_ROWS, Clock, lora, make_model, make_rows, report
from core.training.peak_memory import PeakMemory


class _InOrder(SFTTrainer):  # type: ignore[misc]
    """An SFTTrainer that takes the rows as they come."""

    def _get_train_sampler(self, *_: Any) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)


def _tokenizer() -> PreTrainedTokenizerFast:
    """Return one that is only asked for its padding."""
    made = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 1}, unk_token="<pad>"))
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>")


def main(arguments: Any) -> None:
    """Train."""
    torch.set_num_threads(arguments.threads)
    rows = make_rows(arguments.shape)
    updates = len(rows) // UPDATE_ROWS
    clock = Clock(updates)
    given = {
        "input_ids": [row.ids for row in rows],
        "labels": [row.labels for row in rows],
    }
    with TemporaryDirectory() as root:
        trainer = _InOrder(
            model=make_model(arguments.shape),
            args=SFTConfig(
                output_dir=str(Path(root)),
                use_cpu=True,
                bf16=False,
                gradient_checkpointing=False,
                per_device_train_batch_size=UPDATE_ROWS,
                max_steps=updates,
                learning_rate=LR,
                lr_scheduler_type="constant",
                weight_decay=0.0,
                logging_steps=1,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                dataloader_pin_memory=False,
                dataset_kwargs={"skip_prepare_dataset": True},
            ),
            train_dataset=Dataset.from_dict(given),
            processing_class=_tokenizer(),
            peft_config=lora(),
            callbacks=[clock],
        )
        peak = PeakMemory(torch.device("cpu"))
        peak.reset()
        trainer.train()
    losses = [one["loss"] for one in trainer.state.log_history if "loss" in one]
    report(arguments.shape, clock, [float(one) for one in losses], rows, peak.read())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("shape")
    parser.add_argument("--threads", type=int, default=1)
    main(parser.parse_args())
