"""A recommendation as lines: what to do, why, what it needs and costs, what would change it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.text import Text

from tui.decide_offers import offers
from tui.decide_state import spoken
from tui.widgets.page import Hanging, Line, field
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import figure

NAME_LIMIT = 80
"""Cells of what a decision is called."""
_LABEL = 14
_COST_LABEL = 24
_LONG = 2000
_PARTS = {
    "reasons": "Because",
    "warnings": "Mind",
    "alternatives": "Try first",
    "needs": "It takes",
    "risks": "Risks",
    "reminders": "Come back",
}
"""The parts of a result that are sentences, in the order in which they are read."""
_WEIGHTS = {"stop": "bad", "mind": "warn", "ask": "muted"}
_TUNES = {"fine_tune", "fine_tune_with_retrieval"}
Target = Literal["inspect", "train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One recommendation and the answers behind it, recorded or not."""

    answers: Mapping[str, Any]
    """By the id of the question. Not yet safe to show."""
    result: Mapping[str, Any]
    """What `decide --json` prints, or printed when it was recorded. Not yet safe to show."""
    name: str | None = None
    """What the recorded decision is called; None while it is not recorded."""
    id: str = ""
    """Of the recorded decision; empty while it is not recorded."""
    created_at: str = ""
    """UTC, ISO 8601; empty while it is not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Where to go after a recommendation."""

    words: str
    target: Target


