"""Only answers are trained, up to and with the first stop token, whatever the template does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.rows import Example
from core.data.sources import to_row
from core.training.masks import Masked, mask
from core.training.renderer import TokenizerRenderer
from tests.support.tiny_model import TEMPLATE, tiny_tokenizer

THINKING = (  # opens an answer in words that the finished turn no longer has
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>[think]{% endif %}"
)
FORGETFUL = (  # marks only the last turn, so history looks different once it is history
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>"
    "{% if loop.last and m['role'] == 'assistant' %}<|pad|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ENDLESS = TEMPLATE.replace("<|end|>", "\n")
NEWLINE = TEMPLATE.replace("<|end|>", "<|end|>\n")


def example(*turns: tuple[str, str], weights: dict[int, int] | None = None) -> Example:
    messages: list[dict[str, Any]] = [{"role": role, "content": said} for role, said in turns]
    for place, weight in (weights or {}).items():
        messages[place]["weight"] = weight
    found = to_row(json.dumps({"messages": messages}).encode(), number=1).example
    assert found
    return found


def masked(one: Example, template: str = TEMPLATE) -> tuple[Masked, list[str]]:
    tokenizer = tiny_tokenizer(template)
    renderer = TokenizerRenderer(tokenizer, frozenset([tokenizer.eos_token_id]))
    result = mask(one, renderer)
    trained = [
        tokenizer.decode([i for i, on in zip(row.ids, row.trained, strict=True) if on])
        for row in result.rows
    ]
    return result, trained


CHAT = (("user", "hé?"), ("assistant", "ja 🙂"), ("user", "and?"), ("assistant", "nein"))


def test_one_sequence_trains_every_answer_with_its_stop_token() -> None:
    result, trained = masked(example(*CHAT))
    assert result.problem is None
    assert result.rows[0].strategy == "whole"
    assert trained == ["ja 🙂<|end|>nein<|end|>"]


def test_what_follows_the_stop_token_is_not_trained() -> None:
    assert masked(example(*CHAT), NEWLINE)[1] == ["ja 🙂<|end|>nein<|end|>"]


def test_a_turn_of_weight_zero_is_context_only() -> None:
    assert masked(example(*CHAT, weights={1: 0}))[1] == ["nein<|end|>"]


def test_a_template_that_rewrites_history_gets_one_sequence_an_answer() -> None:
    result, trained = masked(example(*CHAT), FORGETFUL)
    assert [row.strategy for row in result.rows] == ["per_turn", "per_turn"]
    assert trained == ["ja 🙂<|end|>", "nein<|end|>"]


def test_a_template_that_opens_a_thought_is_stitched() -> None:
    result, trained = masked(example(*CHAT), THINKING)
    assert {row.strategy for row in result.rows} == {"stitched"}
    assert trained == ["ja 🙂<|end|>", "nein<|end|>"]


@pytest.mark.parametrize(
    ("one", "template", "words"),
    [
        (example(*CHAT), ENDLESS, "no stop token"),
        (example(*CHAT, weights={1: 0, 3: 0}), TEMPLATE, "no answer"),
        (example(*CHAT), "{{ raise_exception('roles must alternate') }}", "roles must alternate"),
        (example(*CHAT), TEMPLATE.replace("m['content']", "m['content'][:1]"), "as written"),
    ],
)
def test_a_row_that_would_train_something_else_is_refused_with_its_reason(
    one: Example, template: str, words: str
) -> None:
    result, _ = masked(one, template)
    assert not result.rows
    assert words in (result.problem or "")


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=3))
def test_any_text_round_trips_through_the_mask(turns: list[tuple[str, str]]) -> None:
    said = [(q + "?", a.strip() + "!") for q, a in turns]
    one = example(*(t for q, a in said for t in (("user", q), ("assistant", a))))
    assert masked(one)[1] == ["".join(f"{answer}<|end|>" for _, answer in said)]
