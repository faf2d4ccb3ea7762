"""Every shape of template, every shape of row: what is trained is the answer, or is refused."""

import json
from functools import cache
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from core.catalog.base_models import embedded_model
from core.data.rows import Example
from core.data.sources import to_row
from core.training.ledger import MEANINGS
from core.training.masks import Flag, Masked, Problem, mask
from core.training.over_length import Fate
from core.training.pieces import read_pieces
from core.training.renderer import TokenizerRenderer, make_renderer
from core.training.templates import PLAIN, chosen_template
from tests.support.chat_templates import (
    CHATML,
    FORGETS_THOUGHTS,
    MARKED,
    OPENS_A_THOUGHT,
    SHAPES,
    Shape,
)
from tests.support.tiny_model import merging_tokenizer, tiny_tokenizer

TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": {"q": "x"}}}
    ],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "42 lamps"}
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def user(said: str) -> dict[str, Any]:
    return {"role": "user", "content": said}


def answer(said: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": said, **more}


def row(*messages: dict[str, Any], tools: list[Any] | None = None) -> Example:
    value = {"messages": list(messages)} | ({"tools": tools} if tools else {})
    found = to_row(json.dumps(value).encode(), number=1).example
    assert found
    return found


@cache
def renderer(shape: Shape) -> TokenizerRenderer:
    return make_renderer(shape.tokenizer(), eos_ids=None, extra=())


def trained(masked: Masked, shape: Shape) -> list[str]:
    """Return the text of every run of trained tokens, decoded from ids alone."""
    texts = []
    for one in masked.rows:
        span: list[int] = []
        for token, on in zip((*one.ids, -1), (*one.trained, False), strict=True):
            span += [token] if on else []
            if span and (not on or token in renderer(shape).stop_ids):
                texts.append(renderer(shape).decode(span))
                span = []
    return texts


@shapes
@pytest.mark.parametrize("said", ["yes", "two\nlines", "🙂 é 漢字", "a [b] {c} <d>", "x" * 300])
def test_one_answer_is_trained_with_its_stop_token(shape: Shape, said: str) -> None:
    masked = mask(row(user("why?"), answer(said)), renderer(shape))
    assert masked.problem is None
    assert [one.strategy for one in masked.rows] == [shape.one]
    assert trained(masked, shape) == [shape.answer.format(said)]


@shapes
def test_every_answer_of_a_conversation_is_trained_once(shape: Shape) -> None:
    one = row(user("a?"), answer("first 🙂"), user("b?"), answer("second"), user("c?"), answer("3"))
    masked = mask(one, renderer(shape))
    assert {r.strategy for r in masked.rows} == {shape.several}
    assert trained(masked, shape) == [shape.answer.format(s) for s in ("first 🙂", "second", "3")]


@shapes
def test_the_systems_words_are_context_or_the_row_is_refused(shape: Shape) -> None:
    rules = {"role": "system", "content": "Be brief."}
    masked = mask(row(rules, user("a?"), answer("ok")), renderer(shape))
    if not shape.takes_system:
        assert masked.kind == "template_error"
        assert "the system has none" in (masked.problem or "")
        return
    assert trained(masked, shape) == [shape.answer.format("ok")]
    assert "Be brief." in renderer(shape).decode(masked.rows[0].ids)


@shapes
def test_calls_of_tools_are_trained_as_rendered_and_results_are_not(shape: Shape) -> None:
    one = row(user("how many?"), CALL, RESULT, answer("42"), tools=[TOOL])
    masked = mask(one, renderer(shape))
    if not shape.takes_tools:
        assert masked.kind in {"template_error", "not_shown"}
        return
    texts = trained(masked, shape)
    assert "look_up" in texts[0]
    assert texts[1] == shape.answer.format("42")
    assert not any("lamps" in text for text in texts)
    assert all(text.endswith(shape.stop) for text in texts)


@shapes
def test_a_turn_of_weight_zero_carries_no_loss(shape: Shape) -> None:
    one = row(user("a?"), answer("wrong", weight=0), user("b?"), answer("right"))
    assert trained(mask(one, renderer(shape)), shape) == [shape.answer.format("right")]


@shapes
def test_an_empty_answer_trains_its_stop_token_alone(shape: Shape) -> None:
    one = row(user("a?"), answer(""))
    (text,) = trained(mask(one, renderer(shape)), shape)
    assert text.split() == shape.answer.format("").split()


@shapes
def test_a_stop_token_that_is_not_named_is_a_finding_that_names_it(shape: Shape) -> None:
    tokenizer = shape.tokenizer()
    other = TokenizerRenderer(tokenizer, frozenset([tokenizer.convert_tokens_to_ids("<|pad|>")]))
    masked = mask(row(user("a?"), answer("b")), other)
    assert masked.kind == "never_stops"
    assert shape.stop in (masked.problem or "")
    assert masked.shown, "its tokens can be looked at"


def test_a_thought_in_the_data_is_trained_behind_the_opening_of_the_template() -> None:
    one = row(user("why?"), answer("<think>\nhm\n</think>\n\nbecause"))
    masked = mask(one, renderer(OPENS_A_THOUGHT))
    assert trained(masked, OPENS_A_THOUGHT) == ["hm\n</think>\n\nbecause<eos>"]
    whole = renderer(OPENS_A_THOUGHT).decode(masked.rows[0].ids)
    assert whole.count("<think>") == 1
    assert not masked.flags


def test_an_answer_inside_a_thought_that_never_closes_is_a_finding() -> None:
    masked = mask(row(user("why?"), answer("because")), renderer(OPENS_A_THOUGHT))
    assert masked.flags == {"unclosed_thought"}


def test_each_turn_keeps_its_thought_although_history_loses_it() -> None:
    said = ["<think>\none\n</think>\n\nA", "<think>\ntwo\n</think>\n\nB"]
    one = row(user("a?"), answer(said[0]), user("b?"), answer(said[1]))
    masked = mask(one, renderer(FORGETS_THOUGHTS))
    assert trained(masked, FORGETS_THOUGHTS) == [f"{text}<|im_end|>" for text in said]
    assert "one" not in renderer(FORGETS_THOUGHTS).decode(masked.rows[1].ids)


def test_marks_that_say_the_same_raise_nothing_and_others_are_reported() -> None:
    one = row(user("a?"), answer("b"), user("c?"), answer("d"))
    assert not mask(one, renderer(MARKED)).flags
    shorter = Shape(
        template=MARKED.template.replace(
            "<|end|>{% endgeneration %}", "{% endgeneration %}<|end|>"
        ),
        marks=(),
        stop="<|end|>",
        answer="{}<|end|>",
    )
    masked = mask(one, renderer(shorter))
    assert masked.flags == {"marks_differ"}
    assert trained(masked, shorter) == ["b<|end|>", "d<|end|>"]


@pytest.mark.parametrize(
    ("template", "one", "flag"),
    [
        (
            CHATML.template.replace(
                "{% for m in messages %}", "{% for m in messages if m.role != 'system' %}"
            ),
            row({"role": "system", "content": "Be brief."}, user("a?"), answer("b")),
            "turn_not_shown",
        ),
        (
            CHATML.template.replace("tools | tojson", "''"),
            row(user("a?"), answer("b"), tools=[TOOL]),
            "tools_not_shown",
        ),
        (
            CHATML.template,
            row(user("a?"), answer("b", reasoning_content="because of c")),
            "thought_not_shown",
        ),
    ],
)
def test_what_the_template_leaves_out_is_a_finding(template: str, one: Example, flag: str) -> None:
    shape = Shape(template=template, marks=CHATML.marks, stop=CHATML.stop, answer=CHATML.answer)
    masked = mask(one, renderer(shape))
    assert masked.flags == {flag}
    assert masked.rows


def test_words_shown_as_a_json_string_are_shown() -> None:
    quoted = CHATML.template.replace(
        "{{ m.content }}", "{{ m.content if m.role != 'tool' else m.content | tojson }}"
    )
    shape = Shape(template=quoted, marks=CHATML.marks, stop=CHATML.stop, answer=CHATML.answer)
    result = {**RESULT, "content": '{"said": "é\\n"}'}
    masked = mask(row(user("a?"), CALL, result, answer("b"), tools=[TOOL]), renderer(shape))
    assert masked.problem is None
    assert not masked.flags


@pytest.mark.parametrize(
    ("arguments", "flags"), [('{"q": "x"}', {"escaped_arguments"}), ({"q": "x"}, set())]
)
def test_arguments_that_become_a_string_in_a_string_are_a_finding(
    arguments: object, flags: set[str]
) -> None:
    function = {"name": "look_up", "arguments": arguments}
    call = {**CALL, "tool_calls": [{"id": "c1", "type": "function", "function": function}]}
    masked = mask(row(user("a?"), call, RESULT, answer("b"), tools=[TOOL]), renderer(CHATML))
    assert masked.flags == flags


def test_every_finding_has_a_meaning() -> None:
    names = {*get_args(Problem), *get_args(Flag), *get_args(Fate)} - {"kept"}
    assert names <= set(MEANINGS)


def test_an_answer_that_a_template_shortens_is_refused() -> None:
    shape = Shape(
        template=CHATML.template.replace("{{ m.content }}", "{{ m.content[:1] }}"),
        marks=CHATML.marks,
        stop=CHATML.stop,
        answer=CHATML.answer,
    )
    masked = mask(row(user("a"), answer("bc", tool_calls=CALL["tool_calls"])), renderer(shape))
    assert masked.kind == "not_shown"


CONTROL = sorted({mark for shape in SHAPES.values() for mark in (*shape.marks, shape.stop)})
words = st.lists(st.sampled_from([*CONTROL, "<think>", "</think>", "a", " ", "\n", "é"])).map(
    "".join
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(SHAPES)), words, words)
def test_control_text_in_a_row_is_trained_as_written_or_refused(
    name: str, asked: str, said: str
) -> None:
    shape = SHAPES[name]
    masked = mask(row(user(f"{asked}?"), answer(f"{said}!")), renderer(shape))
    if masked.kind is not None:
        assert masked.problem
        assert not masked.rows
        return
    given_back = "".join("".join(trained(masked, shape)).split())
    expected = "".join(f"{said}!".split())
    opened = shape is OPENS_A_THOUGHT and expected.startswith("<think>")
    assert expected.removeprefix("<think>" if opened else "") in given_back
    assert given_back.endswith(shape.stop)


