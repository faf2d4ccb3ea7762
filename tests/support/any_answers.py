"""Any set of answers to the wizard, for property tests, and a fixed list of random ones."""

import random
from typing import Any

from hypothesis import strategies as st

from core.decide.answers import Answers
from core.decide.questions import QUESTIONS

EDGES = (0, 1, 2, 3, 49, 50, 99, 100, 199, 200, 499, 500, 9_999, 10_000, 10**9)
"""Numbers on both sides of every turn of the tree and its gates."""


def concrete(question: str) -> tuple[str | int, ...]:
    """Return the answers to one question that are not "I don't know"."""
    allowed = next(one.allowed for one in QUESTIONS if one.id == question)
    if allowed:
        return tuple(word for word in allowed if word != "unknown")
    return EDGES[1:] if question == "latency_ms" else EDGES


def any_answers() -> st.SearchStrategy[Answers]:
    """Return a strategy over all sets of answers; half of them have come past the first fork."""
    fields: dict[str, st.SearchStrategy[Any]] = {
        one.id: st.sampled_from(concrete(one.id)) | st.just("unknown") for one in QUESTIONS
    }
    past = {"strong_prompt_tried": st.just("yes"), "strong_prompt_solves": st.just("no")}
    either = st.fixed_dictionaries(fields) | st.fixed_dictionaries({**fields, **past})
    return either.map(Answers.model_validate)


def random_answers(count: int, *, seed: int) -> list[dict[str, str | int]]:
    """Return this many sets of answers as a file would hold them; some questions are left out."""
    chance = random.Random(seed)
    sets = []
    for _ in range(count):
        given = {one.id: chance.choice(concrete(one.id)) for one in QUESTIONS}
        if chance.random() < 0.6:
            given |= {"strong_prompt_tried": "yes", "strong_prompt_solves": "no"}
        kept = chance.random()
        sets.append({name: value for name, value in given.items() if chance.random() < kept + 0.4})
    return sets
