"""Situations told by practitioners: the advice is that of the sources, with its warnings."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from core.decide.advise import advise
from core.decide.answers import Answers

SITUATIONS: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("situations.toml").read_text(encoding="utf-8")
)["situation"]


@pytest.mark.parametrize("situation", SITUATIONS, ids=[one["name"] for one in SITUATIONS])
def test_the_advice_is_that_of_the_sources(situation: dict[str, Any]) -> None:
    advised = advise(Answers.model_validate(situation["answers"]))
    assert advised.recommendation == situation["advice"], situation["why"]
    for words in situation.get("warns", ()):
        assert any(words in warning for warning in advised.warnings), (words, advised.warnings)


def test_there_are_enough_situations_and_each_is_told_and_reasoned() -> None:
    assert len(SITUATIONS) >= 30
    assert len({one["name"] for one in SITUATIONS}) == len(SITUATIONS)
    assert all(len(one["told"]) > 60 and len(one["why"]) > 30 for one in SITUATIONS)


def test_every_recommendation_occurs_and_most_do_not_tune() -> None:
    advised = [one["advice"] for one in SITUATIONS]
    assert set(advised) == {
        "prompting",
        "few_shot",
        "retrieval",
        "fine_tune",
        "fine_tune_with_retrieval",
        "decompose_prompt",
    }
    assert sum("fine_tune" in one for one in advised) < len(advised) / 2
