"""Every rule proves itself with its own texts; a rule without proof fails the build."""

import pytest

from core.data.detect.find import find_spans
from core.data.detect.kinds import GROUPS, RULES_VERSION, kinds
from core.data.detect.rules import Rule
from core.data.detect.secrets.families import FAMILIES

RULES = kinds()


def found(text: str) -> list[str]:
    return [span.kind for span in find_spans(text.encode() + b"\0")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_a_rule_brings_texts_it_finds_and_texts_it_leaves(rule: Rule) -> None:
    assert rule.finds
    assert rule.leaves
    assert rule.title


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_a_rule_finds_its_own_texts_once_and_as_itself(rule: Rule) -> None:
    assert {text: found(text) for text in rule.finds} == {text: [rule.kind] for text in rule.finds}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_a_rule_leaves_what_only_looks_alike(rule: Rule) -> None:
    assert [text for text in rule.leaves if rule.kind in found(text)] == []


def test_kinds_are_named_once_and_cover_the_families() -> None:
    assert len(GROUPS) == len(RULES)
    assert sum(group == "secret" for group in GROUPS.values()) >= 25
    assert {family.rule.kind for family in FAMILIES} <= set(GROUPS)
    assert RULES_VERSION
