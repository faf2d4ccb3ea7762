"""The tree, the gates and the what-if of the advice."""

from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.decide.advise import Choice, advise
from core.decide.answers import Answers
from core.decide.questions import QUESTIONS

TRIED: dict[str, Any] = {"strong_prompt_tried": "yes", "strong_prompt_solves": "no"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"strong_prompt_solves": "yes"}, "prompting"),
        ({"strong_prompt_solves": "yes", "labelled_examples": 3}, "few_shot"),
        ({"strong_prompt_solves": "yes", "needs_private_documents": "yes"}, "prompting"),
        ({**TRIED, "needs_private_documents": "yes"}, "retrieval"),
        ({**TRIED, "knowledge_changes": "weekly"}, "retrieval"),
        ({**TRIED, "fixed_format_or_tone": "yes", "labelled_examples": 300}, "fine_tune"),
        ({**TRIED, "task_kind": "tone"}, "fine_tune"),
        (
            {**TRIED, "task_kind": "classification", "requests_per_day": 10_000},
            "fine_tune",
        ),
        (
            {**TRIED, "task_kind": "classification", "requests_per_day": 9_999},
            "decompose_prompt",
        ),
        (
            {**TRIED, "fixed_format_or_tone": "yes", "needs_private_documents": "yes"},
            "fine_tune_with_retrieval",
        ),
        (
            {
                **TRIED,
                "fixed_format_or_tone": "yes",
                "needs_private_documents": "yes",
                "labelled_examples": 49,
            },
            "retrieval",
        ),
        ({**TRIED, "fixed_format_or_tone": "yes", "labelled_examples": 49}, "few_shot"),
        ({**TRIED, "fixed_format_or_tone": "yes", "labelled_examples": 2}, "prompting"),
        ({**TRIED, "fixed_format_or_tone": "yes", "labelled_examples": 50}, "fine_tune"),
        ({"strong_prompt_tried": "no", "fixed_format_or_tone": "yes"}, "prompting"),
        ({"strong_prompt_tried": "no"}, "prompting"),
        ({**TRIED, "complex_reasoning": "yes"}, "prompting"),
        (TRIED, "decompose_prompt"),
        ({}, "decompose_prompt"),
    ],
)
def test_each_branch_leads_where_the_tree_says(given: dict[str, Any], expected: str) -> None:
    assert advise(Answers(**given)).recommendation == expected


def test_new_facts_are_never_taught_by_tuning_alone() -> None:
    words = {
        name: get_args(Answers.model_fields[name].annotation)
        for name in ("strong_prompt_tried", "fixed_format_or_tone", "task_kind")
    }
    for values in product(*words.values()):
        given = dict(zip(words, values, strict=True))
        for source in ({"needs_private_documents": "yes"}, {"knowledge_changes": "daily"}):
            assert advise(Answers(**given, **source)).recommendation in {
                "retrieval",
                "fine_tune_with_retrieval",
            }


@pytest.mark.parametrize(
    ("examples", "word"),
    [(50, "bare minimum"), (100, "thin"), (200, "recommended"), (None, "Count")],
)
def test_few_examples_are_warned_about(examples: int | None, word: str) -> None:
    answers = Answers(**TRIED, fixed_format_or_tone="yes", labelled_examples=examples)
    assert any(word in warning for warning in advise(answers).warnings)


def test_five_hundred_examples_need_no_warning() -> None:
    answers = Answers(**TRIED, fixed_format_or_tone="yes", labelled_examples=500)
    assert not any("examples" in warning for warning in advise(answers).warnings)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"regulated": "yes"}, "review"),
        ({"data_may_leave": "no"}, "own machines"),
        ({"operations_skill": "none"}, "hosted"),
        ({"operations_skill": "none", "data_may_leave": "no"}, "who runs it"),
        ({"has_gpu": "no", "data_may_leave": "no"}, "small models"),
        ({"has_gpu": "no", "latency_ms": 100}, "300 ms"),
        ({"complex_reasoning": "yes"}, "reasoning"),
        ({"knowledge_changes": "yearly"}, "yearly"),
    ],
)
def test_each_gate_warns(given: dict[str, Any], word: str) -> None:
    base = {**TRIED, "fixed_format_or_tone": "yes", "labelled_examples": 500}
    assert any(word in warning for warning in advise(Answers(**base, **given)).warnings)


def _any_answers() -> st.SearchStrategy[Answers]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        question.id: st.sampled_from(question.allowed)
        if question.allowed
        else st.none() | st.integers(1, 100_000)
        for question in QUESTIONS
    }
    return st.builds(Answers, **fields)


@given(_any_answers())
@settings(max_examples=400, deadline=None)
def test_any_answers_lead_to_one_reasoned_recommendation_and_true_what_ifs(
    answers: Answers,
) -> None:
    result = advise(answers)
    assert result.recommendation in get_args(Choice)
    assert result.reasons
    assert all(result.reasons)
    for change in result.would_change_if:
        flipped = answers.model_copy(update={change.question: change.answer})
        assert flipped != answers
        assert advise(flipped).recommendation == change.recommendation
        assert change.recommendation != result.recommendation


def test_the_what_if_names_the_examples_that_are_missing() -> None:
    answers = Answers(**TRIED, fixed_format_or_tone="yes", labelled_examples=20)
    changes = {(c.question, c.answer, c.recommendation) for c in advise(answers).would_change_if}
    assert ("labelled_examples", 50, "fine_tune") in changes


def test_costs_say_only_what_follows_from_the_answers() -> None:
    costs = advise(Answers(requests_per_day=1200, monthly_budget=73.0)).costs
    assert costs.requests_per_month == 36_500
    assert costs.budget_per_request == pytest.approx(0.002)
    assert any("price" in item for item in costs.unknown)


def test_unknown_numbers_stay_unknown_in_the_costs() -> None:
    costs = advise(Answers(fixed_format_or_tone="yes")).costs
    assert (costs.requests_per_month, costs.budget_per_request) == (None, None)
    assert costs.examples_to_add is None


def test_the_questions_are_exactly_the_fields() -> None:
    assert {question.id for question in QUESTIONS} == set(Answers.model_fields)
    assert all(q.text and q.why and q.find_out for q in QUESTIONS)
