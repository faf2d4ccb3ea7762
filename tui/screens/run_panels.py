"""What lies below and beside the charts of a run, as lines; pure, so that each can be tested."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from rich.text import Text

from core.events.run_state import RunState
from core.events.schema import (
    AlertRaised,
    KeysConsumed,
    MaskLedger,
    PreflightDone,
    SampleTaken,
)
from core.sizes import human_bytes
from core.word_diff import Change, word_diff
from tui.hosted_state import cost_said, place_words
from tui.mixed_words import mixed_words
from tui.screens.run_lines import key_words
from tui.widgets.page import Hanging, Line, field
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import figure, sign, span

Against = Literal["base", "before", "nothing"]
"""What a sample is compared with: the base model's answer, the look before, or nothing."""
AGAINST: dict[Against, str] = {
    "base": "against the base model",
    "before": "against the look before",
    "nothing": "as they are",
}
_EMPTY = Text("nothing yet", style="muted")
_SAMPLE = 2_000
"""Characters of a text that are shown."""
_INKS: dict[Change, tuple[str, str, str]] = {
    "same": ("", "", ""),
    "added": ("{+", "+}", "good"),
    "removed": ("[-", "-]", "muted"),
}
"""What stands around a piece of a comparison, so that no colour is needed to read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """What a panel shows besides the state."""

    against: Against = "base"
    """What samples are compared with."""
    tail: str = ""
    """The end of what the worker's process printed; not yet safe to show."""


def message_lines(state: RunState, _: PanelView) -> list[Line]:
    """Return what the worker, the rules and the people said, newest first."""
    lines: list[tuple[str, int, list[Line]]] = []
    for message in state.messages:
        lines.append((message.t, message.seq, [_said(message.t, message.level, message.text)]))
    for alert in state.alerts:
        lines.append((alert.t, alert.seq, _alert_lines(alert)))
    for asked in state.requests:
        words = f"{asked.verb} asked by {asked.by}@{asked.host}: {asked.effect}"
        lines.append((asked.t, asked.seq, [_said(asked.t, "info", words)]))
    for one in state.out_of_memory:
        words = (
            f"step {one.step}: {one.rows} rows did not fit into memory; the update was done again "
            f"in halves, with {one.new_budget:,} tokens at once from now on"
        )
        lines.append((one.t, one.seq, [_said(one.t, "warning", words)]))
    ordered = sorted(lines, key=lambda line: line[:2], reverse=True)
    return [line for _, _, said in ordered for line in said] or [_EMPTY]


def _said(at: str, level: str, words: str) -> Line:
    glyph, ink = sign(level)
    return Hanging(
        Text.assemble(
            safe_text(at[11:19], ink="muted"), "  ", (f"{glyph} ", ink), safe_text(words)
        ),
        12,
    )


def _alert_lines(alert: AlertRaised) -> list[Line]:
    """Return an alert with the figures that show it and the key that acts."""
    words = f"step {alert.step}: {alert.message} {alert.action}"
    lines = [_said(alert.t, alert.level, words)]
    shown = [
        f"{name.replace('_', ' ')} {figure(value) if isinstance(value, float) else value}"
        for name, value in alert.evidence.items()
    ]
    if shown or key_words(alert.key):
        evidence = safe_text("  ".join([alert.rule.replace("_", " "), *shown]), ink="muted")
        lines.append(Hanging(Text.assemble(" " * 12, key_words(alert.key), evidence), 12))
    return lines


def checkpoint_lines(state: RunState, _: PanelView) -> list[Line]:
    """Return the checkpoints, newest first, the best one marked."""
    lines: list[Line] = []
    for one in reversed(state.checkpoints):
        best = one.step == state.best_step
        size = "" if one.bytes is None else human_bytes(one.bytes)
        words = f"step {one.step:<8,} {one.why:<10} {size:>9}  "
        mark = Text("best  " if best else "      ", style="good")
        lines.append(Text.assemble(words, mark, safe_text(one.path, ink="muted")))
    return lines or [_EMPTY]


def sample_lines(state: RunState, view: PanelView) -> list[Line]:
    """Return the newest answer to each fixed prompt, with what it was asked and should say."""
    lines: list[Line] = []
    for key in dict.fromkeys(one.key for one in state.samples):
        taken = [one for one in state.samples if one.key == key]
        lines += [*_sample(taken, view.against), Text("")]
    if not lines:
        return [_EMPTY]
    how = Text.assemble(key_words("difference"), (AGAINST[view.against], "muted"))
    return [how, *lines[:-1]]


def _sample(taken: list[SampleTaken], against: Against) -> list[Line]:
    """Return one prompt's newest answer, compared."""
    newest = taken[-1]
    base = next((one for one in taken if one.step == 0), None)
    other = base if against == "base" else taken[-2] if len(taken) > 1 else None
    if against == "nothing" or other is newest:
        other = None
    limit = "" if newest.stopped else "  cut off by the limit"
    head = Text.assemble(
        safe_text(newest.key, limit=60, ink="strong"), f"  step {newest.step:,}", (limit, "warn")
    )
    if other is not None:
        head.append(f"  against step {other.step:,}" if other.step else "  against the base model")
    lines: list[Line] = [head]
    if base is not None and base.prompt:
        lines.append(field("  prompt", safe_text(base.prompt), width=13))
    if base is not None and base.reference:
        lines.append(field("  should say", safe_text(base.reference), width=13))
    answer = _compared(other.text, newest.text) if other else safe_lines(newest.text, limit=_SAMPLE)
    return [*lines, *(Text("  ") + text for text in answer)]


