"""A decision as a Markdown record."""

from datetime import date

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
        "**fine tune**",
        "## Why",
        "## The way there",
        "## Conditions and warnings",
        "a person must review",
        "## What would change it",
        "## How to tune",
        "Qwen/Qwen3-8B",
        "## Costs, counted on 2026-11-21",
        "## Sources of the prices",
        "## Against the budget",
        "## From when an own machine costs less",
        "## Answers",
        "## Come back to this",
    ):
        assert part in text, part
    assert text.count("| not known |") >= 1, "an hour of work has no shipped price"


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    rows = [line for line in _record("a|b").splitlines() if line.startswith("|")]
    cells = {row.replace("\\|", "").count("|") for row in rows}
    assert cells == {6, 3}


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
