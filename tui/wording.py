"""How figures and states are put into words, the same on screens and on plain lines."""

from pathlib import Path
from typing import NamedTuple

_STATES = {
    "queued": ("○", "muted"),
    "starting": ("▸", "accent"),
    "running": ("●", "accent"),
    "stopping": ("▸", "warn"),
    "stopped": ("▲", "warn"),
    "finished": ("✓", "good"),
    "failed": ("▲", "bad"),
    "lost": ("▲", "bad"),
    "stalled": ("▲", "warn"),
    "seems to run": ("●", "accent"),
    "no new point": ("○", "warn"),
    "done": ("✓", "good"),
    "next": ("▸", "accent"),
    "not yet": ("○", "muted"),
    "attention": ("▲", "warn"),
    "ready": ("✓", "good"),
    "review": ("▲", "warn"),
    "blocked": ("▲", "bad"),
    "blocker": ("▲", "bad"),
    "high": ("▲", "warn"),
    "info": ("·", "muted"),
    "warning": ("▲", "warn"),
    "critical": ("●", "bad"),
}
LIVE = frozenset({"queued", "starting", "running", "stopping", "seems to run"})
"""States of a job at which a worker is, or for which it waits."""
STALLED = "stalled"
"""Said instead of a state while a worker lives and has said nothing for long."""
_PHASES = {
    "importing": "loading libraries",
    "checking_holdout": "checking holdout",
}
_AGE_STEPS = (2, 5, 10, 20, 30)
"""Seconds at which a growing age is said anew, so that a quiet screen sends little."""


class Sign(NamedTuple):
    """A symbol that says with a shape what the ink says with a colour."""

    glyph: str
    ink: str


def sign(state: str) -> Sign:
    """Return how a state looks; one nobody knows looks plain."""
    return Sign(*_STATES.get(state, ("·", "muted")))


def duration(seconds: float) -> str:
    """Return a span of time in at most two units."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s" if minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02} min"
    return f"{hours // 24} d {hours % 24} h"


def coarse(seconds: float) -> str:
    """Return a span of time so rounded that it seldom changes; for what is only expected."""
    if seconds < 60:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if seconds < 600:
        return f"{max(1, round(seconds / 30)) / 2:g} min"
    if seconds < 7200:
        return f"{5 * round(seconds / 300)} min"
    return f"{max(1, round(seconds / 1800)) / 2:g} h"


def span(low: float, high: float) -> str:
    """Return a range of expected times."""
    first, last = coarse(low), coarse(high)
    if first == last:
        return f"about {first}"
    number, _, unit = first.rpartition(" ")
    return f"{number}–{last}" if last.endswith(f" {unit}") else f"{first} – {last}"


def age(seconds: float) -> str:
    """Return how long ago something was, in steps that grow with it."""
    if seconds < _AGE_STEPS[0]:
        return "now"
    if seconds < 60:
        return f"{max(step for step in _AGE_STEPS if step <= seconds)} s ago"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    return f"{coarse(seconds)} ago" if seconds < 172_800 else f"{int(seconds // 86_400)} d ago"


def waited(seconds: float) -> str:
    """Return for how long something has waited, in the steps of an age."""
    return age(seconds).removesuffix(" ago").replace("now", "of this moment")


def figure(value: float | None) -> str:
    """Return a loss or a rate with four significant digits."""
    if value is None:
        return "–"
    if value != 0 and (abs(value) < 0.001 or abs(value) >= 1e6):
        return f"{value:.2e}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def inside(path: Path, root: Path) -> str:
    """Return a path as it is called inside the workspace; whole where it lies elsewhere."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def phase_words(phase: str | None) -> str:
    """Return what a worker is at."""
    return _PHASES.get(phase, phase.replace("_", " ")) if phase else ""


def progress(done: int | None, total: int | None) -> str:
    """Return how far something is."""
    if done is None:
        return ""
    return f"{done:,}/{total:,}" if total else f"{done:,}"
