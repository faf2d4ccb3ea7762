"""What a run leaves behind: the weights of its best checkpoint, ready to load."""

import shutil
from typing import Any

from core.storage import sync_folder
from core.training.checkpoints import MANIFEST, Checkpoint
from core.workspace import RunFolder

_STATE = (
    "optimizer",
    "scheduler",
    "rng_state",
    "trainer_state",
    "training_args",
    "progress",
    MANIFEST,
    "README",
)
"""Files of a checkpoint that only a resume needs, by how their names begin."""


def keep_result(best: Checkpoint, folder: RunFolder, kind: str, tokenizer: Any) -> str:
    """Put the weights into the run's folder, whole or not at all; return its name."""
    target = folder.model if kind == "full" else folder.adapter
    staged = target.with_name(f".staged-{target.name}")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    for path in best.path.iterdir():
        if not path.name.startswith(_STATE):
            shutil.copy2(path, staged / path.name)
    if kind == "full":
        tokenizer.save_pretrained(staged)
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)
    sync_folder(target.parent)
    return target.name
