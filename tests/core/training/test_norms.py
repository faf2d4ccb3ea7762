"""A norm in fewer passes gives what the stock one gives, or is left alone."""

from typing import Any

import pytest
import torch
from torch import nn

from core.training.norms import join_norms
from tests.support.model_families import FAMILIES, tiny_family

IDS = torch.arange(2, 26).reshape(2, 12)
JOINED = {"llama": 5, "llama tied": 5, "qwen2": 5, "qwen3": 9, "mistral": 5, "phi3": 5}
JOINED |= {"mixtral": 5, "granite": 5}
"""Norms of two layers and the last one; the other families have norms of another kind."""


def frozen(family: str) -> Any:
    """Return a model of which only the queries of the first layer move, its norms not all ones."""
    model = tiny_family(family).requires_grad_(False)
    torch.manual_seed(3)
    for name, weight in model.named_parameters():
        if "norm" in name:
            nn.init.normal_(weight, 1.0, 0.3)
        if name.endswith(
            ("layers.0.self_attn.q_proj.weight", "layers.0.self_attn.qkv_proj.weight")
        ):
            weight.requires_grad_(True)
    return model


def learned(model: Any) -> tuple[float, list[torch.Tensor]]:
    loss = model(input_ids=IDS, labels=IDS, use_cache=False).loss
    loss.backward()
    return float(loss.detach()), [one.grad for one in model.parameters() if one.requires_grad]


@pytest.mark.parametrize("family", sorted(JOINED))
def test_loss_and_gradients_are_those_of_the_stock_norms(family: str) -> None:
    loss, gradients = learned(frozen(family))
    model = frozen(family)
    assert join_norms(model) == JOINED[family]
    joined, joined_gradients = learned(model)
    assert joined == pytest.approx(loss, rel=1e-5)
    assert gradients
    for one, other in zip(joined_gradients, gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - set(JOINED)))
def test_norms_of_another_kind_are_left_alone(family: str) -> None:
    assert join_norms(frozen(family)) == 0


def test_a_norm_that_only_looks_like_it_is_left_alone() -> None:
    class Shifted(nn.Module):
        """Adds one to its weight, as some families do."""

        variance_epsilon = 1e-6

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.full((8,), 0.5), requires_grad=False)

        def forward(self, hidden: torch.Tensor) -> torch.Tensor:
            found = hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + 1e-6)
            return found * (1 + self.weight)

    assert join_norms(Shifted()) == 0


def test_a_norm_that_is_trained_is_left_alone() -> None:
    assert join_norms(tiny_family("llama")) == 0


def test_trying_it_uses_no_random_number_of_the_run() -> None:
    model = frozen("llama")
    before = torch.get_rng_state()
    join_norms(model)
    assert torch.equal(torch.get_rng_state(), before)