def next_step(recommendation: object, *, split: bool) -> NextStep:
    """Return what to do next; `split` says whether a holdout is locked already."""
    if recommendation not in _TUNES:
        words = "inspect the examples that a prompt would be measured on"
        return NextStep(words=words, target="inspect")
    if not split:
        words = "inspect the rows to train on, then lock a holdout"
        return NextStep(words=words, target="inspect")
    return NextStep(words="set up a run on the rows that were split", target="train")


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What became of a recorded recommendation since."""

    measured: str = ""
    """Whether it was right, in a sentence; empty while it was not measured."""
    outcome: str = ""
    """In one word."""
    due: tuple[str, ...] = ()
    """What to come back to now."""


_OUTCOMES = {"right": "good", "wrong": "bad", "open": "warn"}


def main_lines(shown: Shown, step: NextStep, since: Since) -> list[Line]:
    """Return the recommendation, what became of it, what speaks for it, and what it takes."""
    result = shown.result
    advice = safe_text(spoken(result.get("recommendation", "")), ink="title")
    after = Text.assemble(step.words, (" (x)", "key"))
    lines: list[Line] = [
        field("Recommended", advice, width=_LABEL),
        field("Next step", after, width=_LABEL),
        *_since_lines(since),
        Text(""),
    ]
    for name, title in _PARTS.items():
        lines += _section(title, warnings_of(result) if name == "warnings" else result.get(name))
        if name == "reasons":
            lines += _section("From", _causes(result.get("because")))
            lines += _section("Measured", _measured(result.get("measured")))
    return lines


def _since_lines(since: Since) -> Iterator[Line]:
    """Yield whether it was right, and what has to be come back to."""
    if since.measured:
        ink = _OUTCOMES.get(since.outcome, "")
        yield field("Outcome", safe_text(since.measured, limit=_LONG, ink=ink), width=_LABEL)
    for number, words in enumerate(since.due):
        label = "Now due" if number == 0 else ""
        yield field(label, safe_text(words, limit=_LONG, ink="warn"), width=_LABEL)


def outcome_cell(outcome: str) -> Text:
    """Return how a decision fared, for a list."""
    words = {"right": "✓ right", "wrong": "▲ wrong", "open": "not settled"}.get(outcome, "–")
    return Text(words, style=_OUTCOMES.get(outcome, "muted"))


def _measured(measured: object) -> list[str]:
    """Return what was measured for this decision, and where its answers are from."""
    if not isinstance(measured, Mapping):
        return []
    provenance = measured.get("provenance")
    known = provenance if isinstance(provenance, Mapping) else {}
    answers = [f"{spoken(name)}: {words}" for name, words in known.items()]
    return [str(measured.get("sentence", "")), *answers]


def warnings_of(result: Mapping[str, Any]) -> list[Text]:
    """Return the warnings by their weight, with whose threshold each is where that is recorded."""
    gates = result.get("gates")
    if not isinstance(gates, list):
        return [safe_text(one, limit=_LONG, ink="warn") for one in _entries(result.get("warnings"))]
    return [_gate(one) for one in gates if isinstance(one, Mapping)]


def _gate(gate: Mapping[str, Any]) -> Text:
    """Return one condition that is not met."""
    ink = _WEIGHTS.get(str(gate.get("weight")), "warn")
    text = safe_text(str(gate.get("text", "")), limit=_LONG, ink=ink)
    whose = str(gate.get("whose") or "")
    return Text.assemble(text, safe_text(f" ({whose})" if whose else "", ink="muted"))


def _causes(because: object) -> list[Text]:
    """Return the answers that caused the recommendation, as one line."""
    if not isinstance(because, Mapping) or not because:
        return []
    causes = [f"{spoken(name)}: {_amount(value)}" for name, value in because.items()]
    return [safe_text(" · ".join(causes), limit=_LONG, ink="muted")]


def _section(title: str, value: object) -> Iterator[Line]:
    """Yield one part of a result, its title beside the first entry; nothing for nothing."""
    texts = [
        line
        for entry in (value if isinstance(value, list) else _entries(value))
        for line in ([entry] if isinstance(entry, Text) else safe_lines(str(entry), limit=_LONG))
    ]
    for number, text in enumerate(texts):
        yield field(title if number == 0 else "", text, width=_LABEL)
    if texts:
        yield Text("")


def _entries(value: object) -> Iterator[str]:
    """Yield the sentences of a part, whatever shape it was recorded in."""
    if isinstance(value, Mapping):
        own = value.get("sentence") or value.get("text") or value.get("why")
        if isinstance(own, str):
            yield own
            return
        for key, inner in value.items():
            for entry in _entries(inner):
                yield f"{spoken(key)}: {entry}"
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _entries(inner)
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif isinstance(value, int | float):
        yield figure(value)
    elif value is not None and str(value):
        yield str(value)


def flips(shown: Shown) -> Sequence[Mapping[str, Any]]:
    """Return the single answers that would lead elsewhere."""
    found = shown.result.get("would_change_if")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def flip_cells(change: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return one of them as the only cell of its row."""
    also = change.get("also")
    answers = [(change.get("question", ""), change.get("answer"))]
    answers += list(also.items()) if isinstance(also, Mapping) else []
    words = Text()
    for question, answer in answers:
        words.append(" and " if words else "", style="muted")
        words.append_text(safe_text(spoken(question), limit=80)).append(": ")
        words.append_text(safe_text(_amount(answer), limit=60, ink="strong"))
    leads = safe_text(spoken(change.get("recommendation", "")), limit=60, ink="accent")
    return (Text.assemble(words, (" → ", "muted"), leads),)


def _amount(answer: object) -> str:
    """Return an answer in words; not yet safe to show."""
    return f"{answer:,.10g}" if isinstance(answer, int | float) else spoken(answer)


def cost_lines(shown: Shown) -> Iterable[Line]:
    """Yield what it costs: the bill where there is one, else the figures of the answers alone."""
    bill = shown.result.get("bill")
    if isinstance(bill, Mapping):
        yield from _bill(bill)
        yield from _method(shown.result.get("method"))
        return
    costs = shown.result.get("costs")
    yield Text("Cost", style="strong")
    if not isinstance(costs, Mapping):
        yield Text("  not worked out", style="muted")
        return
    for name, value in costs.items():
        if name != "unknown":
            yield from _cost(name, value)
    unknown = costs.get("unknown")
    for missing in unknown if isinstance(unknown, list) else ():
        words = Text.assemble(("  not known: ", "muted"), safe_text(str(missing), ink="muted"))
        yield Hanging(words, 4)


