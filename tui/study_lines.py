"""A blind study as lines of text; pure, and without a contender's name until the seal is open."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from tui.screens.score_lines import DECISION_INKS
from tui.study_look import StudyLook
from tui.widgets.page import Hanging, Line, field
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.scoring.rated.comparison import Comparison
    from core.scoring.rated.verdict import RatedVerdict
    from core.scoring.study.listing import StudyRow
    from core.scoring.study.watching import RaterSeen

_BAR = 30
_SIGNS = {
    "blind": ("○", "muted", "blind"),
    "enough": ("▸", "accent", "may stop"),
    "complete": ("▸", "accent", "complete"),
    "opened": ("✓", "good", "opened"),
    "damaged": ("▲", "bad", "damaged"),
}
"""Mark, ink and word of each state."""
_ACTIONS = {
    "ship": "Ship it: 5 shows what there is to release.",
    "do_not_ship": "Do not ship it; keep what the sentence names, or train again.",
    "keep_rating": "Rate more items: lock another study with as many as the number says.",
    "cannot_say": "Mend what the sentence names, then lock another study.",
}
_SIMULATED = "This shows the way only: lock a study for people, with L on Score."


def state_text(row: "StudyRow") -> Text:
    """Return a study's state as a mark and a word."""
    mark, ink, word = _SIGNS["enough" if row.may_stop else row.state]
    return Text(f"{mark} {word}", style=ink)


def study_cells(row: "StudyRow") -> tuple[Text, ...]:
    """Return a study as the cells of a list."""
    counted = safe_text(row.problem, limit=120)
    if not row.problem:
        raters = f"{len(row.raters)} rater{'' if len(row.raters) == 1 else 's'}"
        raters = f"{row.simulated} simulated" if row.simulated else raters
        raters = raters if row.raters else "nobody has begun"
        most = "at most " if row.watched and row.state == "blind" else ""
        counted = Text.assemble(
            f"{row.rated:,} of {most}{row.planned:,} ratings", (f" · {raters}", "muted")
        )
    return safe_text(row.name, limit=60), state_text(row), counted


def next_step(rows: "Sequence[StudyRow]", *, can_lock: bool) -> Text:
    """Return the one obvious next step of Score; empty when there is none."""
    sealed = [one for one in rows if one.state in {"blind", "complete"}]
    ready = [one for one in sealed if one.state == "complete" or one.may_stop]
    for row in (*ready, *sealed)[:1]:
        name = safe_text(row.name, limit=40)
        if row in ready:
            why = "everything is rated" if row.state == "complete" else "the evidence is enough"
            words = f": {why}; open it and press ", ("O", "key"), " for the verdict."
        elif row.watched:
            words = (
                f": {row.missing:,} ratings at most are left, fewer once the evidence is enough; ",
                ("enter", "key"),
                " shows it.",
            )
        else:
            one = "rating of an item is" if row.missing == 1 else "ratings of items are"
            words = f": {row.missing:,} {one} left; ", ("enter", "key"), " shows who is how far."
        return Text.assemble(("▸ ", "accent"), name, *words)
    if can_lock:
        again = "another" if rows else "a"
        key = ("L", "key")
        return Text.assemble(
            ("▸ ", "accent"), key, f" locks {again} blind study: people's ratings can say ship."
        )
    if rows and rows[0].state == "opened":
        name = safe_text(rows[0].name, limit=40)
        said = ": the seal is open; ", ("enter", "key"), " shows what it said."
        return Text.assemble(("▸ ", "accent"), name, *said)
    return Text()


def head_lines(look: StudyLook) -> Iterator[Line]:
    """Yield how far a study is and what to do next, or what it said."""
    if look.is_open:
        yield from _verdict_lines(look)
        return
    row, plan = look.row, look.locked.plan
    filled = round(_BAR * row.rated / row.planned) if row.planned else 0
    bar = (("█" * filled, "accent"), ("·" * (_BAR - filled), "muted"))
    counted = f"  {row.rated:,} of {row.planned:,} ratings of items"
    yield Text.assemble(state_text(row), "  ", *bar, counted)
    yield field(
        "plan",
        Text(
            f"{len(look.locked.items):,} items, {len(plan.contenders)} contenders, "
            f"{plan.raters_per_item} raters an item; a gain of {plan.worthwhile:g} is worthwhile; "
            + ("may be watched and stopped" if plan.stopping == "sequential" else "fixed size")
        ),
    )
    yield field("next", _next(look))


def _next(look: StudyLook) -> Text:
    """Return what the owner does next while the seal is shut."""
    if look.row.state == "complete":
        return Text.assemble(("O", "key"), " opens the seal: everything is rated")
    seen = look.watched
    if seen.evidence is not None and seen.evidence >= seen.needed:
        return Text.assemble(("O", "key"), " opens the seal: the evidence is enough to stop")
    left = f"{look.row.missing:,} left; "
    return Text.assemble(left, ("y", "key"), " copies the line that a rater runs")


