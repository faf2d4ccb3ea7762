"""A decision as a Markdown file that reads like a decision record."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.decide.questions import QUESTIONS
from core.decide.record import Decision
from core.text_safety import clip, visible

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|!])")
_LISTS = (
    ("Conditions and warnings", "warnings"),
    ("Try first", "alternatives"),
    ("What it needs", "needs"),
    ("Risks", "risks"),
    ("Come back to this", "reminders"),
)


def as_markdown(decision: Decision) -> str:
    """Return the record; text that others wrote is shown as text, never as a mark."""
    return "\n".join(_lines(decision)).rstrip() + "\n"


def _lines(decision: Decision) -> Iterator[str]:
    result = decision.result
    advice = str(result.get("recommendation", "")).replace("_", " ")
    yield f"# Decision: {_plain(decision.name)}"
    yield ""
    yield f"- Date: {_plain(decision.created_at[:10])}"
    yield f"- Recommendation: **{_plain(advice)}**"
    yield f"- Id: {_plain(decision.id)}"
    yield ""
    yield from _listed("Why", result.get("reasons", ()))
    yield from _path(result.get("path", ()))
    for title, key in _LISTS:
        yield from _listed(title, result.get(key, ()))
    changes = [one.get("sentence", "") for one in result.get("would_change_if", ())]
    yield from _listed("What would change it", changes)
    yield from _measured(result.get("measured"))
    yield from _method(result.get("method"))
    yield from _bill(result.get("bill"))
    yield from _answers(decision.answers)


def _listed(title: str, items: Iterable[object]) -> Iterator[str]:
    """Yield a section of points; nothing where there is none."""
    points = [f"- {_plain(one)}" for one in items]
    if points:
        yield from (f"## {title}", "", *points, "")


def _path(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the way through the tree."""
    points = []
    for step in steps:
        by = ", ".join(f"{name} = {value}" for name, value in step.get("answers", {}).items())
        points.append(f"{step.get('text', '')} {step.get('way', '')} ({by})")
    yield from _listed("The way there", points)


def _measured(measured: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield what was measured before deciding, and which answers are from that."""
    if not measured:
        return
    known = measured.get("provenance", {}).items()
    points = [measured.get("sentence", ""), *(f"{name}: {words}" for name, words in known)]
    yield from _listed("Measured before deciding", points)


def _method(method: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield how to tune."""
    if not method:
        return
    chosen = str(method.get("method") or "none fits")
    base = method.get("base")
    first = f"Method: {chosen}" + (f", from {base}" if base else "")
    points = [first, *method.get("reasons", ()), *method.get("services", ())]
    yield from _listed("How to tune", points)


def _bill(bill: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the costs as a table, with where the prices were read."""
    if not bill:
        return
    yield from (f"## Costs, counted on {_plain(bill.get('as_of', ''))}", "")
    yield from ("| What | Low | High | Per | Stands on |", "|---|---:|---:|---|---|")
    sources: dict[str, None] = {}
    for line in bill.get("lines", ()):
        low, high = line.get("low"), line.get("high")
        money = line.get("currency")
        ends = (
            ["not known", "not known"] if money is None else [f"{money} {low}", f"{money} {high}"]
        )
        stands = f"{line.get('note', '')} {line.get('offer', '')}".strip()
        cells = [line.get("name", ""), *ends, line.get("per", ""), stands]
        yield "| " + " | ".join(map(_plain, cells)) + " |"
        sources |= dict.fromkeys(line.get("sources", ()))
    yield ""
    yield from _listed("Against the budget", bill.get("budget", ()))
    meets = [one.get("words", "") for one in bill.get("break_even", ())]
    yield from _listed("From when an own machine costs less", meets)
    yield from _listed("Sources of the prices", sources)


def _answers(answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield every question with the answer that was given."""
    yield from ("## Answers", "", "| Question | Answer |", "|---|---|")
    texts = {question.id: question.text for question in QUESTIONS}
    for name, value in answers.items():
        shown = "unknown" if value is None else value
        yield f"| {_plain(texts.get(name, name))} | {_plain(shown)} |"
    yield ""


def _plain(value: object) -> str:
    """Return a value as text in which nothing is a mark of Markdown."""
    return _MARKS.sub(r"\\\1", visible(clip(str(value), 2000)))
