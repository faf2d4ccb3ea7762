"""The loss is the model's own, however it is computed and however rows are laid out."""

import contextlib
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.nn import functional

from core.training import loss
from core.training.attention import shorten_attention
from core.training.batching import micro_batches, pack
from core.training.collate import Batch, live_length, packed, padded
from core.training.loss import LossPath, Measured, Parity
from core.training.masks import TokenRow
from core.training.tail import Tail
from tests.support.model_families import BENT_LOGITS, FAMILIES, VOCABULARY, tiny_family

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.filterwarnings("ignore:fan_in_fan_out is set to False"),
]

NO_EXPERTS = tuple(name for name in FAMILIES if name != "mixtral")


def rows(seed: int = 1, count: int = 6) -> list[TokenRow]:
    """Return rows of several lengths, some with two answers, all ending in a masked token."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        length = rng.randrange(6, 20)
        trained = [place >= length - 4 or 2 < place < 4 for place in range(length)]
        trained[-1] = False
        ids = tuple(rng.randrange(2, VOCABULARY) for _ in range(length))
        made.append(TokenRow(row=number + 1, ids=ids, trained=tuple(trained), strategy="whole"))
    return made


def adapted(family: str) -> Any:
    """Return a model with an adapter that does something already."""
    targets = ["q_proj", "v_proj"] if family == "mixtral" else "all-linear"
    model = get_peft_model(
        tiny_family(family), LoraConfig(r=4, target_modules=targets, task_type="CAUSAL_LM")
    )
    torch.manual_seed(5)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return model


def ask(model: Any, batches: list[Batch], path: LossPath, tail: Tail | None = None) -> Measured:
    """Return loss and gradient by one way of computing them."""

    def backward(batch: Batch, path: LossPath, count: int) -> torch.Tensor:
        with tail.only(batch) if tail else contextlib.nullcontext(batch) as lean:
            part = loss.nll(model, lean, path) / count
            part.backward()
        return part.detach()

    found = loss.measured(model, batches, path, backward)
    assert isinstance(found, Measured), found
    return found


def apart(one: Measured, other: Measured) -> Parity:
    return loss.parity(one, other)


def by_transformers(model: Any, some: list[TokenRow]) -> float:
    """Return the mean loss as transformers computes it from whole rows and labels."""
    longest = max(len(row.ids) for row in some)
    ids, seen, labels = [], [], []
    for row in some:
        left = longest - len(row.ids)
        ids.append([*row.ids, *[0] * left])
        seen.append([1] * len(row.ids) + [0] * left)
        kept = [one if on else -100 for one, on in zip(row.ids, row.trained, strict=True)]
        labels.append(kept + [-100] * left)
    given = (torch.tensor(one) for one in (ids, seen, labels))
    asked = dict(zip(("input_ids", "attention_mask", "labels"), given, strict=True))
    with torch.no_grad():
        return float(model.eval()(**asked, use_cache=False).loss)


@pytest.mark.parametrize("family", FAMILIES)
def test_scoring_only_supervised_positions_equals_the_models_own_loss(family: str) -> None:
    model, some = adapted(family), rows()
    batch = padded(some, range(len(some)), 0)
    selected = ask(model, [batch], "selected")
    assert selected.loss == pytest.approx(by_transformers(model, some), rel=1e-5)
    assert apart(selected, ask(model, [batch], "model")).within(1e-5)


@pytest.mark.parametrize("family", NO_EXPERTS)
def test_a_frozen_head_may_be_fused_exactly_where_nothing_follows_it(family: str) -> None:
    model, some = adapted(family), rows()
    assert loss.allowed(model) == ("selected", "fused")
    batch = padded(some, range(len(some)), 0)
    difference = apart(ask(model, [batch], "fused"), ask(model, [batch], "model"))
    assert difference.within(1e-5) == (family not in BENT_LOGITS), difference


def test_a_head_that_is_trained_is_never_fused() -> None:
    model = tiny_family("llama")
    model.requires_grad_(True)
    assert loss.allowed(model) == ("selected",)


@pytest.mark.parametrize("shortened", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_rows_packed_end_to_end_do_not_read_each_other(family: str, shortened: bool) -> None:
    model, some = adapted(family), rows()
    together = ask(model, [padded(some, range(len(some)), 0)], "selected")
    lengths = [live_length(row) for row in some]
    end_to_end = [packed(some, group) for group in pack(range(len(some)), lengths, 40)]
    assert len(end_to_end) < len(some)
    tail = Tail(model) if shortened and shorten_attention(model) else None
    assert apart(ask(model, end_to_end, "selected", tail), together).within(1e-5)


def test_packing_with_a_mask_of_ones_would_let_rows_read_each_other() -> None:
    model, some = adapted("llama"), rows()
    batch = packed(some, range(len(some)))
    leaking = batch._replace(seen=torch.ones_like(batch.ids))
    assert not apart(ask(model, [leaking], "selected"), ask(model, [batch], "selected")).within(
        1e-3
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_gathering_gradients_over_micro_batches_equals_one_large_batch(family: str) -> None:
    model, some = adapted(family), rows()
    lengths = [live_length(row) for row in some]
    parts = [padded(some, group, 0) for group in micro_batches(range(len(some)), lengths, 16)]
    assert len(parts) > 2
    whole = [padded(some, range(len(some)), 0)]
    assert apart(ask(model, parts, "selected"), ask(model, whole, "selected")).within(1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_leaving_out_what_nothing_reads_changes_nothing(family: str) -> None:
    model, some = adapted(family), rows()
    batch = padded(some, range(len(some)), 0)
    whole = ask(model, [batch], "model")
    shorten_attention(model)
    tail = Tail(model)
    assert tail.active
    assert apart(ask(model, [batch], "selected", tail), whole).within(1e-5)
    tail.undo()
    assert not tail.active


def test_the_last_layer_sees_kept_positions_only() -> None:
    model, some = adapted("llama"), rows()
    seen: list[int] = []
    last = model.get_base_model().model.layers[-1]
    for part in (last.mlp, last.self_attn.q_proj, last.self_attn.o_proj):
        part.forward = counted(part.forward, seen)
    batch = padded(some, range(len(some)), 0)
    ask(model, [batch], "selected", Tail(model))
    assert seen == [int(batch.keep.sum())] * 3


def counted(forward: Callable[..., Any], seen: list[int]) -> Callable[..., Any]:
    """Return the same forward, noting how many positions it is given."""

    def noting(hidden: torch.Tensor) -> Any:
        seen.append(hidden.shape[:-1].numel())
        return forward(hidden)

    return noting


def test_padding_is_not_masked_where_nothing_looks_at_it() -> None:
    batch = padded(rows(), range(6), 0)
    tail = Tail(adapted("llama"))
    with tail.only(batch) as lean:
        assert lean.seen is None
    tail.undo()
    with tail.only(batch) as whole:
        assert whole is batch


def test_the_error_of_fusing_has_no_side() -> None:
    """A tolerance hides a small drift; a mean over many batches does not."""
    model = adapted("llama")
    off = []
    for seed in range(30):
        some = rows(seed)
        batch = padded(some, range(len(some)), 0)
        off.append(ask(model, [batch], "fused").loss - ask(model, [batch], "model").loss)
    mean = sum(off) / len(off)
    spread = (sum((one - mean) ** 2 for one in off) / (len(off) - 1)) ** 0.5
    assert abs(mean) <= 4 * max(spread, 1e-9) / len(off) ** 0.5


def test_nothing_after_the_last_trained_token_is_computed() -> None:
    row = TokenRow(
        row=1, ids=(5, 6, 7, 8, 9), trained=(False, False, True, False, False), strategy="whole"
    )
    batch = padded([row], [0], 0)
    assert batch.ids.tolist() == [[5, 6]]
    assert batch.keep.tolist() == [[False, True]]
    assert batch.targets.tolist() == [7]


def test_padding_is_masked_by_place_even_where_it_equals_a_token() -> None:
    some = rows(count=2)
    same = [TokenRow(row=r.row, ids=r.ids, trained=r.trained, strategy="whole") for r in some]
    model = adapted("llama")
    one, other = (ask(model, [padded(same, [0, 1], pad)], "selected") for pad in (0, 1))
    assert apart(one, other).within(1e-6)


@pytest.mark.parametrize("path", ["selected", "fused", "model"])
def test_experts_are_kept_in_balance_where_the_model_asks_for_it(path: LossPath) -> None:
    base = tiny_family("mixtral")
    base.config.output_router_logits = True
    base.config.router_aux_loss_coef = 0.5
    batch = padded(rows(), range(6), 0)
    oracle = base(input_ids=batch.ids, attention_mask=batch.seen)
    plain = functional.cross_entropy(oracle.logits[batch.keep], batch.targets)
    (plain + 0.5 * oracle.aux_loss).backward()  # the model's own rule, were it given labels
    gates = [(name, one) for name, one in base.named_parameters() if "gate" in name]
    wanted = {name: one.grad.clone() for name, one in gates}
    base.zero_grad()
    for one in base.get_output_embeddings().parameters():
        one.requires_grad_(False)
    found = loss.nll(base, batch, path) / len(batch.targets)
    found.backward()
    assert gates
    for name, one in gates:
        torch.testing.assert_close(one.grad, wanted[name], rtol=1e-4, atol=1e-7)
    assert found.item() == pytest.approx(plain.item(), rel=1e-5), "the value is the rows' alone"
    base.config.output_router_logits = False
    base.zero_grad()
    (loss.nll(base, batch, path) / len(batch.targets)).backward()
    assert any(not torch.allclose(one.grad, wanted[name], rtol=1e-3) for name, one in gates)
