"""transformers' own Trainer: as it comes, or with what it can do for speed."""

import argparse
from tempfile import TemporaryDirectory
from typing import Any

import torch
from peft import get_peft_model
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainingArguments

from bench.trainers.task import lora, make_model, make_rows, settings, train


class _InOrder(Trainer):  # type: ignore[misc]
    """A Trainer that takes the rows as they come."""

    def _get_train_sampler(self, *_: Any) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)


def collate(rows: list[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
    """Pad to the longest of the batch, as the stock collator does."""
    longest = max(len(row["input_ids"]) for row in rows)

    def filled(name: str, empty: int) -> torch.Tensor:
        return torch.tensor([row[name] + [empty] * (longest - len(row[name])) for row in rows])

    ones = [{"seen": [1] * len(row["input_ids"])} for row in rows]
    seen = torch.tensor([one["seen"] + [0] * (longest - len(one["seen"])) for one in ones])
    return {
        "input_ids": filled("input_ids", 0),
        "attention_mask": seen,
        "labels": filled("labels", -100),
    }


def main(arguments: Any) -> None:
    """Train; at its best it gets rows of like length together."""
    torch.set_num_threads(arguments.threads)
    best = arguments.setting == "best"
    rows = make_rows(arguments.shape, grouped=best)
    with TemporaryDirectory() as root:
        trainer = _InOrder(
            model=get_peft_model(make_model(arguments.shape), lora()),
            args=TrainingArguments(**settings(root, rows)),
            train_dataset=[{"input_ids": row.ids, "labels": row.labels} for row in rows],
            data_collator=collate,
        )
        train(trainer, arguments.shape, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("shape")
    parser.add_argument("setting", choices=("stock", "best"))
    parser.add_argument("--threads", type=int, default=1)
    main(parser.parse_args())
