"""TRL's SFTTrainer with its defaults, activation checkpointing off; needs TRL where it runs."""

import argparse
from tempfile import TemporaryDirectory
from typing import Any

import torch
from datasets import Dataset
from torch.utils.data import SequentialSampler
from trl import SFTConfig, SFTTrainer

from bench.trainers.task import lora, make_model, make_rows, settings, tokenizer, train


class _InOrder(SFTTrainer):  # type: ignore[misc]
    """An SFTTrainer that takes the rows as they come."""

    def _get_train_sampler(self, *_: Any) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)


def main(arguments: Any) -> None:
    """Train."""
    torch.set_num_threads(arguments.threads)
    rows = make_rows(arguments.shape)
    given = {
        "input_ids": [row.ids for row in rows],
        "labels": [row.labels for row in rows],
    }
    with TemporaryDirectory() as root:
        trainer = _InOrder(
            model=make_model(arguments.shape),
            args=SFTConfig(
                **settings(root, rows),
                bf16=False,
                gradient_checkpointing=False,
                dataset_kwargs={"skip_prepare_dataset": True},
            ),
            train_dataset=Dataset.from_dict(given),
            processing_class=tokenizer(),
            peft_config=lora(),
        )
        train(trainer, arguments.shape, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("shape")
    parser.add_argument("--threads", type=int, default=1)
    main(parser.parse_args())
