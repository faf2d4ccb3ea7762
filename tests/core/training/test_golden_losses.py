"""Twenty updates of the engine give the losses of a plain loop, in every family of models.

The plain loop is the oracle: transformers' own loss from labels, one padded batch an update, peft's
own layers, torch's own optimiser, and a schedule written out. It shares with the engine the base
model, the adapter's settings and the rows of each update, and nothing that computes.
"""

import math
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from core.events.schema import StepLogged
from core.jobs.context import Finished
from core.training.loop import Loop
from core.training.masks import TokenRow
from core.training.methods import make_trainable
from core.training.recipe import Recipe, make_recipe
from core.workspace import create_workspace
from tests.support.model_families import FAMILIES, VOCABULARY, tiny_family
from tests.support.path_job import SPLIT, events, open_job

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.filterwarnings("ignore:fan_in_fan_out is set to False"),
]

UPDATES = 20
LR = 2e-3
SAME = 1e-4
"""Rounding in float32 is 1e-7; twenty updates of this size let it grow, and not as far as this."""


class _Part:
    """Rows as the worker has them."""

    def __init__(self, rows: list[TokenRow]) -> None:
        self.rows = rows


class _Renderer:
    """Stands for the tokenizer, of which training itself asks only the padding."""

    class tokenizer:
        pad_token_id = 0

    stop_ids = frozenset({1})


def rows() -> list[TokenRow]:
    """Return twenty rows of several lengths, with one answer or two."""
    rng = random.Random(11)
    made = []
    for number in range(1, 21):
        length = rng.randrange(8, 30)
        trained = tuple(place >= length - 5 or 2 < place < 5 for place in range(length))
        ids = tuple(rng.randrange(2, VOCABULARY) for _ in range(length))
        made.append(TokenRow(row=number, ids=ids, trained=trained, strategy="whole"))
    return made


def recipe(family: str) -> Recipe:
    # peft has no adapter for the experts of this family.
    targets = {"targets": ["q_proj", "v_proj"]} if family == "mixtral" else {}
    return make_recipe(
        {
            "name": "golden",
            "epochs": 4,
            "data": {"split": SPLIT},
            "lora": {"rank": 4, "scale": 2.0, "dropout": 0.0, **targets},
            "optim": {"lr": LR},
            "batch": {"update_rows": 4, "tokens": 48},
            "evaluate": {"every": UPDATES, "samples": 0},
            "checkpoint": {"every": UPDATES},
            "runtime": {"preflight": False},
        },
        where="test",
    )


def by_engine(family: str, root: Path) -> tuple[list[float | None], list[list[int]]]:
    """Return the loss of every update, and the rows it was made of."""
    job = open_job(create_workspace(root), "train", {})
    base = tiny_family(family)
    torch.manual_seed(7)
    part: Any = _Part(rows())
    stand_in: Any = _Renderer()
    device = torch.device("cpu")
    loop = Loop(job, recipe(family), stand_in, base, device, part, part, [])
    assert isinstance(loop.run(), Finished)
    logged = [one.loss for one in events(job.folder) if isinstance(one, StepLogged)]
    return logged, [[place for group in update for place in group] for update in loop.updates]


def by_plain_loop(family: str, updates: list[list[int]]) -> list[float]:
    base = tiny_family(family)
    torch.manual_seed(7)
    model = make_trainable(base, recipe(family)).train()
    moving = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=LR, weight_decay=0.0)
    some, losses = rows(), []
    for number, update in enumerate(updates):
        rate = LR * (1 + math.cos(math.pi * (number - 1) / (UPDATES - 1))) / 2 if number else 0.0
        for group in optimizer.param_groups:
            group["lr"] = rate
        longest = max(len(some[place].ids) for place in update)
        ids = torch.zeros(len(update), longest, dtype=torch.long)
        seen, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
        for line, place in enumerate(update):
            row = some[place]
            size = len(row.ids)
            ids[line, :size], seen[line, :size] = torch.tensor(row.ids), 1
            trained = torch.tensor(row.trained)
            labels[line, :size][trained] = ids[line, :size][trained]
        loss = model(input_ids=ids, attention_mask=seen, labels=labels, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(moving, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    return losses


@pytest.mark.parametrize("family", FAMILIES)
def test_twenty_updates_give_the_losses_of_a_plain_loop(family: str, tmp_path: Path) -> None:
    found, updates = by_engine(family, tmp_path / "ws")
    assert len(found) == UPDATES
    wanted = by_plain_loop(family, updates)
    assert found == pytest.approx(wanted, rel=SAME)
    assert sum(wanted[-5:]) < sum(wanted[:5]) - 0.1, "nothing was learned, so nothing was compared"
