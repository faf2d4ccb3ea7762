"""A job's state as lines of text; pure, so that every state can be looked at in a test."""

from rich.text import Text

from core.events.envelope import PhaseName
from core.events.run_state import RunState
from core.events.schema import AlertRaised
from core.events.timing import eta
from tui.hosted_state import lost_words, place_words
from tui.keymap import key_of, shown
from tui.run_charts import CHARTS, Values
from tui.run_look import RunLook
from tui.widgets.page import Line
from tui.widgets.safe_text import safe_text
from tui.wording import LIVE, STALLED, duration, figure, phase_words, progress, sign, span

_LOST = "The worker is gone and said nothing."
_LOST_MORE = (
    "  Killed, or the machine restarted: its lock is free, its log has no end.",
    "  R starts a new worker that goes on from the newest checkpoint.",
)
_BEFORE_STEP_ONE: tuple[PhaseName, ...] = (
    "importing",
    "reading_data",
    "checking_holdout",
    "tokenizing",
    "loading_model",
    "preflight",
    "training",
)
"""What a training does before its first step, in this order; not every run needs each."""
_BEFORE_STEP_ONE_THERE: tuple[PhaseName, ...] = (
    "checking_files",
    "uploading",
    "validating_files",
    "waiting",
    "training",
)
"""The same for a run at a service."""


def head_lines(look: RunLook, *, behind: bool = False) -> list[Line]:
    """Return who this is, how it is, and when it will be done: three lines, five after a fall."""
    state, status = look.state, look.status.state
    who = _who(state, status, look.phase_for, word=STALLED if look.stall else status)
    if behind:
        who = Text.assemble(who, (f"   reading the log, event {state.seq:,} so far", "muted"))
    news = [alert_line(look.stall)] if look.stall else _news(state, status)
    return [who, _pace(state, status, look.newest), *news]


def _who(state: RunState, status: str, phase_for: str, *, word: str) -> Text:
    """Return name, state in a word, phase and progress."""
    glyph, ink = sign(word)
    parts = [safe_text(state.name, limit=40, ink="strong"), Text(f"{glyph} {word}", style=ink)]
    if status in LIVE and (words := phase_words(state.phase)):
        counted = progress(state.phase_done, state.phase_total)
        parts.append(Text(f"{words} {counted} {state.phase_unit}".rstrip()))
        if phase_for:
            parts.append(Text(phase_for, style="muted"))
    if state.attempt > 1:
        parts.append(Text(f"attempt {state.attempt}", style="muted"))
    if state.epochs:
        parts.append(Text(f"epoch {state.epoch:.1f} of {state.epochs:g}", style="muted"))
    return Text("   ").join(parts)


def _pace(state: RunState, status: str, newest: str) -> Text:
    """Return the remaining time and the speed, or when it ended."""
    if state.hosted is not None and status in LIVE:
        return _at_service(state, newest)
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


def _at_service(state: RunState, newest: str) -> Text:
    """Return where a hosted run stands, when its service expects the end, and how fresh that is."""
    parts = [safe_text(place_words(state), limit=160)]
    if state.finish:
        parts.append(safe_text(f"their end {state.finish[11:16]}", limit=20, ink="accent"))
    if newest:
        parts.append(safe_text(f"newest event {newest}", ink="muted"))
    return Text("   ").join(parts)


def eta_words(state: RunState) -> str:
    """Return the remaining time as a range, by the preflight until it is measured."""
    left = eta(state)
    if left is not None:
        return f"{span(*left)} left"
    if state.preflight is not None:
        low, high = state.preflight.eta_low_s, state.preflight.eta_high_s
        return f"{span(low, high)} by the preflight"
    return "remaining time: measuring"


def _news(state: RunState, status: str) -> list[Line]:
    """Return what a person should see first: a failure, a loss, the newest alert, the end."""
    if status == "lost" and (words := lost_words(state)):
        return [Text.assemble(("▲ ", "bad"), safe_text(words[0])), *map(safe_text, words[1:])]
    if status == "lost":
        return [Text.assemble(("▲ ", "bad"), _LOST), *map(Text, _LOST_MORE)]
    if status == "failed" and state.failure is not None:
        parts = (state.failure.what, state.failure.why, state.failure.remedy)
        what, why, remedy = (safe_text(part, limit=300) for part in parts)
        return [Text.assemble(("▲ ", "bad"), what), Text("  ") + why, Text("  ") + remedy]
    if status in {"finished", "stopped"} and state.end_reason:
        return [_end(state)]
    if state.alerts:
        return [alert_line(state.alerts[-1])]
    if status in LIVE and status != "queued" and state.step == 0:
        return [_way_to_step_one(state)]
    return [Text("")]


