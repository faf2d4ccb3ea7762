"""Trying prompts by keyboard: from a question, with figures, and back with an answer."""

from pathlib import Path

from core.decide.draft import Draft, read_draft, write_draft
from core.decide.record import read_decisions
from core.workspace import create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.hostile import HOSTILE
from tests.support.measured_job import add_measured_job, measurement
from tests.support.path_job import SPLIT, chat, make_workspace

FROM_QUESTION = [("1", "No decision"), ("w", "Question 1 of"), ("m", "Try prompting now")]


async def test_figures_become_an_answer_that_the_decision_keeps(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    add_measured_job(workspace, measurement(base=2, few_shot=14))
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, FROM_QUESTION)
        text = await shows(pilot, "Not settled")
        assert "14 of 20 exact (48-85 %)" in text
        await walk(pilot, [("t", "Question 2 of"), ("r", "Measured")])
        await walk(pilot, [("s", "What is the decision about")])
        await pilot.press(*"tickets")
        await walk(pilot, [("enter", "By how many points"), ("enter", "tickets · 2026")])
    (saved,) = read_decisions(workspace.database)
    assert saved.answers["strong_prompt_tried"] == "yes"
    assert saved.answers["labelled_examples"] == 100
    assert saved.result["measured"]["provenance"]["strong_prompt_tried"] == (
        "measured on 20 examples, 14 exact (48-85 %): few-shot, answered by /models/a"
    )


async def test_few_shot_that_is_good_enough_says_stop_and_is_recommended(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    write_draft(workspace.decision_draft, Draft().with_answer("regulated", "no"))
    add_measured_job(workspace, measurement(n=30, base=0, few_shot=29))
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("1", "1 answer waits"), ("w", "Question"), ("m", "Stop here")])
        await walk(pilot, [("t", "Question 2 of"), ("r", "few-shot")])
    draft = read_draft(workspace.decision_draft)
    assert draft
    assert draft.given["strong_prompt_solves"] == "yes"
    assert draft.given["regulated"] == "no"


async def test_too_few_examples_are_refused_before_anything_is_launched(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    rows = tmp_path / "r.jsonl"
    rows.write_text("\n".join(chat(f"question {n}", f"answer {n}") for n in range(4)))
    async with opened(workspace, size=(200, 24)) as (_app, pilot):
        await walk(pilot, [*FROM_QUESTION, ("m", "Which examples")])
        await pilot.press(*str(rows))
        await walk(pilot, [("enter", "r.jsonl"), ("m", "Add 6 more")])
    assert list(workspace.run_folders()) == []


async def test_a_prompt_is_drafted_from_rows_of_the_split(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, [("1", "No decision"), ("w", "Question 1 of"), ("m", SPLIT)])
        await walk(pilot, [("d", "Drafted"), ("o", "with the keys of")])
    assert "and nothing else" in workspace.improved_prompt.read_text()


async def test_nothing_that_was_written_elsewhere_is_obeyed(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    hostile = " ".join(HOSTILE).encode("utf-8", "replace").decode()
    workspace.improved_prompt.write_text(hostile)
    add_measured_job(workspace, measurement(few_shot=3, model=hostile))
    async with opened(workspace, size=(120, 50)) as (_app, pilot):
        await walk(pilot, FROM_QUESTION)
        text = await shows(pilot, "3 of 20")
    assert "\x1b" not in text
