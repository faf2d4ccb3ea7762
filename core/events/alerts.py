"""What a person should look at, found by pure rules over events, with evidence and what to do.

The worker runs them and writes what they find, so every viewer sees the same and none computes.
The one exception is `core.events.stall`.
"""

import pkgutil
from importlib import import_module
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from core.events import rules
from core.events.rule import Rule
from core.events.schema import AlertRaised, Event, StepLogged


def _all_rules() -> tuple[Rule, ...]:
    """Return every rule of the folder, remembering nothing yet."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    modules = (import_module(f"{rules.__name__}.{name}") for name in names)
    return tuple(rule() for module in modules for rule in module.RULES)


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules remember of the events so far."""

    rules: tuple[Rule, ...] = msgspec.field(default_factory=_all_rules)
    step: int = 0
    """The newest step, for what was found beside the steps."""


class Looked(NamedTuple):
    """What the rules remember now, and what they found."""

    watch: Watch
    found: tuple[AlertRaised, ...]


def look(watch: Watch, event: Event) -> Looked:
    """Return what the rules make of one more event; each finding is said once an episode."""
    step = event.step if isinstance(event, StepLogged) else watch.step
    after: list[Rule] = []
    found: list[AlertRaised] = []
    for rule in watch.rules:
        rule, alert = rule.look(event)
        after.append(rule)
        if alert is not None:
            found.append(alert if alert.step else replace(alert, step=step))
    return Looked(Watch(rules=tuple(after), step=step), tuple(found))
