"""Writes the TensorBoard fixture with torch's own writer, which needs the package tensorboard.

python -m tests.support.make_tfevents FOLDER; the file is committed, so that tests need neither.
"""

import sys
from pathlib import Path

STEPS = 6


def main(folder: Path) -> None:
    """Write what the Hugging Face Trainer would, and a scalar in each style torch knows."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        writer.add_text("args", '{"max_steps": 6}')
        for step in range(1, STEPS + 1):
            writer.add_scalar("train/loss", 4.0 / step, step)
            writer.add_scalar("train/grad_norm", 0.5 * step, step)
            writer.add_scalar("train/learning_rate", 1e-4 * step, step)
            writer.add_scalar("train/epoch", step / STEPS, step)
            writer.add_scalar("rewards/margin", 0.125 * step, step, new_style=True)
            writer.add_scalar("wide", 0.25, step, double_precision=True)
            if step % 3 == 0:
                writer.add_scalar("eval/loss", 5.0 - step / 2, step)
        writer.add_scalar("train/train_runtime", 12.5, STEPS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
