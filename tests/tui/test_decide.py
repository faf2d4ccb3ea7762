"""Deciding from the keyboard: ask, leave, come back, read, save, compare."""

import json
import os
import random
import signal
import sqlite3
from pathlib import Path

import pytest

from core.decide.answers import Answers
from core.decide.draft import Draft, read_draft, write_draft
from core.decide.questions import QUESTIONS
from core.decide.record import read_decisions
from core.workspace import Workspace, create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.decisions import add_decisions, record
from tests.support.hostile import HOSTILE
from tests.support.pty_session import PtySession, app_command, environment
from tests.support.screen_text import screen_text
from tui.decide_state import Wizard, spoken
from tui.decide_tree import result_of

ASK = [("1", "No decision"), ("w", "Question 1 of")]


def tickets(root: Path) -> Workspace:
    return create_workspace(root, name="tickets")


async def test_answers_lead_to_a_result_that_is_saved_and_shown_again(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*ASK, ("a", "Question 2"), ("b", "Question 3"), ("a", "Question 4")])
        await walk(pilot, [("c", "leaning to retrieval"), ("r", "Recommended   retrieval")])
        await walk(pilot, [("s", "What is the decision about")])
        await pilot.press(*"tickets first")
        await walk(pilot, [("enter", "beat the next best way")])
        await pilot.press(*"5 to 15")
        await walk(pilot, [("enter", "tickets first · 2026")])
    (saved,) = read_decisions(workspace.database)
    assert saved.name == "tickets first"
    answers = Answers.model_validate(saved.answers)
    assert answers.knowledge_changes == "monthly"
    assert answers.strong_prompt_solves == "no"
    assert saved.result["recommendation"] == "retrieval"
    assert saved.result["expected_gain"] == [0.05, 0.15]
    assert read_draft(workspace.decision_draft) is None


async def test_enter_begins_where_nothing_is_decided(tmp_path: Path) -> None:
    async with opened(tickets(tmp_path / "w")) as (_app, pilot):
        begin = ("enter", "Question 1 of")
        await walk(pilot, [("1", "No decision"), begin, ("a", "Question 2")])
        await walk(pilot, [("escape", "1 answer waits, not saved"), ("enter", "Question 2 of")])


async def test_a_decision_without_a_name_is_not_saved_and_nothing_is_lost(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*ASK, ("a", "Question 2"), ("r", "Recommended"), ("s", "about")])
        await walk(pilot, [("enter", "needs a name"), ("s", "about"), ("escape", "Not saved")])
        await walk(pilot, [("s", "about"), ("n", "n"), ("enter", "next best"), ("escape", "took")])
    assert read_decisions(workspace.database) == []
    assert read_draft(workspace.decision_draft) is not None


async def test_not_knowing_shows_how_to_find_out_and_counts_as_answered(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*ASK, ("i", "To find out: Write instructions")])
        assert read_draft(workspace.decision_draft) is None
        await walk(pilot, [("i", "Question 2"), ("p", "your answer")])
        await shows(pilot, "0 answered, 1 not known")
    draft = read_draft(workspace.decision_draft)
    assert draft is not None
    assert draft.given == {QUESTIONS[0].id: None}


async def test_digits_type_a_number_and_lead_nowhere_else(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    number = next(one for one in QUESTIONS if not one.allowed)
    write_draft(workspace.decision_draft, Draft(given={"has_gpu": "no"}, at=number.id))
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "1 answer waits"), ("w", "type a number"), ("1", "1_")])
        await pilot.press(*"2345")
        await walk(pilot, [("backspace", "1234_"), ("enter", "2 answered")])
        await walk(pilot, [("p", "1,234"), ("3", "3_"), ("n", "2 answered")])
        await walk(pilot, [("2", "No dataset")] if not _asks_number(workspace) else [])
    draft = read_draft(workspace.decision_draft)
    assert draft is not None
    assert draft.given[number.id] == 3


def _asks_number(workspace: Workspace) -> bool:
    draft = read_draft(workspace.decision_draft)
    return draft is not None and any(q.id == draft.at and not q.allowed for q in QUESTIONS)


async def test_leaving_midway_and_coming_back_goes_on(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*ASK, ("a", "Question 2"), ("b", "Question 3"), ("q", "Question 3")])
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "2 answers wait"), ("w", "Question 3"), ("p", "your answer")])


