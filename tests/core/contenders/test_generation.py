"""Our loop gives what the library's own gives, whoever shares a batch and whatever is shared."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from core.contenders import generation
from core.contenders.generation import Generator, batches, shared_start
from tests.support.tiny_families import Family, save_tiny_family

LIMIT = 12
PROMPTS = [[7, 9, 11, *range(20, 20 + n * 3)] for n in (1, 4, 2, 2, 6)] + [[7, 9, 11, 200, 201]]


def one_by_one(model: object, stop: set[int]) -> list[list[int]]:
    found = []
    for prompt in PROMPTS:
        ids = torch.tensor([prompt])
        made = model.generate(  # type: ignore[attr-defined]
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=LIMIT,
            do_sample=False,
            pad_token_id=0,
            eos_token_id=sorted(stop),
        )[0, len(prompt) :].tolist()
        found.append(made)
    return found


@pytest.mark.parametrize("family", ["llama", "gpt2", "qwen2", "qwen3"])
@pytest.mark.parametrize("rows", [1, 2, 64])
def test_answers_are_those_of_a_loop_that_asks_one_by_one(
    family: Family, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "_BATCH_ROWS", rows)
    folder = save_tiny_family(tmp_path / "m", family, tied=False)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    free = one_by_one(model, {0})
    stop = {0, free[1][3]}  # so that some answers end early, and leave the batch
    wanted = one_by_one(model, stop)
    made = Generator(model, inner=model, device="cpu", limit=LIMIT, stop=stop, pad=0)
    assert dict(made.answer(PROMPTS)) == dict(enumerate(wanted))
    assert len({len(answer) for answer in wanted}) > 1


def test_a_model_with_another_kind_of_state_is_asked_through_its_own_loop(tmp_path: Path) -> None:
    folder = save_tiny_family(tmp_path / "m", "llama", tied=False)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    wanted = one_by_one(model, {0})
    made = Generator(model, inner=model, device="cpu", limit=LIMIT, stop={0}, pad=0)
    made._stepwise = False
    assert dict(made.answer(PROMPTS)) == dict(enumerate(wanted))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), min_size=2, max_size=6))
def test_what_is_shared_begins_every_prompt_and_leaves_each_a_token(
    prompts: list[list[int]],
) -> None:
    shared = shared_start(prompts)
    assert len({tuple(prompt[:shared]) for prompt in prompts}) == 1
    assert shared < min(map(len, prompts))
    longer = shared + 1 < min(map(len, prompts))
    assert not longer or len({tuple(prompt[: shared + 1]) for prompt in prompts}) > 1


@settings(deadline=None)
@given(st.lists(st.integers(1, 20_000), max_size=80))
def test_every_prompt_is_in_one_batch_that_fits(lengths: list[int]) -> None:
    made = list(batches(lengths))
    assert sorted(place for group in made for place in group) == list(range(len(lengths)))
    for group in made:
        longest = max(lengths[place] for place in group)
        assert len(group) == 1 or longest * len(group) <= 16_384
        assert min(lengths[place] for place in group) >= 0.6 * longest
