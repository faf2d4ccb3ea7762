"""Which curve of somebody else's is which of ours, by the names that trainers give them."""

from typing import Literal

Meaning = Literal["loss", "eval_loss", "lr", "grad_norm", "epoch", "end"]
"""`end` is written once, when training is over."""

_NAMES: dict[str, Meaning] = {
    **dict.fromkeys(
        ("loss", "train/loss", "loss/train", "train_loss", "training_loss", "train_loss_step"),
        "loss",
    ),
    **dict.fromkeys(
        ("training/loss", "reduced_train_loss", "loss_metrics/global_avg_loss", "lm loss"), "loss"
    ),
    **dict.fromkeys(
        ("eval/loss", "eval_loss", "val/loss", "val_loss", "validation/loss", "validation_loss"),
        "eval_loss",
    ),
    **dict.fromkeys(("loss/val", "loss/eval", "loss/validation", "valid_loss"), "eval_loss"),
    **dict.fromkeys(("lr", "learning_rate", "train/learning_rate", "train/lr"), "lr"),
    **dict.fromkeys(("learning-rate", "optim/lr", "lr-adamw"), "lr"),
    **dict.fromkeys(
        ("grad_norm", "train/grad_norm", "gradient_norm", "grad-norm", "optim/grad_norm"),
        "grad_norm",
    ),
    **dict.fromkeys(("epoch", "train/epoch"), "epoch"),
    **dict.fromkeys(("train_runtime", "train/train_runtime"), "end"),
}


def meaning_of(name: str) -> Meaning | None:
    """Return what a curve is by its name; None for one that is only kept."""
    known = _NAMES.get(name.strip().lower())
    if known is None and name.startswith(("eval/", "eval_")) and name.endswith("_loss"):
        return "eval_loss"
    return known


class Claims:
    """Makes sure that one curve alone is called the loss: the first that could be."""

    def __init__(self) -> None:
        self._owners: dict[Meaning, str] = {}

    def meaning_of(self, name: str) -> Meaning | None:
        """Return what a curve is; None when another one is that already."""
        meaning = meaning_of(name)
        if meaning is None or self._owners.setdefault(meaning, name) == name:
            return meaning
        return None