def test_a_killed_app_loses_no_answer(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    for number, letter in enumerate("aba", 1):
        command, env = app_command(workspace.root), environment(tmp_path)
        with PtySession(command, env=env, size=(80, 24)) as session:
            session.wait_for("Next")
            session.send("1")
            session.wait_for("not saved as a decision" if number > 1 else "No decision")
            session.send("w")
            session.wait_for(f"Question {number} of")
            session.send(letter)
            session.wait_for(f"Question {number + 1} of")
            os.kill(session.pid, signal.SIGKILL)
            session.wait_for_end()
    draft = read_draft(workspace.decision_draft)
    assert draft is not None
    assert list(draft.given.values()) == ["yes", "no", "yes"]


async def test_what_would_change_it_leads_to_its_question_and_back(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*ASK, ("a", "Question 2"), ("b", "Question 3"), ("a", "Question 4")])
        await walk(pilot, [("r", "› strong prompt tried: no"), ("enter", "Have you tried")])
        await walk(pilot, [("b", "Question 4"), ("r", "Recommended   prompting")])
    draft = read_draft(workspace.decision_draft)
    assert draft is not None
    assert list(draft.given.values()) == ["no", "no", "yes"]


async def test_the_path_stands_beside_the_question_where_there_is_room(tmp_path: Path) -> None:
    async with opened(tickets(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*ASK, ("a", "Question 2"), ("b", "Question 3")])
        text = await shows(pilot, "The path so far")
        assert "› needs private documents" in text
        assert "├─ Are private or changing documents" in text
        await walk(pilot, [("a", "└─ leaning to retrieval")])


async def test_the_path_grows_beside_the_question_on_a_small_screen_too(tmp_path: Path) -> None:
    async with opened(tickets(tmp_path / "w")) as (_app, pilot):
        await walk(pilot, [*ASK, ("a", "├─ prompt too weak  no ?")])
        await walk(pilot, [("b", "├─ prompt too weak  yes"), ("a", "├─ facts to look up  yes")])
        text = await shows(pilot, "└─ retrieval")
        path = [row[49:].strip() for row in text.splitlines() if "─ " in row[49:]]
        assert path == [
            "├─ solved already  no",
            "├─ prompt too weak  yes",
            "├─ facts to look up  yes",
            "├─ form to keep  no ?",
            "└─ retrieval",
        ]
        await walk(pilot, [("p", "facts to look up"), ("i", "To find out"), ("i", "up  no ?")])


async def test_every_question_with_its_note_fits_a_small_screen(tmp_path: Path) -> None:
    async with opened(tickets(tmp_path / "w")) as (app, pilot):
        await walk(pilot, ASK)
        for number, question in enumerate(QUESTIONS, 1):
            await shows(pilot, f"Question {number} of")
            await walk(pilot, [("i", "it can be answered later")])
            left = " ".join(row[:49] for row in screen_text(app).splitlines())
            for words in (question.text, question.why, question.find_out):
                assert words in " ".join(left.split()), (question.id, words, left)
            await pilot.press("n")


async def test_decisions_are_listed_opened_and_compared(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    add_decisions(workspace)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "Recommended"), ("o", "3 decisions")])
        await walk(pilot, [("enter", "Recommended"), ("escape", "3 decisions")])
        await walk(pilot, [("space", "mark another"), ("space", "2 marked")])
        text = ""
        await pilot.press("enter")
        text = await shows(pilot, "Answers that differ")
        assert "≠ recommended" in text
        await walk(pilot, [("escape", "2 marked")])


async def test_a_recorded_decision_is_written_as_markdown(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    record(workspace, 1, name="[/foo] *x*", result={"recommendation": "retrieval"})
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, [("1", "Recommended"), ("E", "Written: ")])
    text = (workspace.decisions / "d1.md").read_text()
    assert "retrieval" in text
    assert "foo" in text.splitlines()[0]
    assert "*x*" not in text


async def test_a_result_brings_its_bill_and_both_are_saved(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    write_draft(workspace.decision_draft, Draft(given={"requests_per_day": 500}))
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(
            pilot,
            [("1", "not saved as a decision"), ("w", "Question 1"), ("r", "hosted answering")],
        )
        await walk(pilot, [("s", "about")])
        await pilot.press("b", "enter")
        await walk(pilot, [("m", "next best way"), ("enter", "is no gain"), ("enter", "b · 2026")])
    (saved,) = read_decisions(workspace.database)
    names = [line["name"] for line in saved.result["bill"]["lines"]]
    assert "hosted answering" in names


async def test_a_recorded_decision_is_answered_again_without_changing_it(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    add_decisions(workspace)
    before = read_decisions(workspace.database)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "Recommended"), ("e", "Question 1"), ("escape", "Recommended")])
        assert read_draft(workspace.decision_draft) is None
        await walk(pilot, [("e", "Question 1"), ("a", "Not saved")])
        await walk(pilot, [("escape", "none open"), ("escape", "answers wait")])
        await walk(pilot, [("e", "Replaces the")])
        await walk(pilot, [("n", "answers wait")])
    assert read_decisions(workspace.database) == before
    draft = read_draft(workspace.decision_draft)
    assert draft is not None
    assert draft.given["strong_prompt_tried"] == "yes"


