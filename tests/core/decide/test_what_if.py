"""What would change the advice, each change tried."""

from hypothesis import given, settings

from core.decide.advise import advise
from core.decide.answers import Answers
from core.decide.questions import QUESTIONS
from core.decide.tree import leaf_of
from core.decide.what_if import changes, open_questions
from tests.support.any_answers import any_answers, concrete


@given(any_answers())
@settings(max_examples=80, deadline=None)
def test_what_is_named_really_changes_the_advice(answers: Answers) -> None:
    advised = advise(answers)
    for change in advised.would_change_if:
        flipped = Answers.model_validate({**answers.model_dump(), **change.flips})
        assert all(getattr(answers, name) != value for name, value in change.flips.items())
        assert advise(flipped).recommendation == change.recommendation
        assert change.recommendation != advised.recommendation
        assert "unknown" not in change.flips.values(), "not knowing is nothing to change to"


@given(any_answers())
@settings(max_examples=80, deadline=None)
def test_no_single_answer_that_changes_it_is_left_out(answers: Answers) -> None:
    named = {
        (change.question, change.recommendation) for change in changes(answers) if not change.also
    }
    here = leaf_of(answers).choice
    for question in QUESTIONS:
        for value in concrete(question.id):
            there = leaf_of(
                Answers.model_validate({**answers.model_dump(), question.id: value})
            ).choice
            assert there == here or (question.id, there) in named, (question.id, value)


@given(any_answers())
@settings(max_examples=80, deadline=None)
def test_both_halves_of_a_pair_are_needed(answers: Answers) -> None:
    for change in changes(answers):
        for name, value in change.flips.items():
            if change.also:
                alone = Answers.model_validate({**answers.model_dump(), name: value})
                assert leaf_of(alone).choice != change.recommendation


def test_what_if_names_the_examples_that_are_missing() -> None:
    answers = Answers(
        strong_prompt_tried="yes",
        strong_prompt_solves="no",
        fixed_format_or_tone="yes",
        labelled_examples=20,
    )
    found = {(one.question, one.answer, one.recommendation) for one in changes(answers)}
    assert ("labelled_examples", 50, "fine_tune") in found
    assert ("needs_private_documents", "yes", "retrieval") in found


def test_two_answers_together_are_named_where_one_does_not_suffice() -> None:
    answers = Answers(needs_private_documents="yes")
    pair = next(one for one in changes(answers) if one.also)
    assert pair.flips == {"strong_prompt_tried": "yes", "strong_prompt_solves": "no"}
    assert pair.recommendation == "retrieval"
    assert pair.sentence == (
        "strong_prompt_tried = yes and strong_prompt_solves = no would lead to retrieval."
    )


def test_only_questions_that_still_matter_are_open() -> None:
    assert "regulated" not in open_questions(Answers())
    settled = Answers(strong_prompt_solves="yes", labelled_examples=9)
    assert "needs_private_documents" not in open_questions(settled)
    form = Answers(strong_prompt_tried="yes", strong_prompt_solves="no", fixed_format_or_tone="yes")
    assert "labelled_examples" in open_questions(form)