def _bill(bill: Mapping[str, Any]) -> Iterator[Line]:
    """Yield each cost with its money, then what it stands on and whose price it is."""
    day = safe_text(str(bill.get("as_of", "")), limit=20, ink="muted")
    yield Text.assemble(("Cost", "strong"), ("  by prices of or before ", "muted"), day)
    for cost in offers(_objects(bill.get("lines"))):
        for line in cost.shown:
            yield _cost_line(str(line.get("name", "")), _money(line))
            detail = " · ".join(str(line[key]) for key in ("note", "offer") if line.get(key))
            yield Hanging(Text.assemble("    ", safe_text(detail, limit=_LONG, ink="muted")), 4)
        if cost.dearer:
            yield Text(f"    {cost.dearer} dearer offers are in the exported record", style="muted")
    for one in _objects(bill.get("break_even")):
        words = f"own machine pays from {_span(one)} requests a day ({one.get('hosted', '')})"
        yield Hanging(Text.assemble("  ", safe_text(words, limit=_LONG)), 4)
    for entry in _entries(bill.get("budget")):
        yield Hanging(Text.assemble("  ", safe_text(entry, limit=_LONG)), 4)


def _money(line: Mapping[str, Any]) -> Text:
    """Return an amount of money, or that it is not known."""
    if line.get("low") is None or line.get("currency") is None:
        return Text("not known", style="muted")
    times = " a month" if line.get("per") == "month" else " once"
    return safe_text(f"{line['currency']} {_span(line)}{times}", limit=60, ink="strong")


def _span(line: Mapping[str, Any]) -> str:
    """Return a range as it is written; one figure where both ends are the same."""
    low, high = line.get("low"), line.get("high")
    if low is None:
        return "no volume of"
    return _grouped(low) if low == high or high is None else f"{_grouped(low)} to {_grouped(high)}"


def _grouped(amount: object) -> str:
    """Return a stored amount with its thousands apart; what is no number stays as it is."""
    words = str(amount)
    whole, point, rest = words.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.isdecimal() and len(whole) < 20 else words


def _method(method: object) -> Iterator[Line]:
    """Yield how to tune, where that was worked out."""
    if not isinstance(method, Mapping):
        return
    from core.decide.method import fit_lines

    yield Text("")
    named = [str(method[key]) for key in ("method", "base") if method.get(key)]
    how = safe_text(" of ".join(named) or "nothing fits", limit=200, ink="strong")
    yield Text.assemble(("How to tune  ", "strong"), how)
    for entry in _entries(method.get("reasons")):
        yield Hanging(Text.assemble("  ", safe_text(entry, limit=_LONG)), 4)
    for title, entries in (
        ("Base models here", fit_lines(method.get("models"))),
        ("Services", _entries(method.get("services"))),
    ):
        for number, entry in enumerate(entries):
            if number == 0:
                yield Text(title, style="strong")
            yield Hanging(Text.assemble("  ", safe_text(entry, limit=_LONG)), 4)


def _objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a stored list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _cost(name: str, value: object) -> Iterator[Line]:
    """Yield one figure, or the parts it is made of."""
    label = spoken(name)
    if value is None or isinstance(value, int | float):
        known = Text(figure(value)) if value is not None else Text("not known", style="muted")
        yield _cost_line(label, known)
        return
    for number, entry in enumerate(_entries(value)):
        yield _cost_line(label if number == 0 else "", safe_text(entry, limit=_LONG))


def _cost_line(label: str, value: Text) -> Hanging:
    """Return a figure beside its name."""
    shown = safe_text(f"  {label}", limit=_COST_LABEL, ink="muted")
    shown.truncate(_COST_LABEL, pad=True)
    return Hanging(Text.assemble(shown, value), _COST_LABEL)


def recorded_line(shown: Shown, *, most: int = NAME_LIMIT) -> Text:
    """Return what a recorded decision is called and since when it stands."""
    name, when = safe_text(shown.name or "", limit=most), safe_text(shown.created_at[:10])
    return Text.assemble(name, " · ", when, style="muted")


def answer_lines(answers: Mapping[str, Any]) -> list[Line]:
    """Return the answers as the lines of an answers file; what nobody knows is left out."""
    known = {name: value for name, value in answers.items() if value not in {None, "unknown"}}
    lines: list[Line] = [Text("# the answers behind this result", style="muted")]
    for name, value in known.items():
        lines.append(safe_text(f"{name} = {json.dumps(value, ensure_ascii=False)}"))
    return lines
