"""Our loop gives what the library's own gives, whoever shares a batch and whatever is shared."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from core.contenders import generation
from core.contenders.generation import (
    Generator,
    _order,
    batches,
    families,
    parts,
    shared_start,
)
from tests.support.tiny_families import Family, save_tiny_family

LIMIT = 12
PROMPTS = [[7, 9, 11, *range(20, 20 + n * 3)] for n in (1, 4, 2, 2, 6)] + [[7, 9, 11, 200, 201]]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tiny products are slower on two threads, and by far where others compute beside."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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
    monkeypatch.setattr(generation, "_SPARE", {"cpu": rows % 64})  # one part a width, and a few
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


def test_one_prompt_that_begins_otherwise_takes_nothing_from_the_others(tmp_path: Path) -> None:
    folder = save_tiny_family(tmp_path / "m", "llama", tied=False)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    begin = list(range(5, 45))
    prompts = [[*begin, 60 + n, *range(n)] for n in range(9)] + [[3] * 70]
    read: list[int] = []
    made = Generator(model, inner=model, device="cpu", limit=3, stop={0}, pad=0)
    whole = made._model
    made._model = lambda **told: read.append(told["input_ids"].numel()) or whole(**told)
    answers = dict(made.answer(prompts))
    assert sum(read) < 40 + 9 * 10 + 70 + 10 * 3
    alone = Generator(model, inner=model, device="cpu", limit=3, stop={0}, pad=0)
    assert answers == {n: next(alone.answer([one]))[1] for n, one in enumerate(prompts)}


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=12), max_size=40))
def test_every_prompt_is_in_one_family_that_begins_alike(prompts: list[list[int]]) -> None:
    made = list(families(prompts))
    assert sorted(place for family in made for place in family) == list(range(len(prompts)))
    *alike, last = [{tuple(prompts[n][:8]) for n in family} for family in made] or [set()]
    assert all(len(begins) == 1 for begins in alike)
    assert len(last) <= 1 or all(
        sum(tuple(one[:8]) == begin for one in prompts) < 8 for begin in last
    )


@settings(deadline=None)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=60), st.integers(0, 100))
def test_parts_follow_one_another_and_are_hardly_padded(lengths: list[int], spare: int) -> None:
    ordered = sorted(lengths, reverse=True)
    made = list(parts(ordered, spare))
    assert [n for part in made for n in range(part.start, part.stop)] == list(range(len(ordered)))
    for part in made:
        assert sum(ordered[part.start] - one for one in ordered[part]) <= spare


@given(st.lists(st.booleans(), max_size=30))
def test_who_stays_moves_only_into_the_place_of_one_who_left(live: list[bool]) -> None:
    order = _order(live)
    assert sorted(order) == [n for n, one in enumerate(live) if one]
    assert all(was == n for n, was in enumerate(order) if live[n])