async def test_starting_over_asks_first(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*ASK, ("a", "Question 2"), ("X", "Forgets the 1"), ("n", "Question 2")])
        assert read_draft(workspace.decision_draft) is not None
        await walk(pilot, [("X", "Forgets the 1"), ("y", "Question 1")])
    assert read_draft(workspace.decision_draft) is None


async def test_the_next_step_is_one_key_away(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    add_decisions(workspace)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "Next step"), ("x", "No dataset")])


async def test_an_answer_that_could_not_be_kept_is_not_shown_as_given(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    workspace.decisions.write_text("a file in the way")
    async with opened(workspace) as (_app, pilot):
        await pilot.press("1")
        await walk(pilot, [("w", "Question 1"), ("a", "Could not keep")])
        text = await shows(pilot, "Question 1")
        assert "your answer" not in text


async def test_a_damaged_draft_is_named_and_decisions_still_show(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    workspace.decisions.mkdir()
    workspace.decision_draft.write_text("{")
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "cannot be read"), ("w", "cannot be read")])
    assert workspace.decision_draft.read_text() == "{"


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=str)
async def test_hostile_names_and_results_are_shown_as_text(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    workspace = tickets(tmp_path / "w")
    for number, word in enumerate(HOSTILE[:20]):
        record(workspace, number, name=word, result={"recommendation": word, "reasons": [word]})
    async with opened(workspace, size=size) as (app, pilot):
        await walk(pilot, [("1", "Recommended"), ("o", "20 decisions"), ("space", "1 marked")])
        await walk(pilot, [("space", "2 marked"), ("enter", "Answers that")])
        assert "\x1b" not in await shows(pilot, "recorded, UTC")
        await walk(pilot, [("escape", "2 marked"), ("G", "[/foo]")])
        assert app.is_running


async def test_a_hostile_name_is_saved_as_it_was_typed(tmp_path: Path) -> None:
    workspace = tickets(tmp_path / "w")
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*ASK, ("a", "Question 2"), ("r", "Recommended"), ("s", "about")])
        await pilot.press(*"[/foo]")
        await walk(pilot, [("enter", "next best way"), ("enter", "[/foo] · 2026")])
    assert read_decisions(workspace.database)[0].name == "[/foo]"


@pytest.mark.parametrize(
    "result",
    [
        "[]",
        "3",
        '{"reasons": 3, "would_change_if": {}, "costs": 1}',
        '{"bill": {}, "method": {"models": [3, {"name": "m"}], "services": 1}, "gates": [3]}',
    ],
)
async def test_a_result_of_another_shape_is_shown_as_far_as_it_goes(
    tmp_path: Path, result: str
) -> None:
    workspace = tickets(tmp_path / "w")
    add_decisions(workspace)
    with sqlite3.connect(workspace.database) as connection:
        connection.execute("UPDATE decisions SET result = ?, answers = '[]'", (result,))
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "Next step"), ("o", "3 decisions"), ("space", "1 marked")])
        await walk(pilot, [("space", "2 marked"), ("enter", "No answer differs")])


async def test_random_keys_on_the_screen_give_what_the_answers_give(tmp_path: Path) -> None:
    chance = random.Random(5)
    for number in range(3):
        workspace = tickets(tmp_path / f"w{number}")
        async with opened(workspace) as (_app, pilot):
            await walk(pilot, ASK)
            for place, question in enumerate(QUESTIONS, 1):
                await shows(pilot, f"Question {place} of")
                words = [word for word in question.allowed if word != "unknown"]
                if words:
                    await pilot.press("abcdefg"[chance.randrange(len(words))])
                else:
                    await pilot.press(*str(chance.choice((20, 700, 20_000))), "enter")
            text = await shows(pilot, "Recommended")
        draft = read_draft(workspace.decision_draft)
        assert draft is not None
        assert len(draft.given) == len(QUESTIONS)
        result = result_of(Wizard(draft=draft))
        assert f"Recommended   {spoken(result['recommendation'])}" in text
        assert json.dumps(result)
