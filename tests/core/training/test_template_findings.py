"""What a tokenizer or its template does to every row is said before anything trains."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import RecipeError
from core.training.ledger import MaskFinding, find
from core.training.renderer import make_renderer
from tests.support.tiny_model import TEMPLATE, tiny_tokenizer
from tests.support.token_rows import chat, recipe_of, tokenized, workspace_of

ALIKE = TEMPLATE.replace("<|{{ m['role'] }}|>", "<|user|>")
"""Shows every turn as the same person's."""
ENDLESS = TEMPLATE.replace("<|end|>", "")
"""Ends no turn."""


def found(folder: Path, template: str, **tokenizer: str) -> dict[str, MaskFinding]:
    """Return the findings about two rows, by name."""
    made: Any = tiny_tokenizer(template)
    for name, token in tokenizer.items():
        setattr(made, name, token)
    rows = [chat("q", "a"), chat("why", "so")]
    renderer = make_renderer(made, eos_ids=None, extra=())
    done = tokenized(workspace_of(folder / "w", rows), recipe_of(), renderer)
    return {one.id: one for one in find(done.cache.entries, done.cache.about.template)}


def test_a_sound_tokenizer_has_nothing_said_of_it(tmp_path: Path) -> None:
    assert found(tmp_path, TEMPLATE) == {}


def test_padding_that_is_the_stop_token_is_said_and_changes_no_row(tmp_path: Path) -> None:
    (one,) = found(tmp_path, TEMPLATE, pad_token="<|end|>").values()
    assert one.id == "pad_is_stop"
    assert "masked by its place" in one.sentence()


def test_a_template_that_shows_all_turns_alike_is_said(tmp_path: Path) -> None:
    one = found(tmp_path, ALIKE)["roles_alike"]
    assert one.meaning.severity == "high"
    assert "in the same way" in one.sentence()


def test_rows_without_an_end_are_named_and_stop_the_launch(tmp_path: Path) -> None:
    one = found(tmp_path, ENDLESS)["never_stops"]
    assert one.rows == (("train", 1), ("train", 2), ("validation", 1))
    assert "train rows 1, 2" in one.sentence()
    renderer = make_renderer(tiny_tokenizer(ENDLESS), eos_ids=None, extra=())
    done = tokenized(workspace_of(tmp_path / "v", [chat("q", "a")]), recipe_of(), renderer)
    with pytest.raises(RecipeError, match=r"no stop token follows the answer.*train rows 1"):
        done.part("train")
