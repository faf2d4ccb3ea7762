"""What OpenAI takes: settings, sizes, and what its pages say that it refuses."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from core.catalog.rules_of_providers import Rule, rules_of
from core.hosted.provider import Capabilities, Finding, Part
from core.hosted.spec import HostedSpec, Method
from core.text_safety import clip, visible

_COMMON = ("batch_size", "learning_rate_multiplier", "n_epochs")
_TAKEN: dict[Method, tuple[str, ...]] = {
    "supervised": _COMMON,
    "dpo": (*_COMMON, "beta"),
    "reinforcement": (
        *_COMMON,
        "compute_multiplier",
        "eval_interval",
        "eval_samples",
        "reasoning_effort",
    ),
}
CAPABILITIES = Capabilities(
    methods=("supervised", "dpo", "reinforcement"),
    verbs=frozenset({"cancel", "pause", "resume"}),
    weights_leave=False,
    price_from_service=False,
    early_stopping=False,
    longest_suffix=64,
    most_bytes=512 * 1024 * 1024,
    hyperparameters=tuple(dict.fromkeys(name for names in _TAKEN.values() for name in names)),
)
_SHOWN = 20
"""Findings of one rule that are told one by one."""


def findings(parts: Sequence[Part], spec: HostedSpec, *, rules: str) -> Iterator[Finding]:
    """Yield what would be refused; `rules` names a file of the catalog, "" for none."""
    for name in spec.hyperparameters:
        if name not in _TAKEN[spec.method]:
            yield Finding(
                severity="blocker",
                message=f"{clip(visible(name), 60)} is no setting of {spec.method} training.",
                remedy=f"Use some of: {', '.join(_TAKEN[spec.method])}.",
            )
    for part in parts:
        if CAPABILITIES.most_bytes is not None and part.bytes > CAPABILITIES.most_bytes:
            yield Finding(
                severity="blocker",
                part=part.name,
                message=f"The file has {part.bytes:,} bytes; {CAPABILITIES.most_bytes:,} are"
                " taken at most.",
                remedy="Train on fewer or shorter rows.",
            )
        if rules:
            yield from _of_rules(part, rules_of(rules).rules)


def _of_rules(part: Part, rules: Sequence[Rule]) -> Iterator[Finding]:
    """Yield what the rules of the catalog say of a part."""
    for rule in rules:
        if rule.kind == "rows_at_least" and part.name == "train" and part.rows < int(rule.value):  # type: ignore[arg-type]
            yield Finding(
                severity="blocker",
                part=part.name,
                message=f"There are {part.rows} rows; at least {rule.value} are needed.",
                remedy="Collect more rows, then split again.",
            )
    told = dict.fromkeys((rule.kind for rule in rules), 0)
    with part.path.open("rb") as file:
        for line, raw in enumerate(file, 1):
            row = json.loads(raw)
            for rule in rules:
                words = _complaint(rule, row, raw)
                if words and told[rule.kind] < _SHOWN:
                    told[rule.kind] += 1
                    number = part.row_of_line(line)
                    yield Finding(severity="high", part=part.name, row=number, message=words)


def _complaint(rule: Rule, row: dict[str, Any], raw: bytes) -> str:
    """Return what a rule says against a row; empty for nothing."""
    turns = row.get("messages") or []
    match rule.kind:
        case "roles":
            odd = [one["role"] for one in turns if one["role"] not in rule.value]  # type: ignore[operator]
            return f"It has a turn of {clip(visible(str(odd[0])), 40)}." if odd else ""
        case "ends_with" if turns and turns[-1]["role"] != rule.value:
            return f"Its last turn is not the {rule.value}'s."
        case "no_marks" if isinstance(rule.value, tuple):
            found = [mark for mark in rule.value if mark.encode() in raw]
            return f"It holds the special mark {found[0]}." if found else ""
    return ""
