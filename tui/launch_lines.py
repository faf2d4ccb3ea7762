"""A run before it starts, in words: its fields, what it takes, and what becomes of its rows."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from core.errors import TuningforkError
from core.sizes import human_bytes
from tui.mask_lines import ledger_words
from tui.mixed_words import mixed_words
from tui.widgets.page import Hanging, Line
from tui.widgets.safe_text import safe_text
from tui.wording import sign, span

if TYPE_CHECKING:
    from core.training.account import Account
    from core.training.draft import FieldLine
    from core.training.estimate import Estimate
    from core.training.memory import Prospect

_INKS = {"yours": "strong", "chosen": "accent", "usual": "muted"}
_LABEL = 8
_ROWS_NAMED = 20


def field_cells(line: "FieldLine") -> tuple[Text, ...]:
    """Return one field as cells."""
    value = safe_text(line.value, limit=60, ink=_INKS[line.origin])
    why = Text("yours", style="strong") if line.origin == "yours" else safe_text(line.why)
    return (
        Text(line.name),
        value if line.value else Text("left open", style="muted"),
        why if line.origin != "usual" else Text("usual", style="muted"),
    )


def about_lines(line: "FieldLine") -> list[Line]:
    """Return what a field means and may hold."""
    why = Text("You said so.", style="muted") if not line.why else safe_text(line.why)
    return [
        safe_text(line.meaning),
        Hanging(Text.assemble(("why  ", "muted"), why), 5),
        allowed_line(line),
    ]


def allowed_line(line: "FieldLine") -> Text:
    """Return what a field may hold."""
    return Text.assemble(("may be  ", "muted"), safe_text(line.allowed, limit=160))


def refusals(found: "Estimate", account: "Account | None") -> tuple[TuningforkError, ...]:
    """Return why this run would not start, the rows before the machine."""
    rows = () if account is None or account.refusal is None else (account.refusal,)
    return (*rows, *found.refusals)


def estimate_lines(found: "Estimate") -> list[Text]:
    """Return what the run takes: memory, work, the sets beside its split, time."""
    mixed = (safe_text(mixed_words(one, of=found.rows), limit=200) for one in found.mixed)
    return [
        _labelled("memory", _memory(found), _weights(found)),
        _labelled("work", *_work(found)),
        *(_labelled("mixed", one) for one in mixed),
        _labelled("time", *_time(found)),
    ]


def rows_line(account: "Account | None", reading: str) -> Text:
    """Return what becomes of the rows, or how far the reading of their tokens is."""
    if account is None:
        return _labelled("rows", safe_text(reading, limit=160, ink="muted"))
    worst = account.findings[0].meaning.severity if account.findings else "ready"
    glyph, ink = sign(worst)
    return _labelled("rows", Text.assemble((f"{glyph} ", ink), ledger_words(account.ledger)))


def refusal_lines(errors: Sequence[TuningforkError]) -> list[Line]:
    """Return why a run would not start, and the smallest change that helps."""
    lines: list[Line] = []
    for error in errors[:1]:
        what = Text.assemble(("▲ ", "bad"), safe_text(error.what, limit=300))
        lines += [Hanging(what, 2), Hanging(Text("  ") + safe_text(error.remedy, limit=300), 2)]
    if len(errors) > 1:
        lines.append(Text(f"  and {len(errors) - 1} more: a says which", style="muted"))
    return lines


def beside_line(rates: Sequence[float], *, beside: bool) -> Text:
    """Return the runs offered beside the first."""
    state = (
        ("launches also at lr ", "accent") if beside else ("offers the same run at lr ", "muted")
    )
    return Text.assemble(("+ ", "key"), state, " and ".join(f"{rate:g}" for rate in rates))


def account_page(
    account: "Account | None", reading: str, errors: Sequence[TuningforkError]
) -> Iterator[Line]:
    """Yield everything that is to be said of the rows and the launch."""
    for error in errors:
        yield Hanging(Text.assemble(("▲ ", "bad"), safe_text(error.what, limit=2000)), 2)
        yield Hanging(safe_text(f"  {error.why}", ink="muted"), 2)
        yield Hanging(safe_text(f"  {error.remedy}"), 2)
        yield Text("")
    if account is None:
        yield safe_text(reading, ink="muted")
        return
    yield Text(ledger_words(account.ledger))
    ways = ", ".join(f"{name} {count:,}" for name, count in account.ledger.strategies.items())
    yield Text.assemble(("masks found by  ", "muted"), ways.replace("_", " ") or "none")
    yield Text.assemble(("limit  ", "muted"), f"{account.limit:,} tokens")
    for finding in account.findings:
        glyph, ink = sign(finding.meaning.severity)
        yield Text("")
        words = f"{finding.meaning.severity}  {finding.sentence(_ROWS_NAMED)}"
        yield Hanging(Text.assemble((f"{glyph} ", ink), words), 2)
        if finding.example:
            part, row = finding.rows[0]
            yield Hanging(safe_text(f"  {part} row {row} {finding.example}", limit=400), 2)
        yield Hanging(Text(f"  {finding.meaning.remedy}", style="muted"), 2)
    yield Text("")
    yield Text.assemble(
        ("t", "key"), (" on the launch screen shows every row token by token.", "muted")
    )


def _labelled(label: str, *parts: Text) -> Text:
    """Return a line of facts after the name of what they are about."""
    said = [part for part in parts if part.plain]
    return Text.assemble((f"{label:<{_LABEL}}", "muted"), Text(" · ").join(said))


def _memory(found: "Estimate") -> Text:
    memory, free = found.memory, found.free
    if memory is None or free is None:
        missing = "the model's settings" if found.parameters is None else "the device's memory"
        return Text(f"unknown until {missing} can be read", style="muted")
    ink = "good" if memory.fits else "bad" if found.counted else "warn"
    glyph = "✓" if memory.fits else "▲"
    most = "" if found.counted else "at most "
    words = f"{most}{human_bytes(memory.predicted)} of {human_bytes(free)} free"
    return Text.assemble((f"{glyph} ", ink), words, " on ", safe_text(found.device), _moves(memory))


def _moves(memory: "Prospect") -> str:
    return f", {', '.join(memory.moves)}" if memory.moves else ""


def _weights(found: "Estimate") -> Text:
    if found.parameters is None or found.trained is None:
        return Text()
    share = found.trained / found.parameters
    return Text(f"{_count(found.trained)} of {_count(found.parameters)} weights move ({share:.1%})")


def _work(found: "Estimate") -> Iterator[Text]:
    yield Text(f"{found.rows:,} rows")
    each = f" of about {found.step_tokens:,} tokens" if found.step_tokens else ""
    yield Text(f"up to {found.updates:,} updates{each}")
    yield Text(f"{found.looks} look{'s' if found.looks != 1 else ''}")


def _time(found: "Estimate") -> Iterator[Text]:
    if found.time is not None:
        yield Text(f"up to {span(*found.time)}", style="accent")
    else:
        missing = "the rows are counted" if found.speed else "a run has measured it here"
        yield Text(f"known once {missing}", style="muted")
    if found.cost is not None:
        yield Text(f"cost {found.cost.low:.2g}–{found.cost.high:.2g}")
    if found.disk is not None:
        free = f" of {human_bytes(found.disk_free)} free" if found.disk_free is not None else ""
        yield Text(f"disk {human_bytes(found.disk)}{free}")
    if found.time is not None and found.speed is not None:
        yield Text.assemble(("as ", "muted"), safe_text(found.speed.run, limit=60, ink="muted"))


def _count(number: int) -> str:
    """Return a number of weights in a unit that fits it."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("K", 1e3)):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)
