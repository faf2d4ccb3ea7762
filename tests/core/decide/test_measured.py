"""Figures become answers, and an interval that allows both becomes "unknown"."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.decide.advise import advise
from core.decide.answers import Answers
from core.decide.measured import conclude, examples_to_settle, still_measured, with_measured
from core.scoring.measurement import Measurement
from core.scoring.statistics.shares import wilson
from tests.support.measured_job import measurement, share


def changed(found: Measurement, **values: Any) -> Measurement:
    return msgspec.structs.replace(found, **values)


def test_an_interval_that_holds_the_threshold_gives_unknown_with_its_provenance() -> None:
    found = conclude(measurement(base=2, few_shot=14))
    assert found.answers == {"strong_prompt_solves": "unknown", "strong_prompt_tried": "yes"}
    assert found.provenance["strong_prompt_solves"] == (
        "measured on 20 examples, 14 exact (48-85 %): few-shot, answered by /models/a"
    )
    assert "Not settled: few-shot has 14 of 20 exact (48-85 %)" in found.sentence
    assert not found.stop


def test_a_prompt_that_is_surely_good_enough_says_stop() -> None:
    found = conclude(measurement(n=30, base=3, few_shot=29))
    assert found.stop
    assert found.sentence == (
        "Few-shot is good enough: 29 of 30 exact (83-99 %). Stop here: nothing has to be tuned."
    )
    answers = with_measured(Answers(needs_private_documents="yes"), measurement(n=30, few_shot=29))
    assert answers.labelled_examples == 100
    assert advise(answers).recommendation == "few_shot"


def test_prompts_that_surely_fall_short_say_no_and_lead_on() -> None:
    found = measurement(base=0, few_shot=3, retrieval=1)
    assert conclude(found).solves == "no"
    answers = with_measured(Answers(fixed_format_or_tone="yes", labelled_examples=600), found)
    assert answers.labelled_examples == 600
    assert advise(answers).recommendation == "fine_tune"


def test_the_prompt_as_it_is_alone_cannot_say_no() -> None:
    found = conclude(measurement(base=0))
    assert found.answers == {"strong_prompt_solves": "unknown"}


def test_where_words_are_free_unequal_words_say_nothing() -> None:
    found = conclude(changed(measurement(base=0, few_shot=0), closed=False))
    assert found.solves == "unknown"
    assert "worded in many ways" in found.sentence


def test_retrieval_that_does_better_is_told_but_answers_nothing_about_prompts() -> None:
    found = conclude(measurement(base=0, few_shot=2, retrieval=20))
    assert found.solves == "no"
    assert found.notes[0].startswith("Retrieval is good enough: 20 of 20 exact")


def test_an_answer_that_was_changed_afterwards_loses_its_provenance() -> None:
    found = measurement(base=0, few_shot=3)
    given = with_measured(Answers(), found).model_dump()
    kept = still_measured(given, found)
    assert kept
    assert kept["answers"] == {"strong_prompt_solves": "no", "strong_prompt_tried": "yes"}
    provenance: Any = kept["provenance"]
    assert provenance["labelled_examples"] == "counted in rows.jsonl: 100 rows can be used"
    assert still_measured({**given, "strong_prompt_solves": "yes"}, found) is None


@settings(deadline=None)
@given(st.integers(1, 200), st.data())
def test_yes_and_no_are_only_said_outside_the_interval(n: int, data: st.DataObject) -> None:
    hits = {name: data.draw(st.integers(0, n)) for name in ("base", "few_shot")}
    found = measurement(n=n, **hits)
    solves = conclude(found).solves
    shares = [one["exact"] for one in found.contenders.values()]
    assert (solves == "no") == all(one.high < 0.8 for one in shares)
    best = max(shares, key=lambda one: one.hits)
    assert (solves == "yes") == (best.low >= 0.8)


@pytest.mark.parametrize(("hits", "n", "settles"), [(14, 20, True), (4, 5, False)])
def test_the_examples_still_missing_settle_it(hits: int, n: int, settles: bool) -> None:
    more = examples_to_settle(share(hits, n), 0.8)
    if not settles:
        assert more is None
    else:
        assert more is not None
        low, high = wilson(round(hits / n * more), more)
        assert not low < 0.8 <= high
