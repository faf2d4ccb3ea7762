"""The questions as a value: what each key does to the answers, without a screen."""

import json
import random
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decide.draft import Draft
from core.decide.questions import QUESTIONS
from core.errors import DecisionError
from tests.support.app_pilot import MACHINE
from tui import decide_state as state
from tui.commands import decide
from tui.decide_state import Wizard, opened, read_number
from tui.decide_tree import leaning, result_of, tree_lines
from tui.keys.deciding import LETTERS

ASKED = {
    "questions": False,
    "save": False,
    "json": True,
    "markdown": False,
    "name": "task",
    "workspace": None,
    "record": False,
    "measure": None,
    "expect": None,
}
IDS = [question.id for question in QUESTIONS]
NUMBERS = [question.id for question in QUESTIONS if not question.allowed]


def press(wizard: Wizard, keys: str) -> Wizard:
    """Return the wizard after keys: letters, digits, `>` next, `<` before, `!` enter."""
    for key in keys:
        if key in state.DIGITS:
            wizard = state.typed(wizard, key)
        elif key in "<>":
            wizard = state.went(wizard, 1 if key == ">" else -1)
        else:
            wizard = state.taken(wizard) if key == "!" else state.chosen(wizard, key)
    return wizard


def random_keys(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Return keys that answer every question, and the answers file that says the same."""
    keys, lines = "", {}
    for question in QUESTIONS:
        words = [word for word in question.allowed if word != "unknown"]
        if chance.random() < 0.25:
            keys += chance.choice(("i", ">"))
        elif words:
            place = chance.randrange(len(words))
            keys += LETTERS[place]
            lines[question.id] = words[place]
        else:
            lines[question.id] = chance.choice((3, 49, 50, 120, 600, 9_999, 10_000, 2_000_000))
            keys += f"{lines[question.id]}!"
    return keys, lines


def test_five_hundred_random_ways_give_what_the_command_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide, "read_machine", lambda _: MACHINE)
    monkeypatch.chdir(tmp_path)
    chance = random.Random(20)
    choices = set()
    for _ in range(500):
        keys, lines = random_keys(chance)
        file = tmp_path / "answers.toml"
        file.write_text("".join(f"{id} = {json.dumps(value)}\n" for id, value in lines.items()))
        assert decide.run(Namespace(**ASKED, answers=file)) == 0
        printed = json.loads(capsys.readouterr().out)
        shown = json.loads(json.dumps(result_of(press(Wizard(), keys))))
        assert shown == {name: printed[name] for name in shown}
        assert set(printed) - set(shown) == {"bill", "method"}
        choices.add(printed["recommendation"])
    assert len(choices) > 3


def test_every_allowed_word_can_be_chosen_by_a_letter() -> None:
    for question in QUESTIONS:
        wizard = state.at_question(Wizard(), question.id)
        for option in wizard.options[:-1]:
            if option.letter:
                after = state.chosen(wizard, option.letter)
                assert after.draft.given == {question.id: option.value}
        offered = {option.value for option in wizard.options} - {None}
        assert offered == set(question.allowed) - {"unknown"}


def test_the_cursor_stays_inside_and_chooses_the_same_as_the_letter() -> None:
    wizard = state.at_question(Wizard(), "knowledge_changes")
    assert state.moved(wizard, -1).cursor == 0
    assert state.moved(wizard, 99).cursor == len(wizard.options) - 1
    third = state.taken(state.moved(wizard, 2))
    assert third == state.chosen(wizard, "c")
    assert third.draft.given == {"knowledge_changes": "monthly"}


def test_not_knowing_is_an_answer_and_another_than_leaving_it_open() -> None:
    unknown, left = press(Wizard(), "i"), press(Wizard(), ">")
    assert unknown.draft.given == {IDS[0]: None}
    assert left.draft.given == {}
    assert unknown.number == left.number == 1
    assert result_of(unknown) == result_of(left)
    assert state.went(unknown, -1).options[-1].given


def test_an_answer_changed_later_keeps_the_rest_and_returns_to_what_is_open() -> None:
    wizard = press(Wizard(), "abab")
    changed = press(wizard, "<<<b")
    assert changed.number == 4
    kept = {id: value for id, value in wizard.draft.given.items() if id != IDS[1]}
    assert {id: value for id, value in changed.draft.given.items() if id != IDS[1]} == kept
    assert state.went(wizard, -3).cursor == 1


def test_the_last_open_question_ends_it_wherever_it_stands() -> None:
    keys = "".join("1!" if id in NUMBERS else "a" for id in IDS)
    all_but_one = press(state.at_question(press(Wizard(), keys), IDS[2]), "")
    open_again = opened(all_but_one.draft.without(IDS[2]))
    assert not open_again.done
    assert open_again.open == (IDS[2],)
    assert press(open_again, "b").done


def test_a_number_is_typed_rubbed_out_and_taken() -> None:
    wizard = press(state.at_question(Wizard(), "labelled_examples"), "1200")
    assert wizard.typed == "1200"
    assert state.rubbed_out(wizard).typed == "120"
    after = press(wizard, "!")
    assert after.draft.given == {"labelled_examples": 1200}
    back = state.at_question(after, "labelled_examples")
    assert state.taken(back).draft.given == after.draft.given
    assert state.rubbed_out(back).draft.given == {}


def test_a_typed_number_is_kept_by_going_on_and_a_bad_one_holds() -> None:
    wizard = press(state.at_question(Wizard(), "labelled_examples"), "70")
    assert state.went(wizard, -1).draft.given == {"labelled_examples": 70}
    held = state.went(press(wizard, ","), 1)
    assert held.complaint is not None
    assert held.question.id == "labelled_examples"
    assert held.typed == "70,"


def test_a_number_the_question_does_not_allow_is_not_taken() -> None:
    wizard = press(state.at_question(Wizard(), "latency_ms"), "0!")
    assert wizard.draft.given == {}
    assert wizard.complaint is not None
    assert press(state.at_question(Wizard(), "labelled_examples"), "1.5!").draft.given == {}


@given(st.integers(0, 10**15))
def test_a_number_reads_the_same_with_and_without_its_commas(number: int) -> None:
    assert read_number(str(number)) == number
    assert read_number(f"{number:,}") == number
    assert read_number(f"{number}.5") == number + 0.5
    assert state.shown_number(number) == f"{number:,}"


@pytest.mark.parametrize(
    "words", ["", ",", ".", "1,5", "1.000", "12,00", "1,2345", "1..2", "1.2.3"]
)
def test_a_number_that_could_be_two_is_not_guessed(words: str) -> None:
    with pytest.raises(DecisionError):
        read_number(words)


@given(st.text(alphabet=f"{LETTERS}i!<>0123456789.,", max_size=60))
def test_no_keys_break_it_and_the_leaning_is_that_of_the_answers(keys: str) -> None:
    wizard = press(Wizard(), keys)
    assert set(wizard.draft.given) <= set(IDS)
    assert 0 <= wizard.cursor < len(wizard.options)
    result = result_of(wizard)
    words = leaning(wizard, result).plain
    assert state.spoken(result["recommendation"]) in words or "nowhere" in words
    tree = [getattr(line, "text", line).plain for line in tree_lines(wizard, result)]
    assert len(tree) == len(QUESTIONS) + len(result["path"]) + 4
    assert sum("›" in line for line in tree) == 1


def test_the_tree_says_each_way_taken_and_what_it_hangs_on() -> None:
    def tree(keys: str) -> list[str]:
        wizard = press(Wizard(), keys)
        lines = tree_lines(wizard, result_of(wizard))
        return [getattr(line, "text", line).plain for line in lines]

    lines = tree("aba")
    documents = next(line for line in lines if "documents needed" in line)
    assert documents.endswith("? yes")
    assert any(line.startswith("└─ leaning to retrieval") for line in lines)
    assert any("needs private documents" in line and line.endswith("yes") for line in lines)
    assert "not known: strong prompt solves" in "\n".join(tree("ai"))


def test_a_draft_opens_where_it_was_left() -> None:
    given: Mapping[str, Any] = {"has_gpu": "no"}
    wizard = opened(Draft(given=given, at="has_gpu"))
    assert wizard.question.id == "has_gpu"
    assert wizard.cursor == 1