def _end(state: RunState) -> Text:
    """Return why it ended; what was found on the way needs no stop any more."""
    line = safe_text(state.end_reason, limit=200)
    if not state.alerts:
        return line
    count = len(state.alerts)
    glyph, ink = sign("warning")
    line.append(f"   {glyph} ", style=ink).append(f"{count} alert{'s' * (count > 1)} on the way  ")
    return line.append_text(key_words("next-alert"))


def alert_line(alert: AlertRaised) -> Text:
    """Return an alert in one line: the key that acts, what was found, what to do."""
    glyph, ink = sign(alert.level)
    action = f" {alert.action}" if alert.action else ""
    what = safe_text(f"step {alert.step}: {alert.message}{action}", limit=300)
    return Text.assemble((f"{glyph} ", ink), key_words(alert.key), what)


def key_words(id: str) -> Text:
    """Return the key that acts on something and its label, nothing where there is none."""
    key = key_of(id)
    if key is None:
        return Text()
    return Text.assemble((shown(key.keys[0]), "key"), (f" {key.label}  ", "muted"))


def _way_to_step_one(state: RunState) -> Text:
    """Return the phases before the first step, those that are behind it ticked."""
    line = Text()
    way = _BEFORE_STEP_ONE if state.hosted is None else _BEFORE_STEP_ONE_THERE
    at = way.index(state.phase) if state.phase in way else None
    for place, phase in enumerate(way):
        line.append("  " if place else "")
        if at is not None and place < at:
            line.append(f"✓ {phase_words(phase)}", style="muted")
        elif place == at:
            line.append(f"▸ {phase_words(phase)}", style="accent")
        else:
            line.append(f"○ {phase_words(phase)}", style="muted")
    return line


def readout(
    values: Values, state: RunState, best: tuple[int, float] | None, *, with_time: bool
) -> Text:
    """Return the exact values at a place of the loss chart.

    What changes most stands first and in one style: Textual sends a row from its left edge to
    its last change, and a change of style costs more than ten characters.
    """
    after = f"  after {duration(values.elapsed)}" if with_time else ""
    line = Text(
        f"step {progress(round(values.step), state.total_steps)}{after}  "
        f"loss {figure(values.raw):<6}  smooth {figure(values.smooth):<6}"
    )
    line.append("  ◆ eval ", style="eval")
    line.append(f"{figure(values.near.value)} @{values.near.step:,.0f}" if values.near else "–")
    if best is not None:
        line.append("  best ", style="good")
        line.append(f"{figure(best[1])} @{best[0]:,}")
    return line


def status_line(look: RunLook, id: str, *, slow: bool) -> Text:
    """Return whose job this is and what would be lost by leaving: nothing."""
    seldom = "  looking once a second over SSH" if slow else ""
    goes_on = "  it goes on when you leave" if look.status.state in LIVE else ""
    faults = look.status.faults
    damaged = faults.garbage + faults.missing
    note = f"  {damaged} lines of the log are damaged" if damaged else ""
    return Text.assemble(safe_text(id, limit=80), goes_on, seldom, (note, "warn"), style="muted")


def chart_name(number: int, *, focused: bool, hosted: bool = False) -> Text:
    """Return the title of a chart, with its legend where it has one."""
    line = Text(CHARTS[number].title, style="here" if focused else "strong")
    if not number:
        line.append("  · raw  ", style="muted")
        line.append("▸ smooth  ", style="ema")
        line.append("◆ validation", style="eval")
        if hosted:
            line.append("  the provider's loss", style="muted")
    return line


def chart_value(number: int, values: Values | None) -> Text:
    """Return the exact value of a chart at the cursor; the readout has those of the loss."""
    if values is None or not number:
        return Text()
    return Text(figure(values.each[number]), style="muted")


def chart_tabs(here: int) -> Text:
    """Return the names of the charts as a strip, where only one is in sight."""
    line = Text()
    for number, chart in enumerate(CHARTS):
        line.append(f" {chart.title} ", style="here" if number == here else "muted")
    return line
