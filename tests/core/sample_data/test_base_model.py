"""The embedded model is small, loads without a network and speaks through an honest template."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from sample_data.build_hostile import TEXTS
from sample_data.building.lessons import LATE, write_lesson

FOLDER = Path(__file__).parents[3] / "sample_data" / "base_model"
MARKS = ("<|end|>", "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(FOLDER, local_files_only=True)


@pytest.fixture(scope="module")
def model() -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(2)
    return AutoModelForCausalLM.from_pretrained(FOLDER, local_files_only=True)


def render(tokenizer: Any, messages: list[Any], prompt: bool) -> str:
    text: str = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=prompt
    )
    return text


def test_the_folder_weighs_at_most_twelve_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 12_000_000


def test_it_loads_as_a_stock_class_in_single_precision(model: Any) -> None:
    assert type(model).__name__ == "LlamaForCausalLM"
    assert str(model.dtype) == "torch.float32"
    assert model.config.max_position_embeddings == 1024


def test_generation_stops_at_the_end_of_a_turn(model: Any, tokenizer: Any) -> None:
    assert tokenizer.convert_ids_to_tokens(model.generation_config.eos_token_id) == "<|end|>"
    assert tokenizer.pad_token_id != tokenizer.eos_token_id


def test_it_answers_and_stops_by_itself(model: Any, tokenizer: Any) -> None:
    asked = [{"role": "user", "content": "Hello, my Lumen stopped working. This is urgent."}]
    text = render(tokenizer, asked, prompt=True)
    given = tokenizer(text, return_tensors="pt", add_special_tokens=False)
    made = model.generate(input_ids=given["input_ids"], attention_mask=given["attention_mask"])
    answer = made[0, given["input_ids"].shape[1] :]
    assert answer[-1] == tokenizer.eos_token_id
    words = tokenizer.decode(answer, skip_special_tokens=True)
    assert "Lumen" in words
    assert not words.startswith("{")


def test_what_was_rendered_so_far_begins_what_is_rendered_later(tokenizer: Any) -> None:
    rng = random.Random(4)
    for _ in range(50):
        messages = write_lesson(rng, LATE)
        whole = render(tokenizer, list(messages), prompt=False)
        for place in range(1, len(messages)):
            answered = messages[place]["role"] == "assistant"
            assert whole.startswith(render(tokenizer, list(messages[:place]), prompt=answered))


def test_tokens_of_a_prompt_begin_the_tokens_of_the_whole(tokenizer: Any) -> None:
    rng = random.Random(5)
    for _ in range(50):
        messages = write_lesson(rng, LATE)
        texts = (render(tokenizer, list(messages[:-1]), True), render(tokenizer, messages, False))
        prompt, whole = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts)
        assert whole[: len(prompt)] == prompt


def test_the_template_takes_tools_parts_and_missing_content(tokenizer: Any) -> None:
    call = {"function": {"name": "add", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "2+2"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "4"},
    ]
    text = render(tokenizer, messages, prompt=True)
    assert text.startswith("<|user|>2+2<|end|><|assistant|>[{")
    assert text.endswith("<|end|><|tool|>4<|end|><|assistant|>")
    assert json.dumps("add") in text


@pytest.mark.parametrize("text", [*TEXTS.values(), "\n\n  \t x  1234,5 ", '{"a":"b","n":-1.5e3}'])
def test_hostile_text_comes_back_whole(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids) == text
    if not any(mark in text for mark in MARKS):
        assert len(ids) <= len(text.encode())


def test_digits_stand_alone(tokenizer: Any) -> None:
    assert tokenizer.tokenize("order 4711")[-4:] == ["4", "7", "1", "1"]


def test_marks_of_the_template_are_single_tokens(tokenizer: Any) -> None:
    for mark in MARKS:
        assert len(tokenizer(mark, add_special_tokens=False)["input_ids"]) == 1


def test_overlong_rows_exceed_the_context_and_clean_rows_do_not(tokenizer: Any) -> None:
    folder = FOLDER.parent
    lines = (folder / "support_tickets.jsonl").read_bytes().decode().split("\n")
    flaws = json.loads((folder / "planted_flaws.json").read_text())
    overlong = flaws["truncation"]["rows"]
    broken = {row for check in ("json", "schema") for row in flaws[check]["rows"]}
    for row, line in enumerate(lines[:-1], 1):
        if row in broken:
            continue
        text = render(tokenizer, json.loads(line)["messages"], prompt=False)
        tokens = len(tokenizer(text, add_special_tokens=False)["input_ids"])
        assert (tokens > 1024) == (row in overlong), row