def _compared(before: str, after: str) -> list[Text]:
    """Return a text with what is other in it than before marked."""
    lines = [Text()]
    for change, piece in word_diff(before[:_SAMPLE], after[:_SAMPLE]):
        opening, closing, ink = _INKS[change]
        first, *rest = safe_lines(piece, limit=_SAMPLE, ink=ink)
        lines[-1].append(opening, style=ink).append_text(first)
        lines += rest
        lines[-1].append(closing, style=ink)
    return lines


def system_lines(state: RunState, _: PanelView) -> list[Line]:
    """Return what the machine gives and the worker takes, and what it was given to do."""
    read = state.resources
    lines: list[tuple[str, str]] = []
    for gpu in read.gpus if read else ():
        heat = "" if gpu.celsius is None else f", {gpu.celsius} °C"
        used = f"{human_bytes(gpu.used)} of {human_bytes(gpu.total)}"
        lines.append((f"gpu {gpu.index}", f"{used}, {gpu.busy:.0%} busy{heat}"))
    memory = human_bytes(read.rss) if read else "–"
    if read and read.ram_used is not None and read.ram_total is not None:
        memory += f" of {human_bytes(read.ram_total)}, {human_bytes(read.ram_used)} in use by all"
    if state.hosted is not None:
        lines += [("service", place_words(state)), ("cost", cost_said(state) or "–")]
    lines += [
        ("memory", memory),
        ("processor", f"{read.cpu:.1f} cores" if read else "–"),
        ("disk free", human_bytes(read.disk_free) if read else "–"),
        ("device", state.device),
        ("rows", f"{state.rows:,} and {state.validation_rows or 0:,}" if state.rows else "–"),
        ("tokens", f"{state.tokens:,} an epoch" if state.tokens else "–"),
        ("bad steps", str(state.bad_steps)),
    ]
    return [Text.assemble((f"{label:<11}", "muted"), safe_text(value)) for label, value in lines]


def preflight_lines(state: RunState, _: PanelView) -> list[Line]:
    """Return what was tried and measured before step 1, and what the masks make of the rows."""
    lines: list[Line] = [] if state.keys is None else list(_proof(state.keys))
    if state.ledger is not None:
        lines += _ledger(state.ledger)
    if state.preflight is not None:
        lines += _preflight(state.preflight)
    return lines or [Text("no preflight in this log", style="muted")]


def _proof(keys: KeysConsumed) -> Iterator[Line]:
    """Yield what was compared with the holdout, and which sets beside the split were among it."""
    found = f"{keys.intersection:,} in common" if keys.intersection else "none in common"
    words = f"{keys.rows:,} rows compared with {keys.lock[:12]}: {found}"
    yield field("holdout", safe_text(words, ink="bad" if keys.intersection else ""), width=11)
    for one in keys.mixed or ():
        words = f"{mixed_words(one)}, sha256 {one.sha256[:12]}"
        yield field("mixed in", safe_text(words), width=11)


def _preflight(done: PreflightDone) -> list[Line]:
    """Return the predicted and the measured, and every decision with its reason."""
    share = done.peak_bytes / done.capacity_bytes if done.capacity_bytes else 0.0
    pairs = [
        (
            "memory",
            f"{human_bytes(done.peak_bytes)} measured, {human_bytes(done.predicted_bytes)} "
            f"predicted, {share:.0%} of {human_bytes(done.capacity_bytes)}",
        ),
        ("update", f"{figure(done.update_s)} s, loss by {done.loss_path}"),
        ("looks", f"{figure(done.eval_s)} s each, checkpoints {figure(done.save_s)} s each"),
        ("disk", f"{human_bytes(done.disk_bytes)} for all kept checkpoints"),
        ("time", span(done.eta_low_s, done.eta_high_s)),
    ]
    lines: list[Line] = [field(label, safe_text(words), width=11) for label, words in pairs]
    for one in done.decisions:
        words = f"{one.what}: {one.was} → {one.now}, because {one.why}"
        lines.append(field("decided", safe_text(words), width=11))
    return lines


def _ledger(ledger: MaskLedger) -> list[Line]:
    """Return what the masks make of the rows."""
    how = ", ".join(f"{name} {count:,}" for name, count in ledger.strategies.items())
    words = f"{ledger.rows:,} rows"
    if ledger.zero:
        words += f"; {ledger.zero:,} would train nothing"
    if ledger.cut:
        words += f"; {ledger.cut:,} rows lose {ledger.supervised_cut:,} target tokens to the limit"
    words += f"; by {how}" if how else ""
    if ledger.boundary_merge:
        words += f"; {ledger.boundary_merge:,} with a token across the border of an answer"
    ink = "warn" if ledger.zero or ledger.cut else ""
    found = (field("", safe_text(one), width=11) for one in ledger.findings)
    return [field("masks", safe_text(words, ink=ink), width=11), *found]


def log_lines(_: RunState, view: PanelView) -> list[Line]:
    """Return the end of what the worker's process printed."""
    if not view.tail.strip():
        return [Text("nothing printed", style="muted")]
    return list(safe_lines(view.tail))


PANELS: tuple[tuple[str, Callable[[RunState, PanelView], list[Line]]], ...] = (
    ("Messages", message_lines),
    ("Samples", sample_lines),
    ("Checkpoints", checkpoint_lines),
    ("System", system_lines),
    ("Preflight", preflight_lines),
    ("Log", log_lines),
)
"""What is below the charts, one at a time."""
BESIDE = ("System", "Messages", "Samples", "Preflight", "Checkpoints")
"""What stands beside the charts of a wide screen, without the one that is below them."""