def test_control_text_with_a_stop_token_in_an_answer_is_named() -> None:
    masked = mask(row(user("a?"), answer("half<|im_end|>rest")), renderer(CHATML))
    assert masked.kind == "control_text"


def test_a_base_model_without_turns_takes_the_plain_template() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = None
    plain = make_renderer(tokenizer, eos_ids=None, extra=(), template=chosen_template(PLAIN))
    one = row(
        {"role": "system", "content": "Be brief."},
        user("a?"),
        answer("b"),
        user("c?"),
        CALL,
        RESULT,
        answer("d"),
        tools=[TOOL],
    )
    masked = mask(one, plain)
    assert masked.problem is None
    assert not masked.flags
    (sequence,) = masked.rows
    on = [i for i, yes in zip(sequence.ids, sequence.trained, strict=True) if yes]
    texts = plain.decode(on).split("<|end|>")
    assert texts[0] == "b"
    assert "look_up" in texts[1]
    assert texts[2:] == ["d", ""]
    assert plain.decode(sequence.ids).count("### Assistant\n") == 3


def test_a_token_across_the_border_of_an_answer_is_taken_apart_and_counted() -> None:
    tokenizer = AutoTokenizer.from_pretrained(embedded_model())
    joined = "{% for m in messages %}{{ m.role[:1] }} {{ m.content }}<|end|>{% endfor %}"
    opening = "{% if add_generation_prompt %}a {% endif %}"
    one = row(user("a?"), answer("return the Atlas"))
    merging = make_renderer(tokenizer, eos_ids=None, extra=(), template=joined + opening)
    masked = mask(one, merging)
    (sequence,) = masked.rows
    assert masked.flags == {"boundary_merge"}
    on = [i for i, yes in zip(sequence.ids, sequence.trained, strict=True) if yes]
    assert merging.decode(on) == "return the Atlas<|end|>"
    # What the model is given when it answers is exactly what stands before the answer here.
    asked = merging.render([one.messages[0].raw], None, opening=True)
    assert list(sequence.ids[: sequence.trained.index(True)]) == merging.encode(asked)[0]
    assert sequence.ids != tuple(merging.encode(merging.decode(sequence.ids))[0])


