"""A release on the screen: where it answers, how each arm does, and the way back."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from tui.widgets.page import Hanging, Line
from tui.widgets.safe_text import safe_text
from tui.wording import waited

if TYPE_CHECKING:
    from core.release.traffic import ArmTraffic, Traffic

_COLUMNS = ("arm", "share", "users", "asked", "failed", "typical", "19 in 20", "up", "down", "harm")
_WIDTHS = (9, 6, 6, 7, 7, 8, 9, 4, 5, 5)
_SHORT = 2
_ALARM = 0.5
"""From this part of the evidence that rolls back on, harm stands out."""


def release_lines(found: "Sequence[Traffic]", meant: int, now: float) -> list[Line]:
    """Return every release, one below the other; the keys mean the one at this place."""
    several = len(found) > 1
    return [
        line for n, one in enumerate(found) for line in _one(one, now, meant=several and n == meant)
    ]


def _one(found: "Traffic", now: float, *, meant: bool) -> Iterable[Line]:
    mark = ("› ", "key") if meant else ""
    name = Text.assemble(mark, safe_text(found.name, ink="strong"))
    if found.trouble:
        yield Text.assemble(name, "  ", ("cannot be shown", "bad"))
        yield safe_text(found.trouble, limit=300)
        yield Text("")
        return
    if found.url:
        yield Text.assemble(name, "  ", ("● answers at ", "good"), safe_text(found.url))
    else:
        yield Text.assemble(name, "  ", ("○ is not served", "muted"))
    if found.standing.rolled_back:
        yield from _rolled_back(found)
    yield _row(_COLUMNS, "muted")
    for arm in found.arms:
        yield _arm(arm, found)
    if found.counted:
        yield Text(f"  of the last day, {found.counted:,} requests", style="muted")
    else:
        yield Text("  no request in the last day; harm counts earlier ones too", style="muted")
    costs = [Text.assemble(safe_text(a.name), f" {a.cost}") for a in found.arms if a.cost]
    if costs:
        yield Text.assemble("  tokens cost: ", Text(", ").join(costs))
    yield from _reviews(found, now)
    if found.misdealt:
        yield Text(
            "  ▲ Users do not come to the arms by their shares: these figures compare nothing.",
            style="warn",
        )
    yield _way_back(found)
    yield Text("")


def _reviews(found: "Traffic", now: float) -> Iterable[Line]:
    """Yield what waits for reviewers, and what they found of each arm without knowing it."""
    if found.review.mode == "none":
        return
    held = found.review.mode == "hold"
    line = Text.assemble(("  r", "key"), " reviews ")
    line.append(
        "every answer before it goes out" if held else f"{found.review.share:g} % of the answers"
    )
    if found.due.oldest is None:
        line.append("; none waits", style="muted")
    else:
        ink = "warn" if held else "strong"
        line.append(f"; {found.due.waiting:,} waiting", style=ink)
        line.append(f", the oldest {waited(now - found.due.oldest)}", style=ink)
    yield Hanging(line, _SHORT)
    seen = [
        Text.assemble(
            safe_text(arm.name),
            f" {arm.reviews.mean:.1f} of 5 in {arm.reviews.decided:,}",
            (f", {arm.reviews.unsafe:,} unsafe" if arm.reviews.unsafe else "", "bad"),
        )
        for arm in found.arms
        if arm.reviews is not None
    ]
    if seen:
        yield Hanging(Text.assemble("  reviewers gave ", Text("; ").join(seen)), _SHORT)


def _rolled_back(found: "Traffic") -> Iterable[Line]:
    standing = found.standing
    yield Text.assemble(
        ("  ▲ rolled back", "bad"),
        " to ",
        safe_text(found.rollback),
        " by ",
        safe_text(standing.by, limit=60),
        " at ",
        safe_text(standing.at[:16]),
    )
    if standing.why:
        yield Hanging(Text.assemble("    ", safe_text(standing.why, limit=300)), 4)


def _arm(arm: "ArmTraffic", found: "Traffic") -> Text:
    """Return one arm as a row; figures that may roll it back stand out."""
    high = found.guarded is not None and (arm.harm or 0) >= found.guarded * _ALARM
    cells = (
        arm.name,
        f"{arm.share:g} %",
        f"{arm.users:,}",
        f"{arm.asked:,}",
        f"{arm.failed / arm.asked:.1%}" if arm.asked else "-",
        _seconds(arm.typical_ms),
        _seconds(arm.late_ms),
        f"{arm.up:,}",
        f"{arm.down:,}",
        "-" if arm.harm is None else _evidence(arm.harm),
    )
    gone = found.standing.rolled_back and arm.name != found.rollback
    return _row(cells, "muted" if gone else "bad" if high else "text")


def _row(cells: Sequence[str], ink: str) -> Text:
    first, *rest = cells
    line = Text.assemble("  ", safe_text(f"{first:<{_WIDTHS[0]}}", limit=_WIDTHS[0], ink=ink))
    for cell, width in zip(rest, _WIDTHS[1:], strict=True):
        line.append(f"{cell:>{width}}", style="" if ink == "text" else ink)
    return line


def _way_back(found: "Traffic") -> Line:
    """Return the line that is always there: what goes back, to what, and by whom."""
    target = safe_text(found.rollback, ink="strong")
    if found.standing.rolled_back:
        return Text.assemble("  ", ("B", "key"), " deals the traffic as planned again.")
    if found.guarded is None:
        itself = Text("; by itself never")
    elif not found.comparable:
        itself = Text("; by itself never: the target has no users to compare with")
    else:
        itself = Text(f"; by itself when the evidence of harm reaches {found.guarded:g}")
    text = Text.assemble("  ", ("B", "key"), " rolls back to ", target, ", at once", itself, ".")
    return Hanging(text, _SHORT)


def _seconds(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "-"
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _evidence(value: float) -> str:
    return f"{value:.1f}" if value < 1000 else ">999"
