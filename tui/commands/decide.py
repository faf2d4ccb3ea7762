"""`tuningfork decide`: the wizard without a screen."""

import json
import textwrap
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.decide.advise import Recommendation, advise
from core.decide.answers import Answers, read_answers
from core.decide.bill import Bill
from core.decide.expected_gain import read_gain
from core.decide.further import further_of
from core.decide.gates import Gate
from core.decide.markdown import as_markdown
from core.decide.measured import measured_part, with_measured
from core.decide.method import MethodAdvice
from core.decide.naming import spoken
from core.decide.questions import QUESTIONS
from core.decide.record import Decision, save_decision
from core.decide.standing import read_standing
from core.decide.track_record import record_line
from core.errors import UsageError
from core.machine import read_machine
from core.text_safety import visible
from core.workspace import Workspace, find_workspace, new_run_id
from tui.commands.measured import feed_back, measure, measured_lines
from tui.commands.place import moment, token, workspace_of
from tui.decide_offers import offers
from tui.decide_volumes import table_lines, volume_words

_WIDTH = 79


def run(arguments: Namespace) -> int:
    """List the questions, or turn a file of answers into a recommendation."""
    if arguments.questions:
        _print_questions(as_json=arguments.json)
        return 0
    if arguments.record:
        _print_record(arguments)
        return 0
    if arguments.answers is None and arguments.measure is None:
        raise UsageError(
            what="There are no answers to decide from.",
            why="Without a screen, answers come from a file.",
            remedy="`tuningfork decide --questions` lists what to answer; "
            "then `tuningfork decide --answers FILE.toml`.",
        )
    workspace = _workspace(arguments)
    answers = _answers(arguments)
    if answers is None:
        return 1
    recommendation = advise(answers)
    now = moment()
    beside = further_of(
        answers,
        recommendation,
        own_prices=None if workspace is None else workspace.prices,
        today=now.date(),
        machine=read_machine(Path()),
    )
    further = {**beside.as_json(), **measured_part(workspace, answers.model_dump())}
    if arguments.expect is not None:
        further["expected_gain"] = list(read_gain(arguments.expect))
    id = new_run_id(arguments.name, now=now, token=token())
    if arguments.save:
        save_decision(
            workspace_of(arguments).database,
            id=id,
            name=arguments.name,
            answers=answers,
            recommendation=recommendation,
            now=now,
            further=further,
        )
    whole = {**recommendation.as_json(), **further}
    if arguments.json:
        print(json.dumps(whole, ensure_ascii=False))
    elif arguments.markdown:
        decision = Decision(
            id=id,
            created_at=now.isoformat(),
            name=arguments.name,
            answers=answers.model_dump(),
            result=whole,
        )
        print(as_markdown(decision), end="")
    else:
        _print_recommendation(recommendation, beside.method, beside.bill, answers.requests_per_day)
    return 0


def _answers(arguments: Namespace) -> Answers | None:
    """Return the answers of a file, with what was measured; None when measuring was stopped."""
    answers = None if arguments.answers is None else read_answers(arguments.answers)
    if arguments.measure is None:
        return answers
    workspace = workspace_of(arguments)
    found = measure(arguments, workspace)
    if found is None:
        return None
    if not arguments.json:
        print("\n" + "\n".join(map(visible, measured_lines(found))) + "\n")
    return feed_back(workspace, found) if answers is None else with_measured(answers, found)


def _workspace(arguments: Namespace) -> Workspace | None:
    """Return the workspace whose prices count; None where nobody named one and none is here."""
    if arguments.workspace is not None or arguments.save:
        return workspace_of(arguments)
    return find_workspace(Path())


