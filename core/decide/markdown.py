"""A decision as a Markdown file that reads like a decision record."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.decide.break_even import recorded_break_even
from core.decide.method import fit_lines
from core.decide.money import rounded
from core.decide.naming import spoken
from core.decide.questions import QUESTIONS
from core.decide.record import Decision
from core.decide.volumes import volume_rows
from core.text_safety import clip, visible

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|!])")
_CONSEQUENCES = (
    ("Conditions and warnings", "warnings"),
    ("What it needs", "needs"),
    ("Risks", "risks"),
    ("Come back to this", "reminders"),
)


def as_markdown(decision: Decision, *, measured: str = "") -> str:
    """Return the record; text that others wrote is shown as text, never as a mark.

    `measured` says whether the decision was right, where a verdict could tell.
    """
    return "\n".join(_lines(decision, measured)).rstrip() + "\n"


def _lines(decision: Decision, measured: str) -> Iterator[str]:
    result = _object(decision.result)
    yield f"# Decision: {_plain(decision.name)}"
    yield ""
    yield f"- Date: {_plain(decision.created_at[:10])}"
    yield f"- Recommendation: **{_plain(spoken(result.get('recommendation', '')))}**"
    yield from _expected(result.get("expected_gain"))
    yield f"- Measured: {_plain(measured or 'not yet')}"
    yield f"- Id: {_plain(decision.id)}"
    yield ""
    yield from _listed("Context", _causes(result.get("because")))
    yield from _listed("Why", _items(result.get("reasons")))
    yield from _path(_objects(result.get("path")))
    yield from _listed("Alternatives to try first", _items(result.get("alternatives")))
    yield from _listed(
        "What would change it", map(_change, _objects(result.get("would_change_if")))
    )
    if any(result.get(key) for _, key in _CONSEQUENCES):
        yield from ("## Consequences", "")
    for title, key in _CONSEQUENCES:
        points = _conditions(result) if key == "warnings" else _items(result.get(key))
        yield from _listed(title, points, level="###")
    yield from _measured(_object(result.get("measured")))
    yield from _method(_object(result.get("method")))
    yield from _bill(_object(result.get("bill")), _object(decision.answers).get("requests_per_day"))
    yield from _answers(_object(decision.answers))


def _expected(gain: object) -> Iterator[str]:
    """Yield the gain that somebody expected."""
    if isinstance(gain, list) and gain and all(isinstance(end, int | float) for end in gain):
        points = " to ".join(dict.fromkeys(f"{round(100 * end):+d}" for end in gain))
        yield f"- Expected gain: {_plain(points)} points over the next best way"


def _causes(because: object) -> Iterator[str]:
    """Yield the answers that caused it, with what was asked."""
    texts = {question.id: question.text for question in QUESTIONS}
    for name, value in _object(because).items():
        yield f"{texts.get(name, spoken(name))} {_answer(value)}."


def _conditions(result: Mapping[str, Any]) -> list[Any]:
    """Return the warnings, each with whose threshold is in it where that is recorded."""
    gates = result.get("gates")
    if not isinstance(gates, list):
        return _items(result.get("warnings"))
    return [f"{one['text']}{_whose(one.get('whose'))}" for one in _objects(gates) if "text" in one]


def _whose(threshold: object) -> str:
    return f" ({threshold})" if threshold else ""


def _change(change: Mapping[str, Any]) -> str:
    """Return one change of answers that would lead elsewhere, in words."""
    flips: dict[Any, Any] = {change.get("question"): change.get("answer")}
    flips |= _object(change.get("also"))
    told = " and ".join(f"{spoken(name)}: {_answer(value)}" for name, value in flips.items())
    return f"{told}, then {spoken(change.get('recommendation', ''))}."


def _answer(value: object) -> str:
    """Return an answer as people write it."""
    if value is None or value == "unknown":
        return "not known"
    return f"{value:,.10g}" if isinstance(value, int | float) else spoken(value)


def _items(value: object) -> list[Any]:
    """Return a stored list; what is none holds no points."""
    return list(value) if isinstance(value, list | tuple) else []


def _objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a stored list."""
    return [one for one in _items(value) if isinstance(one, Mapping)]


def _object(value: object) -> Mapping[str, Any]:
    """Return a stored object; another kind of value holds nothing."""
    return value if isinstance(value, Mapping) else {}


