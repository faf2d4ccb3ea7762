"""What a fine-tuning service would refuse, said before anything is uploaded."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from core.data.asked import Asked
from core.data.block import Block, places_of
from core.data.checking import Check
from core.data.rows import Fault

if TYPE_CHECKING:
    from core.catalog.rules_of_providers import ProviderRules, Rule
    from core.data.scan.whole import Whole

CHECK = Check(
    id="provider_rules",
    severity="high",
    message="The service would refuse the file or the row, going by its published rules.",
    remedy="Mend the rows before the upload; the rule's source is named in the catalogue.",
)


def missing(asked: Asked) -> tuple[str, ...]:
    """Return what is not looked at when nobody named a service."""
    return () if asked.provider else ("a service's own rules (--provider NAME)",)


def find(block: Block, asked: Asked) -> Iterator[Fault]:
    """Yield every row that the service would refuse, with the first reason."""
    rules = _rules(asked)
    if rules is None:
        return
    marked = _marked(block, rules)
    for row, (number, order) in enumerate(zip(block.numbers.tolist(), block.orders, strict=True)):
        why = refused(rules, order) or marked.get(row)
        if why:
            yield Fault(
                check=CHECK.id, row=number, message=f"would be rejected by {rules.name}: {why}"
            )


def conclude(whole: "Whole") -> Iterator[Fault]:
    """Yield what the service has against the file as a whole."""
    rules = _rules(whole.asked)
    for rule in rules.rules if rules else ():
        rows = whole.columns.rows
        why = ""
        if rule.kind == "rows_at_least" and rows < _number(rule):
            why = f"{rows} rows, and {_number(rule)} are the least"
        elif rule.kind == "rows_at_most" and rows > _number(rule):
            why = f"{rows:,} rows, and {_number(rule):,} are the most"
        if why and rules:
            message = f"the file would be rejected by {rules.name}: {why}"
            yield Fault(check=CHECK.id, row=None, message=message)
        if rules and rule.kind == "types_fixed_after":
            yield from _late(whole, rules.name, _number(rule))


def _late(whole: "Whole", name: str, first: int) -> Iterator[Fault]:
    """Yield the first row that does not fit the types of the rows that begin in the first bytes."""
    from core.data.fixed_types import FixedTypes

    numbers = whole.columns.number
    if not len(numbers) or whole.row(int(numbers[-1])).offset < first:
        return
    types = FixedTypes()
    for number in numbers.tolist():
        row = whole.row(number)
        if row.offset < first:
            types.learn(row.value)
        elif why := types.odd(row.value):
            message = f"the file would be rejected by {name}: {why}, in the first {first:,} bytes"
            yield Fault(check=CHECK.id, row=number, message=message)
            return


def _rules(asked: Asked) -> "ProviderRules | None":
    """Return the rules of the service that was named."""
    if asked.provider is None:
        return None
    from core.catalog.rules_of_providers import rules_of

    return rules_of(asked.provider)


def _number(rule: "Rule") -> int:
    """Return the bound of a rule."""
    return rule.value if isinstance(rule.value, int) else 0


@lru_cache(maxsize=4096)
def refused(rules: "ProviderRules", roles: tuple[str, ...]) -> str:
    """Return why a row with these roles is refused, "" when it is not."""
    return next((why for rule in rules.rules if (why := _against(rule, roles))), "")


def _against(rule: "Rule", roles: tuple[str, ...]) -> str:
    """Return what one rule has against these roles."""
    spoken = roles[1:] if roles[:1] == ("system",) else roles
    match rule.kind:
        case "roles":
            allowed = rule.value if isinstance(rule.value, tuple) else ()
            odd = next((role for role in roles if role not in allowed), None)
            return f"it knows no role {odd!r}" if odd else ""
        case "ends_with" if roles[-1] != rule.value:
            return f"the last turn is not the {rule.value}'s"
        case "system_first" if "system" in spoken:
            return "a system turn stands behind the first place"
        case "alternates":
            turns = [role for role in spoken if role != "tool"]
            again = any(left == right for left, right in pairwise(turns))
            return (
                "" if turns[:1] == ["user"] and not again else "user and assistant do not alternate"
            )
        case "field":
            return f"each row needs `{rule.value}` in place of `messages`"
        case _:
            return ""


def _marked(block: Block, rules: "ProviderRules") -> dict[int, str]:
    """Return the rows that hold a mark which the service refuses, by place."""
    found: dict[int, str] = {}
    for rule in rules.rules:
        marks = rule.value if rule.kind == "no_marks" and isinstance(rule.value, tuple) else ()
        for mark in marks:
            for at in places_of(block.text, mark.encode()):
                found.setdefault(block.row_at(at), f"the text holds {mark}")
    return found
