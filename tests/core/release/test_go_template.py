"""A Go template says what the chat template says, or is not given out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import JobError
from core.release.dressing.artefact import Artefact, Render
from core.release.dressing.go_render import collate, render
from core.release.dressing.go_template import find_pieces, go_template
from core.release.dressing.ollama import dress
from tests.support.chat_templates import SHAPES, Shape


def renders(shape: Shape) -> Render:
    tokenizer = shape.tokenizer()

    def said(turns: Any) -> str:
        text: str = tokenizer.apply_chat_template(
            list(turns), tokenize=False, add_generation_prompt=True
        )
        return text

    return said


def artefact(template: Render, **changes: Any) -> Artefact:
    values: dict[str, Any] = {
        "name": "tuned",
        "adapter": False,
        "base": "b",
        "revision": None,
        "rank": 0,
        "context": 512,
        "template": "",
        "render": template,
        "stop": ("<|im_end|>",),
        "bos": "",
        "adds_bos": False,
    }
    return Artefact(**(values | changes))


def turns(*said: str, system: str | None = None) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    told = [] if system is None else [{"role": "system", "content": system}]
    return told + [{"role": roles[n % 2], "content": text} for n, text in enumerate(said)]


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_every_shape_of_template_is_translated_and_renders_alike(name: str) -> None:
    shape = SHAPES[name]
    wanted = renders(shape)
    found = go_template(artefact(wanted))
    for one in (turns("hi"), turns("a", "b", "c"), turns("x\n{{y}}", "z\\n", 'say "it"')):
        assert render(found.text, one) == wanted(one)
    if shape.takes_system:
        told = turns("a", "b", "c", system="be kind\nand brief")
        assert render(found.text, told) == wanted(told)
    else:
        assert any("no system turn" in note for note in found.notes)


def test_a_template_that_trims_is_said_to() -> None:
    notes = go_template(artefact(renders(SHAPES["headers"]))).notes
    assert any("trims white space" in note for note in notes)
    assert not go_template(artefact(renders(SHAPES["chatml"]))).notes


def test_words_that_stand_in_for_a_missing_system_turn_stay() -> None:
    def wanted(asked: Any) -> str:
        given = asked[0]["role"] == "system"
        told = asked[0]["content"] if given else "You are Bo."
        return (
            f"<S>{told}</S>"
            + "".join(f"<{m['role']}>{m['content']}" for m in asked[given:])
            + "<a>"
        )

    text = go_template(artefact(wanted)).text
    assert render(text, turns("hi")) == "<S>You are Bo.</S><user>hi<a>"
    assert render(text, turns("hi", system="Be Al.")) == "<S>Be Al.</S><user>hi<a>"


def test_the_first_token_is_left_to_the_tokenizer_that_adds_it() -> None:
    wanted = renders(SHAPES["headers"])
    given_out = go_template(artefact(wanted, bos="<|begin|>", adds_bos=True)).text
    assert "<|begin|>" + render(given_out, turns("a")) == wanted(turns("a"))
    kept = go_template(artefact(wanted, bos="<|begin|>", adds_bos=False)).text
    assert render(kept, turns("a")) == wanted(turns("a"))


def counting(asked: Any) -> str:
    return "".join(f"{n}:{m['content']};" for n, m in enumerate(asked))


def forgetting(asked: Any) -> str:
    return f"<u>{asked[-1]['content']}<a>"


@pytest.mark.parametrize("template", [counting, forgetting])
def test_a_template_that_pieces_cannot_say_is_refused(template: Render) -> None:
    with pytest.raises(JobError, match="cannot be written as a template of Ollama"):
        go_template(artefact(template))


def test_own_prompts_that_come_out_otherwise_are_counted() -> None:
    two = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]
    called = [{"role": "user", "content": "a", "tool_calls": [{}]}]
    prompts = tuple(tuple(one) for one in (turns("fine"), two, called))
    found = go_template(artefact(renders(SHAPES["chatml"]), prompts=prompts))
    assert found.differ == 2
    assert found.notes[0].startswith("2 of 3 validation prompts are written otherwise")


_TEXT = st.text(st.sampled_from('ab {}"<|>\n\\-'), max_size=8)


@given(_TEXT, _TEXT, _TEXT, _TEXT, _TEXT, st.text(max_size=20))
def test_any_text_around_turns_means_itself(
    start: str, before: str, after: str, answer: str, opening: str, word: str
) -> None:
    def wanted(asked: Any) -> str:
        around = {"user": (before, after), "assistant": (answer, "!")}
        said = "".join(
            f"{around[m['role']][0]}{m['content']}{around[m['role']][1]}"
            for m in asked
            if m["role"] != "system"
        )
        return f"{start}{said}?{opening}"

    text = go_template(artefact(wanted)).text
    assert '"""' not in text
    assert not text.endswith('"')
    assert render(text, turns(word, word, word)) == wanted(turns(word, word, word))