def test_what_is_before_an_answer_is_cut_as_if_the_answer_were_not_there() -> None:
    headed = "{% for m in messages %}{{ m.role }}\n\n{{ m.content }}<|end|>{% endfor %}"
    opening = "{% if add_generation_prompt %}assistant\n\n{% endif %}"
    merging = make_renderer(merging_tokenizer(headed + opening), eos_ids=None, extra=())
    one = row(user("a?"), answer("b"))
    masked = mask(one, merging)
    (sequence,) = masked.rows
    asked = merging.encode(merging.render([one.messages[0].raw], None, opening=True))[0]
    assert list(sequence.ids[: sequence.trained.index(True)]) == asked
    assert masked.flags == {"boundary_merge"}


def test_a_tokenizer_that_writes_spaces_into_its_tokens_gives_the_answer_back() -> None:
    letters = [chr(code) for code in range(0x21, 0x7F)]
    pieces = ["<unk>", "▁", *letters, *(f"<0x{code:02X}>" for code in range(256)), "▁yes"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    merges = [("▁", "y"), ("e", "s"), ("▁y", "es")]
    vocabulary |= {"▁y": len(vocabulary), "es": len(vocabulary) + 1}
    bpe = models.BPE(vocab=vocabulary, merges=merges, byte_fallback=True, unk_token="<unk>")
    tokenizer = Tokenizer(bpe)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    tokenizer.add_special_tokens(["<s>", "</s>"])
    spaced = make_renderer(
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            chat_template=SHAPES["brackets"].template,
            bos_token="<s>",
            eos_token="</s>",
        ),
        eos_ids=None,
        extra=(),
    )
    one = row(user("why é?"), answer("yes 🙂"), user("and?"), answer("yes"))
    masked = mask(one, spaced)
    assert masked.problem is None
    (sequence,) = masked.rows
    on = [i for i, yes in zip(sequence.ids, sequence.trained, strict=True) if yes]
    assert "".join(spaced.decode(on).split()) == "yes🙂</s>yes</s>"
    assert vocabulary["▁yes"] in on
    read = read_pieces(spaced.tokenizer, sequence.ids)
    assert read.texts[vocabulary["▁yes"]] == " yes"
    assert read.texts[vocabulary["<0xF0>"]] == "<0xF0>"
