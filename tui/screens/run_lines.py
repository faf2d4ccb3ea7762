"""A job's state as lines of text; pure, so that every state can be looked at in a test."""

from collections.abc import Callable

from rich.text import Text

from core.events.run_state import RunState, eta
from core.machine import human_bytes
from tui.run_look import Values
from tui.widgets.page import Hanging, Line
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import LIVE, figure, phase_words, progress, sign, span

_LOST = "The worker is gone and said nothing."
_LOST_MORE = (
    "  It was killed or the machine restarted: its lock is free, its log has no end.",
    "  R starts a new worker that goes on from the newest checkpoint.",
)
_EMPTY = Text("nothing yet", style="muted")


def head_lines(state: RunState, status: str, newest: str) -> list[Line]:
    """Return who this is, how it is, and when it will be done: three lines, five after a fall."""
    return [_who(state, status), _pace(state, status, newest), *_news(state, status)]


def _who(state: RunState, status: str) -> Text:
    """Return name, state, phase and progress."""
    glyph, ink = sign(status)
    parts = [safe_text(state.name, limit=40, ink="strong"), Text(f"{glyph} {status}", style=ink)]
    if status in LIVE and (words := phase_words(state.phase)):
        counted = progress(state.phase_done, state.phase_total)
        parts.append(Text(f"{words} {counted} {state.phase_unit}".rstrip()))
    if state.epochs:
        parts.append(Text(f"epoch {state.epoch:.1f} of {state.epochs:g}", style="muted"))
    if state.attempt > 1:
        parts.append(Text(f"attempt {state.attempt}", style="muted"))
    return Text("   ").join(parts)


def _pace(state: RunState, status: str, newest: str) -> Text:
    """Return the remaining time and the speed, or when it ended."""
    if status == "queued":
        place = f"number {state.position} in line for " if state.position else "waiting for "
        behind = safe_text(state.behind, limit=80)
        return Text.assemble(place, safe_text(state.device), ", behind ", behind)
    if status not in LIVE:
        return safe_text(f"newest event {newest}" if newest else "no event yet", ink="muted")
    parts = [Text(eta_words(state), style="accent")]
    if state.seconds_per_step:
        parts.append(Text(f"{figure(state.seconds_per_step)} s a step", style="muted"))
    if newest:
        parts.append(safe_text(f"newest event {newest}", ink="muted"))
    if state.worker is not None:
        parts.append(safe_text(f"on {state.worker.host}", limit=40, ink="muted"))
    return Text("   ").join(parts)


def eta_words(state: RunState) -> str:
    """Return the remaining time as a range, or that it is being measured."""
    left = eta(state)
    return "remaining time: measuring" if left is None else f"{span(*left)} left"


def _news(state: RunState, status: str) -> list[Line]:
    """Return what a person should see first: a failure, a loss, the newest alert, the end."""
    if status == "lost":
        return [Text.assemble(("▲ ", "bad"), _LOST), *map(Text, _LOST_MORE)]
    if status == "failed" and state.failure is not None:
        parts = (state.failure.what, state.failure.why, state.failure.remedy)
        what, why, remedy = (safe_text(part, limit=300) for part in parts)
        return [Text.assemble(("▲ ", "bad"), what), Text("  ") + why, Text("  ") + remedy]
    if state.alerts:
        alert = state.alerts[-1]
        glyph, ink = sign(alert.level)
        action = f" {alert.action}" if alert.action else ""
        what = safe_text(f"step {alert.step}: {alert.message}{action}", limit=300)
        return [Text.assemble((f"{glyph} ", ink), what)]
    if status in {"finished", "stopped"} and state.end_reason:
        return [safe_text(state.end_reason, limit=200)]
    return [Text("")]


def message_lines(state: RunState) -> list[Line]:
    """Return what the worker and the people said, newest first."""
    lines = [(one.t, one.level, one.text) for one in state.messages]
    lines += [
        (one.t, one.level, f"step {one.step}: {one.message} {one.action}") for one in state.alerts
    ]
    lines += [
        (one.t, "info", f"{one.verb} asked by {one.by}@{one.host}: {one.effect}")
        for one in state.requests
    ]
    shown: list[Line] = []
    for at, level, words in sorted(lines, reverse=True):
        glyph, ink = sign(level)
        text = Text.assemble(
            safe_text(at[11:19], ink="muted"), "  ", (f"{glyph} ", ink), safe_text(words)
        )
        shown.append(Hanging(text, 12))
    return shown or [_EMPTY]


def checkpoint_lines(state: RunState) -> list[Line]:
    """Return the checkpoints, newest first, the best one marked."""
    lines: list[Line] = []
    for one in reversed(state.checkpoints):
        best = one.step == state.best_step
        words = f"step {one.step:<8,} {one.why:<10} {human_bytes(one.bytes):>9}  "
        mark = Text("best  " if best else "      ", style="good")
        lines.append(Text.assemble(words, mark, safe_text(one.path, ink="muted")))
    return lines or [_EMPTY]


def sample_lines(state: RunState) -> list[Line]:
    """Return the newest answer to each fixed prompt."""
    newest = {one.key: one for one in state.samples}
    lines: list[Line] = []
    for key, one in newest.items():
        head = Text.assemble(safe_text(key, limit=60, ink="strong"), f"  step {one.step:,}")
        lines += [head, *(Text("  ") + text for text in safe_lines(one.text, limit=2000))]
    return lines or [_EMPTY]


def system_lines(state: RunState) -> list[Line]:
    """Return what the worker uses, and what it was given."""
    read = state.resources
    used = [
        ("memory", human_bytes(read.rss) if read else "–"),
        ("processor", f"{read.cpu:.1f} cores" if read else "–"),
        ("disk free", human_bytes(read.disk_free) if read else "–"),
        ("device", state.device),
        ("rows", f"{state.rows:,} and {state.validation_rows or 0:,}" if state.rows else "–"),
        ("tokens", f"{state.tokens:,} an epoch" if state.tokens else "–"),
        ("learning rate", figure(state.lr)),
        ("gradient norm", figure(state.grad_norm)),
        ("bad steps", str(state.bad_steps)),
    ]
    return [Text.assemble((f"{label:<15}", "muted"), safe_text(value)) for label, value in used]


PANELS: tuple[tuple[str, Callable[[RunState], list[Line]]], ...] = (
    ("Messages", message_lines),
    ("Checkpoints", checkpoint_lines),
    ("Samples", sample_lines),
    ("System", system_lines),
)
"""What is below the chart, one at a time, or all beside it."""


def log_lines(tail: str) -> list[Line]:
    """Return the end of what the worker's process printed."""
    return list(safe_lines(tail)) if tail.strip() else [Text("nothing printed", style="muted")]


def readout(values: Values, total: int | None, best: tuple[int, float] | None) -> Text:
    """Return the exact values at a place of the chart.

    What changes most stands first and in one style: Textual sends a row from its left edge to
    its last change, and a change of style costs more than ten characters.
    """
    line = Text(
        f"step {progress(round(values.step), total)}  "
        f"loss {figure(values.raw):<6}  smooth {figure(values.smooth):<6}"
    )
    line.append("  ◆ eval ", style="eval")
    line.append(f"{figure(values.near.value)} @{values.near.step:,.0f}" if values.near else "–")
    if best is not None:
        line.append("  best ", style="good")
        line.append(f"{figure(best[1])} @{best[0]:,}")
    return line
