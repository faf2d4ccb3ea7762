"""Documents are cut, found by the words of a question, and put before it."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from core.contenders.document_index import DocumentIndex, passages
from core.contenders.few_shot import FewShot
from core.contenders.kinds import KINDS, make_contenders
from core.contenders.means import Means
from core.contenders.prompt_draft import draft_prompt
from core.data.rows import Example
from tests.support.contenders import Echo, example_of

DOCUMENTS = {
    "returns.md": "# Returns\n\nThe return period is 45 days. A refund is paid after 6 days.",
    "shipping.md": "# Shipping\n\nShipping costs 7 euros. Parcels leave on weekdays.",
    "kanji.md": "返品は四十五日以内です。",
}


def test_the_passage_that_shares_rare_words_comes_first() -> None:
    index = DocumentIndex(DOCUMENTS)
    assert index.search("What does shipping cost?", most=1)[0].document == "shipping.md"
    assert index.search("When is a REFUND paid?", most=1)[0].document == "returns.md"
    assert index.search("返品できますか", most=1)[0].document == "kanji.md"
    assert index.search("zebra", most=3) == []


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=400))
def test_no_question_and_no_document_breaks_the_search(question: str, document: str) -> None:
    found = DocumentIndex({"a": document, "b": 'NEAR("x" AND *) OR'}).search(question, most=2)
    assert len(found) <= 2


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="ascii"), max_size=30), max_size=300))
def test_passages_hold_every_word_once_and_in_order(lines: list[str]) -> None:
    text = "\n\n".join(lines)
    pieces = list(passages(text))
    assert " ".join(pieces).split() == text.split()
    assert all(len(piece.split()) <= 120 for piece in pieces)


def test_what_was_found_stands_before_the_question_in_its_turn() -> None:
    made = make_contenders(Means(base=Echo(), documents=DOCUMENTS), ["retrieval"])
    asked = made.contenders[0].conversation(example_of("What does shipping cost?", "7", system="S"))
    assert [turn["role"] for turn in asked.messages] == ["system", "user"]
    content = asked.messages[-1]["content"]
    assert content.startswith("[shipping.md]\n")
    assert content.endswith("\n\nWhat does shipping cost?")


def test_a_question_that_nothing_was_found_for_is_asked_as_it_is() -> None:
    made = make_contenders(Means(base=Echo(), documents=DOCUMENTS), ["retrieval"])
    plain = Echo().conversation(example_of("zebra", "R"))
    assert made.contenders[0].conversation(example_of("zebra", "R")) == plain


def test_the_improved_prompt_takes_the_place_of_the_instructions_in_the_data() -> None:
    made = make_contenders(Means(base=Echo(), prompt="Better.\n"), ["improved_prompt"])
    asked = made.contenders[0].conversation(example_of("Q", "R", system="Worse."))
    assert [turn["content"] for turn in asked.messages] == ["Better.", "Q"]


def test_who_lacks_something_is_left_out_with_what_it_lacks() -> None:
    made = make_contenders(Means(base=Echo()), KINDS)
    assert [one.name for one in made.contenders] == ["base"]
    assert list(made.left_out) == ["improved_prompt", "few_shot", "retrieval", "tuned"]
    assert "improved_prompt.txt" in made.left_out["improved_prompt"]
    shown = make_contenders(Means(base=Echo(), shots=[example_of("q", "a")]), ["few_shot"])
    assert isinstance(shown.contenders[0], FewShot)


def note(topic: str, words: str) -> Example:
    return example_of(
        words, json.dumps({"topic": topic, "reply": f"about {words}"}), system="Sort."
    )


def test_a_draft_says_what_all_answers_have_in_common() -> None:
    draft = draft_prompt([note(("fault", "login")[n % 2], f"words {n}") for n in range(12)])
    assert draft.splitlines() == [
        "Sort.",
        'Answer with one JSON object on one line and nothing else. Its keys, in order: "topic", '
        '"reply".',
        '"topic" is one of: fault, login.',
    ]
    labels = draft_prompt([example_of(f"q{n}", ("yes", "no")[n % 2]) for n in range(8)])
    assert labels.splitlines()[-1].endswith("exactly one of these and nothing else: no, yes.")
    free = draft_prompt([example_of(f"q{n}", "word " * (n + 3)) for n in range(9)])
    assert "words and nothing else" in free
    assert draft_prompt([example_of("q", "yes")]).endswith("Answer in 1 word and nothing else.\n")
    assert draft_prompt([]) == ""
