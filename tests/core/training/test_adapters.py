"""A layer and its adapter computed in one step give what peft gives."""

from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from core.training.adapters import join_adapters
from tests.support.model_families import tiny_family

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
IDS = torch.arange(2, 26).reshape(2, 12)


def adapted(family: str = "qwen2", **changes: Any) -> Any:
    """Return a model whose layers have a bias, with an adapter that does something already."""
    asked = {"r": 4, "target_modules": "all-linear", "task_type": "CAUSAL_LM"} | changes
    model = get_peft_model(tiny_family(family), LoraConfig(**asked))
    torch.manual_seed(5)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return model.train()


def learn(model: Any) -> tuple[float, dict[str, torch.Tensor]]:
    torch.manual_seed(9)
    loss = model(input_ids=IDS, labels=IDS, use_cache=False).loss
    loss.backward()
    moving = {name: one.grad for name, one in model.named_parameters() if one.requires_grad}
    return float(loss.detach()), moving


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("family", ["llama", "qwen2", "phi"])
def test_loss_and_gradients_are_those_of_peft(family: str, dropout: float) -> None:
    loss, gradients = learn(adapted(family, lora_dropout=dropout))
    model = adapted(family, lora_dropout=dropout)
    assert join_adapters(model) > 0
    joined, joined_gradients = learn(model)
    assert joined == pytest.approx(loss, rel=1e-6)
    for name, gradient in gradients.items():
        torch.testing.assert_close(joined_gradients[name], gradient, rtol=1e-4, atol=1e-6)


def test_an_adapter_that_is_off_or_merged_stays_so() -> None:
    model = adapted()
    base = tiny_family("qwen2")(input_ids=IDS).logits
    tuned = model.eval()(input_ids=IDS).logits
    join_adapters(model)
    with model.disable_adapter():
        torch.testing.assert_close(model(input_ids=IDS).logits, base)
    torch.testing.assert_close(model(input_ids=IDS).logits, tuned)
    model.merge_adapter()
    torch.testing.assert_close(model(input_ids=IDS).logits, tuned, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "changes", [{"use_dora": True}, {"lora_bias": True, "target_modules": ["q_proj"]}]
)
def test_what_is_not_plain_is_left_to_peft(changes: dict[str, Any]) -> None:
    assert join_adapters(adapted(**changes)) == 0


def test_mixed_precision_is_left_to_peft() -> None:
    model = adapted("llama")
    join_adapters(model)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, gradients = learn(model)
    plain_loss, plain = learn(adapted("llama"))
    assert loss == pytest.approx(plain_loss, rel=5e-2)
    assert all(gradients[name].dtype == plain[name].dtype for name in plain)
