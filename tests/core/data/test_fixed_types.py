"""What `datasets` refuses behind its first bytes; every line was tried with version 5.2.0."""

import json
from pathlib import Path

import pytest

from core.catalog import rules_of_providers
from core.catalog.rules_of_providers import ProviderRules
from core.data.asked import Asked
from core.data.fixed_types import FixedTypes
from core.data.profile import inspect_file

PARTS = [{"type": "text", "text": "hi"}]


@pytest.mark.parametrize(
    ("first", "later", "why"),
    [
        ({"id": None}, {"id": "s"}, "`id` held nothing before"),
        ({}, {"id": 1}, "`id` was not there before"),
        ({"id": 1}, {"id": 1.5}, "`id` is number and was whole number before"),
        ({"id": 1}, {"id": "x"}, "`id` is text and was whole number before"),
        ({"id": True}, {"id": "x"}, "`id` is text and was true or false before"),
        ({"id": 1}, {"id": True}, "`id` is true or false and was whole number before"),
        ({"id": {"a": 1}}, {"id": "x"}, "`id` is text and was object before"),
        ({"id": {"a": 1}}, {"id": {"a": 1, "b": 2}}, "`id.b` was not there before"),
        ({"id": [1]}, {"id": ["a"]}, "`id[]` is text and was whole number before"),
        ({"id": []}, {"id": ["a"]}, "`id[]` was not there before"),
    ],
)
def test_it_refuses(first: object, later: object, why: str) -> None:
    types = FixedTypes()
    types.learn(first)
    assert types.odd(later) == why


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ([{"id": "a"}], {}),
        ([{"id": "a"}], {"id": None}),
        ([{"id": "a"}], {"id": 1}),
        ([{"id": "a"}], {"id": {"a": 1}}),
        ([{"id": "a"}], {"id": ["a"]}),
        ([{"id": 1}, {"id": "a"}], {"id": [1]}),
        ([{"content": "hi"}], {"content": PARTS}),
        ([{"content": PARTS}], {"content": "hi"}),
    ],
)
def test_it_takes(first: list[object], later: object) -> None:
    types = FixedTypes()
    for row in first:
        types.learn(row)
    assert types.odd(later) is None


def test_the_row_that_ends_the_loading_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rules_of_providers.rules_of("datasets").model_dump()
    assert real["rules"][0]["value"] == 10 << 20
    real["rules"][0]["value"] = 2000
    small = ProviderRules.model_validate(real)
    monkeypatch.setattr(rules_of_providers, "rules_of", lambda _: small)
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a" * 60}]
    rows = [{"messages": turns, "id": n} for n in range(40)]
    rows[3] |= {"note": None}
    rows[30] |= {"note": "late"}
    rows[35] |= {"more": "later"}
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    profile = inspect_file(file, Asked(provider="datasets"))
    (finding,) = [one for one in profile.findings if one.check == "provider_rules"]
    assert finding.rows == (31,)
    assert "`note` held nothing before" in finding.faults[0].message
