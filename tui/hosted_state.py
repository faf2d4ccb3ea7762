"""A run at a service while it goes on, in words that screens and plain lines share."""

from typing import TYPE_CHECKING

from core.text_safety import clip, visible

if TYPE_CHECKING:
    from core.events.run_state import RunState
    from core.events.schema import CostKnown

_SHOWN = 120


def place_words(state: "RunState") -> str:
    """Return where a hosted run stands at its service; "" for other runs."""
    place = state.hosted
    if place is None:
        return ""
    parts = [place.provider, f"job {place.job}" if place.job else "no job yet", place.status]
    return ", ".join(_safe(one) for one in [*parts, place.note] if one)


def cost_said(state: "RunState") -> str:
    """Return what a hosted run was said to cost and what was billed; "" where nobody said."""
    parts = []
    if state.estimate is not None and state.hosted is not None:
        parts.append(f"{_amount(state.estimate) or 'price not known'} expected")
    if state.billed is not None:
        amount = _amount(state.billed)
        tokens = state.billed.tokens
        parts.append(f"{amount} billed" if amount else f"{tokens:,} tokens billed")
    return ", ".join(parts)


def stop_words(state: "RunState") -> str:
    """Return what a stop does to a hosted run now."""
    place = state.hosted
    if place is None or not place.job:
        return "Nothing is started at the service yet; stops, and nothing is paid."
    kept = state.checkpoints[-1] if state.checkpoints else None
    model = f" The checkpoint of step {kept.step:,} stays usable." if kept else ""
    return (
        f"Asks {_safe(place.provider)} to cancel the job {_safe(place.job)}. What was trained"
        f" until step {state.step:,} may have to be paid, and a cancelled job cannot go"
        f" on.{model}"
    )


def lost_words(state: "RunState") -> tuple[str, str, str] | None:
    """Return what to say of a run that nobody watches; None for one that is not hosted."""
    if state.hosted is None:
        return None
    where = _safe(state.hosted.provider)
    if not state.hosted.job:
        return (
            "The worker is gone and said nothing.",
            f"  Whether {where} has started the job is found out when it is resumed.",
            "  R looks for it; nothing is sent twice.",
        )
    return (
        "Nobody watches this run any more.",
        f"  The watcher was killed or the machine restarted; the job at {where} goes on.",
        "  R watches it again, for nothing; no step is lost.",
    )


def _amount(cost: "CostKnown") -> str:
    """Return an amount as it was noted, "" where none was."""
    if cost.low is None or cost.high is None:
        return ""
    span = cost.low if cost.low == cost.high else f"{cost.low} to {cost.high}"
    return f"{span} {cost.currency}"


def _safe(text: str) -> str:
    return visible(clip(text, _SHOWN))
