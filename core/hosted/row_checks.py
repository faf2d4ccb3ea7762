"""What speaks against sending rows to a service: its rules, and what nobody should send."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from core.catalog.hosted_models import HostedModel
from core.catalog.rules_of_providers import ProviderRules, Rule
from core.data.checks.provider_rules import refused
from core.data.detect.find import find_spans
from core.data.rows import Example
from core.data.tokens import least_tokens
from core.hosted.consignment import Finding
from core.hosted.part_files import Prepared
from core.hosted.spec import PartName

_NAMED = 8
_OWN_FORM = frozenset({"field", "types_fixed_after"})
"""Rules about the form of a file, which we write ourselves."""


def check_parts(
    files: Sequence[Prepared],
    rules: ProviderRules | None,
    model: HostedModel | None,
    *,
    allow: Collection[str],
) -> tuple[Finding, ...]:
    """Return what was found in the rows, blockers first; `allow` names kinds that may leave."""
    found: list[Finding] = []
    for one in files:
        found += _by_rules(one, rules) if rules else ()
        found += _too_long(one, model) if model else ()
        found += _private(one, allow)
    return tuple(sorted(found, key=lambda finding: finding.severity != "blocker"))


def _by_rules(file: Prepared, rules: ProviderRules) -> Iterator[Finding]:
    """Yield what the service would refuse, going by its published rules."""
    count = len(file.examples)
    for rule in rules.rules:
        if file.name == "train" and (why := _against_count(rule, count)):
            yield Finding(
                severity="blocker",
                message=f"{rules.name} would refuse the train file: {why}.",
                part=file.name,
                remedy=f"Split a source with other rows; the rule is of {rules.checked}.",
            )
    theirs = ProviderRules(
        name=rules.name,
        checked=rules.checked,
        rules=tuple(rule for rule in rules.rules if rule.kind not in _OWN_FORM),
    )
    reasons: dict[str, list[int]] = defaultdict(list)
    for example in file.examples:
        turns = example.messages if not example.rejected else example.prompt
        why = refused(theirs, tuple(turn.role for turn in turns)) if not example.rejected else ""
        if why := why or _marked(theirs, example):
            reasons[why].append(example.row)
    for why, rows in reasons.items():
        yield Finding(
            severity="blocker",
            message=f"{rules.name} would refuse {_rows(file.name, rows)}: {why}.",
            part=file.name,
            row=rows[0],
            remedy="Mend the rows in Inspect and split again.",
        )


def _against_count(rule: Rule, count: int) -> str:
    """Return what a rule has against so many rows."""
    bound = rule.value if isinstance(rule.value, int) else 0
    if rule.kind == "rows_at_least" and count < bound:
        return f"{count} rows, and {bound} are the least"
    if rule.kind == "rows_at_most" and count > bound:
        return f"{count:,} rows, and {bound:,} are the most"
    return ""


def _marked(rules: ProviderRules, example: Example) -> str:
    """Return which special mark of the service a row holds, "" for none."""
    for rule in rules.rules:
        marks = rule.value if rule.kind == "no_marks" and isinstance(rule.value, tuple) else ()
        for mark in marks:
            if any(mark in turn.text for turn in (*example.messages, *example.rejected)):
                return f"the text holds {mark}"
    return ""


def _too_long(file: Prepared, model: HostedModel) -> Iterator[Finding]:
    """Yield rows that are longer than the model reads, by any likely count."""
    if model.context is None:
        return
    import numpy as np

    sizes = [sum(len(turn.text.encode()) for turn in one.messages) for one in file.examples]
    least = least_tokens(np.array(sizes, dtype=np.int64))
    rows = [
        example.row
        for example, tokens in zip(file.examples, least.tolist(), strict=True)
        if tokens > model.context
    ]
    if rows:
        yield Finding(
            severity="blocker",
            message=f"{_rows(file.name, rows)} are longer than the {model.context:,} tokens that"
            f" {model.id} reads.",
            part=file.name,
            row=rows[0],
            remedy="Shorten or drop these rows and split again.",
        )


def _private(file: Prepared, allow: Collection[str]) -> Iterator[Finding]:
    """Yield secrets and personal data, by kind; a kind that was allowed by name blocks nothing."""
    text, starts, rows = bytearray(), [], []
    for example in file.examples:
        for turn in (*example.messages, *example.rejected):
            starts.append(len(text))
            rows.append(example.row)
            text += turn.text.encode("utf-8", "replace").replace(b"\0", b" ") + b"\0"
    places: dict[str, dict[int, str]] = defaultdict(dict)
    for span in find_spans(bytes(text)):
        row = rows[bisect_right(starts, span.start) - 1]
        places[span.kind].setdefault(row, span.preview)
    for kind, found in places.items():
        numbers = sorted(found)
        allowed = kind in allow
        leaves = "leaves, as you allowed" if allowed else "would leave this machine"
        yield Finding(
            severity="info" if allowed else "blocker",
            message=f"{kind} in {_rows(file.name, numbers)} {leaves} ({found[numbers[0]]}).",
            part=file.name,
            row=numbers[0],
            remedy="" if allowed else f"Redact in Inspect and split again, or --allow {kind}.",
        )


def _rows(part: PartName, numbers: Sequence[int]) -> str:
    """Return some rows in words."""
    shown = ", ".join(str(number) for number in numbers[:_NAMED])
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return f"{part} row{'s' if len(numbers) > 1 else ''} {shown}{more}"