def test_the_renderer_trims_as_go_documents_it() -> None:
    # From the documentation of text/template: {{23 -}} < {{- 45}} gives 23<45.
    assert render('{{"23" -}} < {{- "45"}}', []) == "23<45"
    assert render('{{ "a" }} \n{{- "-b" }} c', []) == "a-b c"


def test_the_renderer_chooses_and_repeats() -> None:
    text = (
        "{{ if .System }}S={{ .System }};{{ else }}none;{{ end }}"
        '{{ range .Messages }}{{ if eq .Role "user" }}U{{ .Content }}'
        '{{ else if eq .Role "assistant" }}A{{ .Content }}{{ $.System }}{{ end }}{{ end }}.'
    )
    assert render(text, turns("1", "2")) == "none;U1A2."
    assert render(text, turns("1", "2", system="s")) == "S=s;U1A2s."


@pytest.mark.parametrize(
    "text", ["{{ end }}", "{{ if .System }}", "{{ slice .A 1 }}", "{{ .Nothing }}", "{{ a | b }}"]
)
def test_the_renderer_never_guesses(text: str) -> None:
    with pytest.raises(ValueError, match=r"known|missing|closes"):
        render(text, turns("a"))


def test_neighbours_of_one_role_are_one_turn() -> None:
    said = [*turns("a", system="x"), *turns("b", system="y")]
    system, merged = collate([said[0], said[2], said[1], said[3]])
    assert system == "x\n\ny"
    assert merged == [
        {"Role": "system", "Content": "x\n\ny"},
        {"Role": "user", "Content": "a\n\nb"},
    ]


def test_pieces_of_a_known_template() -> None:
    pieces = find_pieces(renders(SHAPES["brackets"]))
    assert pieces.start + pieces.user[0] == "<s>[INST] "
    assert pieces.opening == ""
    assert pieces.system is not None
    assert pieces.system[0] == "<s>[INST] <<SYS>>"


def test_the_modelfile_is_the_expected_one() -> None:
    made = dress(artefact(renders(SHAPES["chatml"]), stop=("<|im_end|>", 'a"b')))
    assert made.files["Modelfile"] == (
        "FROM .\n"
        'TEMPLATE """{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n'
        "{{ else }}{{ end }}{{ range .Messages }}"
        '{{ if eq .Role "user" }}<|im_start|>user\n{{ .Content }}<|im_end|>\n'
        "<|im_start|>assistant\n"
        '{{ else if eq .Role "assistant" }}{{ .Content }}<|im_end|>\n'
        '{{ end }}{{ end }}"""\n'
        'PARAMETER stop "<|im_end|>"\n'
        'PARAMETER stop """a"b"""\n'
        "PARAMETER temperature 0\n"
        "PARAMETER repeat_penalty 1.0\n"
        "PARAMETER num_ctx 512\n"
    )
    assert made.serve == "ollama create tuned -f Modelfile && ollama run tuned"
