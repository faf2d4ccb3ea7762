"""Decisions in a workspace, as three people would have come to them."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from core.database import connect
from core.decide.advise import advise
from core.decide.answers import Answers
from core.decide.draft import draft_of, write_draft
from core.workspace import Workspace
from tests.support.filled_workspace import START

_THREE: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "Support answers, spring",
        {
            "strong_prompt_tried": "yes",
            "strong_prompt_solves": "no",
            "needs_private_documents": "yes",
            "knowledge_changes": "weekly",
            "requests_per_day": 800,
        },
    ),
    (
        "Support tone",
        {
            "strong_prompt_tried": "yes",
            "strong_prompt_solves": "no",
            "needs_private_documents": "no",
            "knowledge_changes": "never",
            "fixed_format_or_tone": "yes",
            "task_kind": "tone",
            "labelled_examples": 620,
            "requests_per_day": 800,
            "data_may_leave": "no",
            "has_gpu": "yes",
        },
    ),
    ("Ticket routing", {"strong_prompt_tried": "no", "task_kind": "classification"}),
)


def add_decisions(workspace: Workspace) -> None:
    """Record three decisions, the last one first in every list."""
    for number, (name, values) in enumerate(_THREE):
        answers = Answers.model_validate(values)
        given, result = answers.model_dump(), advise(answers).as_json()
        record(workspace, number, name=name, answers=given, result=result)


def add_draft(workspace: Workspace, *, at: str, **changed: Any) -> None:
    """Leave the answers of somebody who stopped at a question."""
    values = {**_THREE[1][1], "complex_reasoning": "no", "latency_ms": None, **changed}
    write_draft(workspace.decision_draft, draft_of(values, at=at))


def add_prices(workspace: Workspace) -> None:
    """Enter prices of one's own, said shortly before the tests' now."""
    prices = (
        ("us", "a hosted model", "input_tokens_per_million", "0.40"),
        ("us", "a hosted model", "output_tokens_per_million", "1.60"),
        ("us", "a machine", "gpu_hour", "0.50"),
    )
    entries = (
        f'[[price]]\nprovider = "{provider}"\nitem = "{item}"\nunit = "{unit}"\n'
        f'amount = "{amount}"\ncurrency = "USD"\nas_of = "2026-02-20"\nsource = "our contract"\n'
        for provider, item, unit, amount in prices
    )
    workspace.prices.write_text("".join(entries))


def record(
    workspace: Workspace,
    number: int,
    *,
    name: str,
    result: Mapping[str, Any],
    answers: Mapping[str, Any] | None = None,
) -> None:
    """Record one decision, later the greater its number."""
    at = (START + timedelta(days=number)).isoformat()
    safe = name.encode("utf-8", "replace").decode()
    row = (f"d{number}", at, safe, json.dumps(answers or {"note": name}), json.dumps(result))
    with connect(workspace.database) as connection:
        connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?)", row)