def _verdict_lines(look: StudyLook) -> Iterator[Line]:
    if look.judged is None:
        yield Text("The seal is open, and there is no verdict.", style="warn")
        yield safe_text(look.refusal, limit=600)
        return
    verdict = look.judged.verdict
    words = Text(
        verdict.decision.replace("_", " ").upper(),
        style=f"strong {DECISION_INKS.get(verdict.decision, '')}".strip(),
    )
    yield Hanging(Text.assemble(words, "  ", safe_text(verdict.sentence, limit=800)), 4)
    yield Text("")
    yield field("number", safe_text(number_of(verdict), limit=200), width=8)
    action = Text(_SIMULATED if verdict.simulated else _ACTIONS[verdict.decision])
    yield field("next", action, width=8)


def number_of(verdict: "RatedVerdict") -> str:
    """Return the one figure that a verdict turns on."""
    if verdict.decision == "cannot_say":
        return "none: what was measured does not count"
    if verdict.gate == "safety":
        return f"{verdict.safety.count:,} of {verdict.safety.items:,} unsafe"
    if verdict.decision == "keep_rating" and verdict.more_items:
        return f"{verdict.more_items:,} more items"
    closest: Comparison = min(verdict.comparisons, key=lambda one: one.mean_difference)
    return (
        f"{closest.mean_difference:+.2f} points against {closest.against} "
        f"({closest.low:.2f} to {closest.high:.2f})"
    )


def rater_cells(one: "RaterSeen") -> tuple[Text, ...]:
    """Return how one person rates as the cells of a list."""
    quick = "warn" if one.quick else ""
    trapped = "warn" if one.traps_seen < one.traps else ""
    return (
        safe_text(one.rater, limit=40),
        Text(f"{one.done:,}"),
        Text("–" if one.seconds is None else f"{one.seconds:.0f} s"),
        Text(f"{one.quick:,}", style=quick),
        Text(f"{one.repeats_same} of {one.repeats}" if one.repeats else "–"),
        Text(f"{one.traps_seen} of {one.traps}" if one.traps else "–", style=trapped),
        Text("–" if one.drift is None else f"{one.drift:+.2f}"),
    )


def absent_cells(rater: str) -> tuple[Text, ...]:
    """Return the cells of somebody who has not begun."""
    return (safe_text(rater, limit=40), Text("0"), Text("waits", "muted"), *(Text("–"),) * 4)


def care_lines(look: StudyLook) -> Iterator[Line]:
    """Yield agreement, the evidence where it may be watched, and what does not hold."""
    seen = look.watched
    alpha = seen.agreement.ordinal
    if alpha.value is None:
        yield field("agreement", safe_text(f"not known yet: {alpha.reason}"))
    else:
        from core.scoring.rated.contract import word_of

        words = f"alpha {alpha.value:.2f}, {word_of(alpha.value)}"
        yield field("agreement", Text(words, style="" if alpha.value >= 2 / 3 else "warn"))
    if seen.evidence is not None:
        yield field("evidence", _meter(seen.evidence, seen.needed))
    elif not look.is_open:
        yield field("evidence", Text("shut: a plan of fixed size is not watched", style="muted"))
    if look.judged is not None and (asked := len(look.judged.judges) + len(look.judged.unshown)):
        judges = f"{asked} model{'s' * (asked != 1)} asked; "
        yield field("judges", Text.assemble(judges, ("J", "key"), " shows how far to trust them"))
    for problem in seen.problems:
        yield Hanging(Text.assemble(("▲ ", "bad"), safe_text(problem, limit=300)), 2)


def _meter(evidence: float, needed: float) -> Text:
    """Return the evidence as a bar on a logarithmic scale: each doubling is as long."""
    from math import log

    share = max(0.0, min(1.0, log(max(evidence, 1.0)) / log(needed)))
    filled = round(_BAR * share)
    enough = evidence >= needed
    ink = "good" if enough else "accent"
    words = "enough: you may stop" if enough else f"stops at {needed:.0f}"
    shown = f"{evidence:.2f}" if evidence < 1000 else "over 1,000"
    return Text.assemble(
        ("█" * filled, ink), ("·" * (_BAR - filled), "muted"), f"  {shown}, {words}"
    )


def rate_command(study: str, rater: str, root: Path) -> str:
    """Return the line that a rater runs."""
    return shlex.join(["tuningfork", "rate", study, "--rater", rater, "-w", str(root)])


def plan_lines(look: StudyLook) -> Iterator[Line]:
    """Yield the plan as it was locked; who is compared is left out while the seal is shut."""
    named = {"tuned", "contenders"}
    values = look.locked.plan.model_dump(mode="json")
    for name, value in values.items():
        if name in named and not look.is_open:
            count = len(look.locked.plan.contenders)
            hidden = f"{count} of them" if name == "contenders" else "one of them"
            yield field(name, Text(f"{hidden}; named when the seal is open", "muted"), width=18)
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield field(name, safe_text(shown, limit=400), width=18)
    yield field("locked at", safe_text(look.locked.locked_at), width=18)
    yield field("plan's hash", safe_text(look.locked.seal), width=18)
    yield field("mapping's hash", safe_text(look.locked.sheet.commitment), width=18)
