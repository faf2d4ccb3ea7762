"""A decision as a Markdown record."""

from datetime import date
from typing import Any

import pytest

from core.catalog.price_list import PriceFile, PriceList, merged, price_list
from core.catalog.tuning_offers import services, tunable_models
from core.decide.advise import advise
from core.decide.answers import Answers
from core.decide.bill import bill
from core.decide.markdown import as_markdown
from core.decide.method import Room, advise_method
from core.decide.record import Decision

TODAY = date(2026, 11, 21)


def _prices() -> PriceList:
    """Return the shipped prices with those of a service for tokens, which do not come along."""
    amounts = {"input_tokens_per_million": "0.75", "output_tokens_per_million": "4.50"}
    tokens = [
        {
            "provider": "a service",
            "item": "a model",
            "unit": unit,
            "amount": amount,
            "currency": "USD",
            "as_of": "2026-11-20",
            "source": "an invoice",
        }
        for unit, amount in amounts.items()
    ]
    shipped = price_list()
    own = PriceFile.model_validate({"price": tokens})
    return merged(
        [PriceFile(price=shipped.prices, assumption=tuple(shipped.assumptions.values())), own]
    )


def _record(name: str = "Triage notes") -> str:
    answers = Answers(
        strong_prompt_tried="yes",
        strong_prompt_solves="no",
        fixed_format_or_tone="yes",
        labelled_examples=300,
        requests_per_day=1000,
        data_may_leave="yes",
        regulated="yes",
        monthly_budget=300,
    )
    advised = advise(answers)
    method = advise_method(
        answers,
        Room(True, 24 * 2**30, "a device"),
        models=tunable_models(),
        services=services(),
        today=TODAY,
    )
    costs = bill(answers, advised.recommendation, _prices(), today=TODAY)
    result = {**advised.as_json(), "bill": costs.as_json(), "method": method.as_json()}
    return as_markdown(
        Decision(
            id="d1",
            created_at="2026-11-21T10:00:00+00:00",
            name=name,
            answers=answers.model_dump(),
            result=result,
        )
    )


def test_the_record_says_what_was_decided_why_and_what_it_costs() -> None:
    text = _record()
    for part in (
        "# Decision: Triage notes",
        "- Date: 2026-11-21",
        "**fine-tune**",
        "## Why",
        "## The way there",
        "## Context",
        "- Have you tried a strong prompt with a few examples? yes.",
        "- labelled examples: 0, then prompting.",
        "## Alternatives to try first",
        "## Consequences",
        "### Conditions and warnings",
        "### Risks",
        "- Measured: not yet",
        "### Base models here",
        "to serve:",
        "### Services",
        "takes new customers",
        "| 1,000 | ",
        "your volume",
        "## Prices that are missing",
        "read 2026-11-21",
        "a person must review",
        "(common practice reported by those who tune)",
        "## What would change it",
        "## How to tune",
        "Qwen/Qwen3-8B",
        "## Costs, counted on 2026-11-21",
        "## Sources of the prices",
        "## Against the budget",
        "## From when an own machine costs less",
        "## Answers",
        "### Come back to this",
    ):
        assert part in text, part
    assert "=" not in text.partition("## Costs")[0], "ids and signs are for programs"
    assert text.count("| not known |") >= 1, "an hour of work has no shipped price"


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    rows = [line for line in _record("a|b").splitlines() if line.startswith("|")]
    cells = {row.replace("\\|", "").count("|") for row in rows}
    assert cells == {6, 3}, cells


def test_a_hostile_name_stays_text() -> None:
    first = _record("x](http://evil) <b>\x1b[2J\n# Mine").splitlines()[0]
    assert "\x1b" not in first
    assert "](" not in first.replace("\\]", "")
    assert "\\<b\\>" in first


def test_an_early_record_without_costs_can_be_written_too() -> None:
    early = Decision(
        id="d0",
        created_at="2026-01-01T00:00:00+00:00",
        name="n",
        answers={"regulated": "yes"},
        result={"recommendation": "prompting", "reasons": ["r"]},
    )
    text = as_markdown(early)
    assert "**prompting**" in text
    assert "Costs" not in text


def test_what_was_expected_and_what_was_measured_stand_at_the_head() -> None:
    early = Decision(
        id="d0",
        created_at="2026-01-01T00:00:00+00:00",
        name="n",
        answers={},
        result={"recommendation": "fine_tune", "expected_gain": [0.05, 0.15]},
    )
    text = as_markdown(early, measured="Right: tuned against base: +20 points (10 to 30).")
    assert "- Expected gain: +5 to +15 points over the next best way" in text
    assert "- Measured: Right: tuned against base: +20 points (10 to 30)." in text


@pytest.mark.parametrize("odd", [3, None, "x", [3], [{}], {"a": 1}, {"text": [1]}, [[]]])
def test_a_record_of_another_shape_is_written_as_far_as_it_goes(odd: Any) -> None:
    names = ("reasons", "path", "because", "gates", "bill", "method", "would_change_if", "risks")
    for name in (*names, "warnings", "expected_gain"):
        early = Decision(id="d", created_at="", name="n", answers={"a": odd}, result={name: odd})
        assert as_markdown(early).startswith("# Decision: n")
    bill = dict.fromkeys(("lines", "break_even", "missing", "budget", "as_of"), odd)
    early = Decision(id="d", created_at="", name="n", answers=odd, result={"bill": bill})
    assert as_markdown(early).startswith("# Decision: n")