def _listed(title: str, items: Iterable[object], *, level: str = "##") -> Iterator[str]:
    """Yield a section of points; nothing where there is none."""
    points = [f"- {_plain(one)}" for one in items]
    if points:
        yield from (f"{level} {title}", "", *points, "")


def _path(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the way through the tree."""
    points = []
    for step in steps:
        given = _object(step.get("answers")).items()
        by = ", ".join(f"{spoken(name)}: {_answer(value)}" for name, value in given)
        points.append(f"{step.get('text', '')} {step.get('way', '')} ({by})")
    yield from _listed("The way there", points)


def _measured(measured: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was measured before deciding, and which answers are from that."""
    if measured:
        known = _object(measured.get("provenance")).items()
        points = [measured.get("sentence", ""), *(f"{name}: {words}" for name, words in known)]
        yield from _listed("Measured before deciding", points)


def _method(method: Mapping[str, Any]) -> Iterator[str]:
    """Yield how to tune."""
    if not method:
        return
    chosen = str(method.get("method") or "none fits")
    base = method.get("base")
    first = f"Method: {chosen}" + (f", from {base}" if base else "")
    yield from _listed("How to tune", [first, *_items(method.get("reasons"))])
    yield from _listed("Base models here", fit_lines(method.get("models")), level="###")
    yield from _listed("Services", _items(method.get("services")), level="###")


def _bill(bill: Mapping[str, Any], asked: object) -> Iterator[str]:
    """Yield the costs as a table, with where the prices were read."""
    if not bill:
        return
    yield from (f"## Costs, counted on {_plain(bill.get('as_of', ''))}", "")
    yield from ("| What | Low | High | Per | Stands on |", "|---|---:|---:|---|---|")
    sources: dict[str, None] = {}
    for line in _objects(bill.get("lines")):
        low, high = line.get("low"), line.get("high")
        money = line.get("currency")
        ends = (
            ["not known", "not known"] if money is None else [f"{money} {low}", f"{money} {high}"]
        )
        stands = f"{line.get('note', '')} {line.get('offer', '')}".strip()
        cells = [line.get("name", ""), *ends, line.get("per", ""), stands]
        yield "| " + " | ".join(map(_plain, cells)) + " |"
        sources |= dict.fromkeys(map(str, _items(line.get("sources"))))
    yield ""
    yield from _listed("Against the budget", _items(bill.get("budget")))
    meets = [one.get("words", "") for one in _objects(bill.get("break_even"))]
    none = [bill["no_break_even"]] if bill.get("no_break_even") else []
    yield from _listed("From when an own machine costs less", meets or none)
    for stored in _objects(bill.get("break_even")):
        yield from _volumes(stored, asked)
    if meets and bill.get("assumed"):
        yield from (f"These stand on {_plain(bill['assumed'])}", "")
    missing = [one.get("words", "") for one in _objects(bill.get("missing"))]
    yield from _listed("Prices that are missing", missing)
    yield from _listed("Sources of the prices", sources)


def _volumes(stored: Mapping[str, Any], asked: object) -> Iterator[str]:
    """Yield what hosting and own machines cost at some volumes, as a table."""
    meets = recorded_break_even(stored)
    if meets is None:
        return
    own_volume = asked if isinstance(asked, int | float) else None
    yield f"{_plain(meets.hosted)}, in {_plain(meets.currency)} a month:"
    yield from (
        "",
        "| Requests a day | Hosted | Own machines | Cheaper | |",
        "|---:|---:|---:|---|---|",
    )
    for row in volume_rows(meets, own_volume):
        point = row.point
        cells = (
            f"{point.requests_per_day:,}",
            rounded(point.hosted_low, point.hosted_high),
            rounded(point.own_low, point.own_high),
            row.cheaper,
            row.mark,
        )
        yield "| " + " | ".join(map(_plain, cells)) + " |"
    yield ""


def _answers(answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield every question with the answer that was given."""
    yield from ("## Answers", "", "| Question | Answer |", "|---|---|")
    texts = {question.id: question.text for question in QUESTIONS}
    for name, value in answers.items():
        yield f"| {_plain(texts.get(name, name))} | {_plain(_answer(value))} |"
    yield ""


def _plain(value: object) -> str:
    """Return a value as text in which nothing is a mark of Markdown."""
    return _MARKS.sub(r"\\\1", visible(clip(str(value), 2000)))
