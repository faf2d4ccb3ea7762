"""The tree, the gates and the reasons of the advice."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings

from core.decide.advise import advise
from core.decide.answers import Answers
from core.decide.levels import FEW_SHOT_EXAMPLES, LARGE_SCALE, MINIMUM_EXAMPLES
from core.decide.questions import QUESTIONS
from core.decide.tree import FORKS, LEAVES, STRENGTH, Choice, leaf_of, walk
from tests.support.any_answers import EDGES, any_answers, concrete

TRIED: dict[str, Any] = {"strong_prompt_tried": "yes", "strong_prompt_solves": "no"}
FORM: dict[str, Any] = {**TRIED, "fixed_format_or_tone": "yes"}
TUNED: dict[str, Any] = {**FORM, "labelled_examples": 500}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"strong_prompt_solves": "yes"}, "prompting"),
        ({"strong_prompt_solves": "yes", "labelled_examples": 3}, "few_shot"),
        ({"strong_prompt_solves": "yes", "needs_private_documents": "yes"}, "prompting"),
        ({**TRIED, "needs_private_documents": "yes"}, "retrieval"),
        ({**TRIED, "knowledge_changes": "weekly"}, "retrieval"),
        ({**TRIED, "knowledge_changes": "monthly"}, "retrieval"),
        ({**TRIED, "knowledge_changes": "yearly"}, "decompose_prompt"),
        ({**FORM, "labelled_examples": 300}, "fine_tune"),
        ({**TRIED, "task_kind": "tone", "labelled_examples": 300}, "fine_tune"),
        (
            {
                **TRIED,
                "task_kind": "classification",
                "requests_per_day": 10_000,
                "labelled_examples": 300,
            },
            "fine_tune",
        ),
        (
            {
                **TRIED,
                "task_kind": "classification",
                "requests_per_day": 9_999,
                "labelled_examples": 300,
            },
            "decompose_prompt",
        ),
        ({**TUNED, "needs_private_documents": "yes"}, "fine_tune_with_retrieval"),
        ({**FORM, "needs_private_documents": "yes", "labelled_examples": 49}, "retrieval"),
        ({**FORM, "needs_private_documents": "yes"}, "retrieval"),
        ({**FORM, "labelled_examples": 49}, "few_shot"),
        ({**FORM, "labelled_examples": 2}, "prompting"),
        ({**FORM, "labelled_examples": 50}, "fine_tune"),
        (FORM, "prompting"),
        ({"strong_prompt_tried": "no", "fixed_format_or_tone": "yes"}, "prompting"),
        ({"strong_prompt_tried": "yes", "labelled_examples": 900}, "few_shot"),
        ({"strong_prompt_tried": "no"}, "prompting"),
        ({**TRIED, "complex_reasoning": "yes", "labelled_examples": 900}, "prompting"),
        ({**TRIED, "task_kind": "reasoning"}, "prompting"),
        (TRIED, "decompose_prompt"),
        ({}, "prompting"),
    ],
)
def test_each_branch_leads_where_the_tree_says(given: dict[str, Any], expected: str) -> None:
    assert advise(Answers(**given)).recommendation == expected


WAYS: dict[str, dict[str, Any]] = {
    "stop_prompt": {"strong_prompt_solves": "yes"},
    "stop_few_shot": {"strong_prompt_solves": "yes", "labelled_examples": 3},
    "first_prompt": {},
    "first_few_shot": {"labelled_examples": 900},
    "later_prompt": FORM,
    "later_few_shot": {**FORM, "labelled_examples": 49},
    "look_up": {**TRIED, "needs_private_documents": "yes"},
    "look_up_first": {**FORM, "needs_private_documents": "yes"},
    "both": {**TUNED, "needs_private_documents": "yes"},
    "tune": TUNED,
    "reason": {**TRIED, "complex_reasoning": "yes"},
    "decompose": TRIED,
}


def test_every_leaf_can_be_reached_and_every_fork_leads_on() -> None:
    assert {leaf_of(Answers(**given)).id for given in WAYS.values()} == {one.id for one in LEAVES}
    assert all(leaf_of(Answers(**given)).id == leaf for leaf, given in WAYS.items())
    known = {one.id for one in FORKS} | {one.id for one in LEAVES}
    assert {way for fork in FORKS for way in (fork.yes, fork.no)} == known - {FORKS[0].id}
    assert {leaf.choice for leaf in LEAVES} == set(get_args(Choice)) == set(STRENGTH)


@given(any_answers())
@settings(max_examples=120, deadline=None)
def test_the_answers_named_as_causes_alone_lead_to_the_same_advice(answers: Answers) -> None:
    advised = advise(answers)
    causes = dict(advised.because)
    assert causes
    assert advise(Answers.model_validate(causes)).recommendation == advised.recommendation
    assert all(reason for reason in advised.reasons)
    assert {name for step in advised.path for name, _ in step.answers} == set(causes)


@given(any_answers())
@settings(max_examples=120, deadline=None)
def test_the_reasons_do_not_depend_on_answers_that_are_no_cause(answers: Answers) -> None:
    advised = advise(answers)
    others = {one.id for one in QUESTIONS} - dict(advised.because).keys()
    for name in others:
        for value in (*concrete(name), "unknown"):
            changed = Answers.model_validate({**answers.model_dump(), name: value})
            assert walk(changed).leaf == walk(answers).leaf, (name, value)


@given(any_answers())
@settings(max_examples=120, deadline=None)
def test_not_knowing_never_leads_further_than_any_answer(answers: Answers) -> None:
    for question in QUESTIONS:
        given = answers.model_dump()
        unknown = leaf_of(Answers.model_validate({**given, question.id: "unknown"})).choice
        for value in concrete(question.id):
            known = leaf_of(Answers.model_validate({**given, question.id: value})).choice
            assert STRENGTH[unknown] <= STRENGTH[known], (question.id, value, unknown, known)


@given(any_answers())
@settings(max_examples=120, deadline=None)
def test_more_examples_never_lead_to_less(answers: Answers) -> None:
    order = [
        leaf_of(answers.model_copy(update={"labelled_examples": count})).choice for count in EDGES
    ]
    strengths = [STRENGTH[choice] for choice in order]
    assert strengths == sorted(strengths), order
    shots = [choice for choice in order if choice in {"prompting", "few_shot"}]
    assert shots == sorted(shots, reverse=True), "from examples on, they are shown"


@given(any_answers())
@settings(max_examples=120, deadline=None)
def test_new_facts_are_never_taught_by_tuning_alone(answers: Answers) -> None:
    for source in ({"needs_private_documents": "yes"}, {"knowledge_changes": "daily"}):
        assert leaf_of(answers.model_copy(update=source)).choice != "fine_tune"


@given(any_answers())
@settings(max_examples=120, deadline=None)
def test_nothing_is_tuned_before_a_prompt_was_tried_and_fifty_examples_counted(
    answers: Answers,
) -> None:
    if STRENGTH[leaf_of(answers).choice] >= STRENGTH["fine_tune"]:
        assert (answers.strong_prompt_tried, answers.strong_prompt_solves) == ("yes", "no")
        assert (answers.labelled_examples or 0) >= MINIMUM_EXAMPLES


@pytest.mark.parametrize(
    ("examples", "word"), [(50, "bare minimum"), (99, "bare"), (100, "thin"), (200, "recommended")]
)
def test_few_examples_are_warned_about_with_whose_threshold_it_is(examples: int, word: str) -> None:
    advised = advise(Answers(**{**FORM, "labelled_examples": examples}))
    gate = next(gate for gate in advised.gates if gate.question == "labelled_examples")
    assert word in gate.text
    assert gate.text in advised.warnings
    assert gate.whose


def test_five_hundred_examples_need_no_warning() -> None:
    advised = advise(Answers(**TUNED))
    assert not any(gate.question == "labelled_examples" for gate in advised.gates)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"regulated": "yes"}, "review"),
        ({"data_may_leave": "no"}, "own machines"),
        ({"data_may_leave": "unknown"}, "Find out whether data may leave"),
        ({"operations_skill": "none"}, "hosted"),
        ({"operations_skill": "none", "data_may_leave": "no"}, "who runs it"),
        ({"has_gpu": "no", "data_may_leave": "no"}, "small models"),
        ({"has_gpu": "no", "latency_ms": 100}, "300 ms"),
        ({"complex_reasoning": "yes"}, "reasoning"),
        ({"knowledge_changes": "yearly"}, "yearly"),
        ({"knowledge_changes": "never"}, "will not teach new facts"),
        ({"data_rights": "no"}, "may not train"),
        ({"data_rights": "unknown"}, "allow training"),
        ({"personal_data": "yes"}, "mask"),
        ({"personal_data": "unknown"}, "Look for personal data"),
        ({"labellers": 0}, "Nobody can label"),
        ({"raters": 0}, "Nobody can rate"),
        ({"raters": 1}, "One rater"),
        ({"operations_skill": "unknown"}, "called when"),
        ({"requests_per_day": None}, "cannot be told"),
        ({"monthly_budget": 0}, "no budget"),
        ({"needs_private_documents": "yes", "latency_ms": 200}, "for a search"),
    ],
)
def test_each_gate_warns(given: dict[str, Any], word: str) -> None:
    assert any(word in warning for warning in advise(Answers(**TUNED, **given)).warnings)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"strong_prompt_tried": "yes"}, "measure it on 30"),
        ({"strong_prompt_tried": "no", "strong_prompt_solves": "no"}, "nobody tried"),
        ({"strong_prompt_solves": "no"}, "do that first"),
    ],
)
def test_a_prompt_that_is_not_judged_is_asked_for(given: dict[str, Any], word: str) -> None:
    assert any(word in warning for warning in advise(Answers(**given)).warnings)


def test_what_must_be_settled_first_comes_first() -> None:
    advised = advise(Answers(**TUNED, regulated="yes", raters=0))
    assert advised.gates[0].weight == "stop"
    assert [gate.text for gate in advised.gates] == list(advised.warnings)


def test_a_tuned_model_comes_with_what_it_needs_risks_and_is_rechecked() -> None:
    advised = advise(Answers(**TUNED, regulated="yes", knowledge_changes="yearly"))
    for words, told in (
        ("3 to 5", advised.alternatives),
        ("holdout", advised.needs),
        ("rate", advised.needs),
        ("Overfitting", advised.risks),
        ("Licence", advised.risks),
        ("Drift", advised.risks),
        ("Train again", advised.reminders),
        ("vendor", advised.reminders),
        ("person's review", advised.reminders),
        ("yearly", advised.reminders),
    ):
        assert any(words in line for line in told), (words, told)


def test_what_already_works_is_told_to_stop() -> None:
    advised = advise(Answers(strong_prompt_solves="yes"))
    assert "only costs" in advised.reasons[0]
    assert advised.alternatives == ()


def test_costs_say_only_what_follows_from_the_answers() -> None:
    costs = advise(Answers(requests_per_day=1200, monthly_budget=73.0)).costs
    assert costs.requests_per_month == 36_500
    assert costs.budget_per_request == pytest.approx(0.002)
    assert any("price" in item for item in costs.unknown)


def test_unknown_numbers_stay_unknown_in_the_costs() -> None:
    costs = advise(Answers(**TUNED)).costs
    assert (costs.requests_per_month, costs.budget_per_request) == (None, None)
    assert costs.examples_to_add == 0


def test_the_questions_are_exactly_the_fields() -> None:
    assert {question.id for question in QUESTIONS} == set(Answers.model_fields)
    assert all(q.text and q.why and q.find_out for q in QUESTIONS)


def test_the_turns_of_the_tree_are_among_the_numbers_tried() -> None:
    turns = {FEW_SHOT_EXAMPLES, MINIMUM_EXAMPLES, LARGE_SCALE}
    assert {edge - 1 for edge in turns} | turns <= set(EDGES)
