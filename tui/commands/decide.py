"""`tuningfork decide`: the wizard without a screen."""

import json
from argparse import Namespace

from core.decide.advise import Recommendation, advise
from core.decide.answers import read_answers
from core.decide.questions import QUESTIONS
from core.decide.record import save_decision
from core.errors import UsageError
from core.text_safety import visible
from core.workspace import new_run_id
from tui.commands.place import moment, token, workspace_of


def run(arguments: Namespace) -> int:
    """List the questions, or turn a file of answers into a recommendation."""
    if arguments.questions:
        _print_questions(as_json=arguments.json)
        return 0
    if arguments.answers is None:
        raise UsageError(
            what="There are no answers to decide from.",
            why="Without a screen, answers come from a file.",
            remedy="`tuningfork decide --questions` lists what to answer; "
            "then `tuningfork decide --answers FILE.toml`.",
        )
    answers = read_answers(arguments.answers)
    recommendation = advise(answers)
    if arguments.save:
        now = moment()
        save_decision(
            workspace_of(arguments).database,
            id=new_run_id(arguments.name, now=now, token=token()),
            name=arguments.name,
            answers=answers,
            recommendation=recommendation,
            now=now,
        )
    if arguments.json:
        print(json.dumps(recommendation.as_json(), ensure_ascii=False))
    else:
        _print_recommendation(recommendation)
    return 0


def _print_questions(*, as_json: bool) -> None:
    if as_json:
        print(json.dumps([question.as_json() for question in QUESTIONS], ensure_ascii=False))
        return
    for question in QUESTIONS:
        print(f"{question.id} = {question.allowed}")
        print(f"    {question.text}")
        print(f"    Why: {question.why}")


def _print_recommendation(recommendation: Recommendation) -> None:
    print(f"Recommended: {recommendation.recommendation.replace('_', ' ')}")
    for title, lines in (
        ("Because", recommendation.reasons),
        ("Mind", recommendation.warnings),
        (
            "It would change if",
            [str(one.as_json()["sentence"]) for one in recommendation.would_change_if],
        ),
    ):
        for line in lines:
            print(f"{title}: {visible(line)}")
