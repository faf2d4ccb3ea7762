"""A verdict as lines: names are whole, and nobody is called a person who is none."""

from typing import Any

import pytest
from rich.text import Text

from tui.screens.score_lines import about_line, verdict_lines
from tui.verdict_look import Scored


def scored(**result: Any) -> Scored:
    shares = {name: {"ready": {"hits": 1, "n": 2}} for name in ("tuned", "improved_prompt")}
    figures = {"basis": "ratings", "decision": "ship", "sentence": "So.", "contenders": shares}
    return Scored(id="study-1", run="", at="2026-03-02", result={**figures, **result})


@pytest.mark.parametrize(("simulated", "words"), [(0, "rated by people"), (3, "simulated raters")])
def test_whoever_rated_is_called_what_they_are(simulated: int, words: str) -> None:
    said = str(about_line(scored(raters=3, simulated_raters=simulated), ()))
    assert words in said
    assert ("people" in said) == (simulated == 0)


def test_the_name_of_a_rated_contender_is_whole() -> None:
    lines = [str(one) for one in verdict_lines(scored()) if isinstance(one, Text)]
    assert any(line.startswith("improved_prompt  ") for line in lines)
