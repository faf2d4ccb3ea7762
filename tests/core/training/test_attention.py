"""Attention without the half beyond the diagonal gives what the stock one gives."""

from typing import Any

import pytest
import torch
from hypothesis import given as given_rows
from hypothesis import settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from transformers import AttentionInterface
from transformers.masking_utils import create_causal_mask, create_sliding_window_causal_mask

from core.training.attention import FIRST_READ, shorten_attention
from tests.support.model_families import FAMILIES, tiny_family

LENGTH = 150


class _Attention(nn.Module):
    """Stands for a layer's attention, of which only its marks are read."""

    is_causal = True
    num_key_value_groups = 2


def given() -> list[torch.Tensor]:
    """Return questions, keys and values of two rows, laid out as a model hands them over."""
    torch.manual_seed(3)
    made = (torch.randn(2, LENGTH, heads, 8) for heads in (4, 2, 2))
    return [one.transpose(1, 2).requires_grad_() for one in made]


def stock(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    found = functional.scaled_dot_product_attention(
        query, key, value, is_causal=True, enable_gqa=True
    )
    return found.transpose(1, 2)


def ours(asked: list[torch.Tensor], module: nn.Module) -> torch.Tensor:
    model = tiny_family("llama")
    assert shorten_attention(model)
    forward: Any = AttentionInterface()[model.config._attn_implementation]
    found: torch.Tensor = forward(module, *asked, None, dropout=0.0, scaling=8**-0.5)[0]
    return found


@pytest.mark.parametrize("first", [0, 70, 149])
def test_results_and_gradients_are_those_of_the_stock_one(first: int) -> None:
    asked, module = given(), _Attention()
    setattr(module, FIRST_READ, [first, first])
    found, wanted = ours(asked, module), stock(*asked)
    torch.testing.assert_close(found[:, first:], wanted[:, first:], rtol=1e-5, atol=1e-6)
    assert not found[:, :first].any()
    told = torch.randn(2, LENGTH, 4, 8)
    told[:, :first] = 0
    for one, other in zip(
        torch.autograd.grad(found, asked, told),
        torch.autograd.grad(wanted, asked, told),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def of_rows(lengths: list[int], asked: list[torch.Tensor]) -> torch.Tensor:
    """Return what the stock attention gives for each row by itself, the results end to end."""
    parts = (one.split(lengths, 2) for one in asked)
    return torch.cat([stock(*row) for row in zip(*parts, strict=True)], 1)


@given_rows(lengths=st.lists(st.integers(1, 140), min_size=1, max_size=4), data=st.data())
@settings(max_examples=25, deadline=None)
def test_rows_laid_end_to_end_are_those_rows_by_themselves(
    lengths: list[int], data: st.DataObject
) -> None:
    firsts = [data.draw(st.integers(0, length - 1)) for length in lengths]
    module, whole = _Attention(), sum(lengths)
    torch.manual_seed(3)
    made = (torch.randn(1, whole, heads, 8) for heads in (4, 2, 2))
    asked = [one.transpose(1, 2).requires_grad_() for one in made]
    setattr(module, FIRST_READ, firsts)
    model = tiny_family("llama")
    assert shorten_attention(model)
    forward: Any = AttentionInterface()[model.config._attn_implementation]
    laid = torch.tensor(lengths)
    found = forward(module, *asked, laid, dropout=0.0, scaling=8**-0.5)[0]
    wanted, told = of_rows(lengths, asked), torch.randn(1, whole, 4, 8)
    read = torch.cat([torch.arange(n) >= first for n, first in zip(lengths, firsts, strict=True)])
    torch.testing.assert_close(found[:, read], wanted[:, read], rtol=1e-5, atol=1e-6)
    told[:, ~read] = 0
    for one, other in zip(
        torch.autograd.grad(found, asked, told),
        torch.autograd.grad(wanted, asked, told),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    # Where nothing is trained the stock one is asked, with a mask that it knows.
    asked = [one.detach() for one in asked]
    again = forward(module, *asked, laid, dropout=0.0, scaling=8**-0.5)[0]
    torch.testing.assert_close(again, wanted, rtol=1e-5, atol=1e-6)


def test_a_mask_is_left_to_the_stock_one() -> None:
    """The mask lets everybody see everything, which shortened attention never would."""
    asked, module = given(), _Attention()
    model = tiny_family("llama")
    shorten_attention(model)
    forward: Any = AttentionInterface()[model.config._attn_implementation]
    seen = torch.ones(2, 1, LENGTH, LENGTH, dtype=torch.bool)
    found = forward(module, *asked, seen, dropout=0.0, scaling=8**-0.5)[0]
    wanted = functional.scaled_dot_product_attention(*asked, enable_gqa=True).transpose(1, 2)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(("window", "told_apart"), [(None, True), (40, True), (20, False)])
def test_only_a_mask_that_keeps_whole_rows_apart_is_said_by_their_lengths(
    window: int | None, told_apart: bool
) -> None:
    """A window that is shorter than a row hides some of it, which lengths do not say."""
    model = tiny_family("mistral")
    model.config.sliding_window = window
    assert shorten_attention(model)
    lengths = [30, 1, 25]
    places = torch.cat([torch.arange(length) for length in lengths])[None]
    make = create_sliding_window_causal_mask if window else create_causal_mask
    made = make(
        config=model.config,
        inputs_embeds=torch.zeros(1, sum(lengths), 8),
        attention_mask=None,
        past_key_values=None,
        position_ids=places,
    )
    assert (made.dim() == 1) == told_apart
    if told_apart:
        assert made.tolist() == lengths


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_that_takes_it_computes_the_same(family: str) -> None:
    torch.manual_seed(4)
    ids = torch.randint(2, 90, (2, 100))
    found = []
    for shorten in (False, True):
        model = tiny_family(family)
        # Where it is not the stock attention that is replaced, nothing is.
        assert not shorten or shorten_attention(model) or family == "gemma2"
        model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
        found.append({name: one.grad for name, one in model.named_parameters()})
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient, rtol=1e-3, atol=1e-5)


def test_the_choice_is_not_written_into_a_saved_model(tmp_path: Any) -> None:
    model = tiny_family("llama")
    assert shorten_attention(model)
    model.save_pretrained(tmp_path)
    assert "short_rows" not in (tmp_path / "config.json").read_text()