def _print_record(arguments: Namespace) -> None:
    """Print how the decisions of the workspace fared, and what they have to be come back to for."""
    standing = read_standing(workspace_of(arguments), today=moment().date())
    line = record_line(standing.scored)
    if arguments.json:
        scored = [one.as_json() for one in standing.scored]
        whole = {"line": line, "scored": scored, "due": list(standing.due)}
        print(json.dumps(whole, ensure_ascii=False))
        return
    print(line)
    for one in standing.scored:
        advised = spoken(one.advised)
        _print_wrapped(f"{one.made[:10]}  {one.name}: {advised}", before="\n  - ", later="    ")
        _print_wrapped(one.sentence, before="    ")
    _print_section("Now due", standing.due)


def _print_questions(*, as_json: bool) -> None:
    if as_json:
        print(json.dumps([question.as_json() for question in QUESTIONS], ensure_ascii=False))
        return
    for question in QUESTIONS:
        allowed = " | ".join(question.allowed) or "a number"
        _print_wrapped(f"{question.id} = {allowed}", before="", later="        ")
        for words in (question.text, f"Why: {question.why}", f"Find out: {question.find_out}"):
            _print_wrapped(words, before="    ")


def _print_recommendation(
    recommendation: Recommendation,
    method: MethodAdvice | None,
    costs: Bill,
    asked: float | None,
) -> None:
    print(f"Recommended: {spoken(recommendation.recommendation)}")
    ways = [
        f"{step.text} {'yes' if step.yes else 'no'} "
        f"({', '.join(f'{name} = {value}' for name, value in step.answers)})"
        for step in recommendation.path
    ]
    changes = [change.sentence for change in recommendation.would_change_if]
    for title, lines in (
        ("Because", recommendation.reasons),
        ("The way there", ways),
        ("Mind", [_told(gate) for gate in recommendation.gates]),
        ("It would change if", changes),
        ("Try first", recommendation.alternatives),
        ("It needs", recommendation.needs),
        ("Risks", recommendation.risks),
        ("How to tune", _method_lines(method)),
        ("Costs", list(_cost_lines(costs))),
        ("Budget", costs.budget),
    ):
        _print_section(title, lines)
    _print_break_evens(costs, asked)
    _print_section("Prices that are missing", [one.words for one in costs.missing])
    _print_section("Come back", recommendation.reminders)


def _cost_lines(costs: Bill) -> Iterator[str]:
    """Yield the cheapest offers for each cost, and how many more there are."""
    for cost in offers([line.as_json() for line in costs.lines]):
        yield from (str(line["words"]) for line in cost.shown)
        if cost.dearer:
            yield f"{cost.shown[0]['name']}: {cost.dearer} dearer offers are in --markdown."


def _told(gate: Gate) -> str:
    """Return a condition with whose threshold is in it."""
    return f"{gate.text} ({gate.whose})" if gate.whose else gate.text


def _print_break_evens(costs: Bill, asked: float | None) -> None:
    """Print where hosting and own machines cost the same: what the screen draws, as tables."""
    none = [costs.no_break_even] if costs.no_break_even else []
    _print_section("Hosted against an own machine", [costs.assumed] if costs.assumed else none)
    for meets in costs.break_evens:
        _print_wrapped(meets.words, before="  - ")
        for line in table_lines(meets, asked):
            print(f"    {line}")
        _print_wrapped(volume_words(meets, asked), before="    ")


def _method_lines(method: MethodAdvice | None) -> list[str]:
    """Return how to tune, line by line."""
    if method is None:
        return []
    chosen = method.method or "nothing fits"
    first = f"{chosen}, from {method.base}" if method.base else chosen
    return [first, *method.reasons, *(one.words for one in method.models), *method.services]


def _print_section(title: str, lines: Iterable[str]) -> None:
    """Print a title and its points; nothing where there is none."""
    shown = list(lines)
    if shown:
        print(f"\n{title}:")
    for line in shown:
        _print_wrapped(line, before="  - ")


def _print_wrapped(words: str, *, before: str, later: str | None = None) -> None:
    """Print one paragraph within 80 columns; later lines begin under the first, or as told."""
    print(
        textwrap.fill(
            visible(words),
            _WIDTH,
            initial_indent=before,
            subsequent_indent=" " * len(before) if later is None else later,
            break_on_hyphens=False,
        )
    )
