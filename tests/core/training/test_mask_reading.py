"""What a person looks at before a run is what the run then trains on."""

import json
import os
from pathlib import Path

import pytest

from core.errors import MachineError, RecipeError
from core.events.schema import DataReady
from core.training import mask_reading
from core.training.exact_truncation import with_exact_truncation
from core.training.mask_reading import MaskReading
from core.training.recipe import make_recipe
from core.training.rows import read_parts, tokenize
from core.training.size_account import size_account
from core.training.token_cache import find_cache
from core.training.token_key import file_hashes
from core.training.tokenizing import load_tokenizer
from core.training.trainer import run
from core.workspace import Workspace
from tests.support.app_pilot import MACHINE
from tests.support.path_job import SPLIT, events, open_job
from tests.support.tiny_model import save_tiny_model

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")


def reading(workspace: Workspace, base: str, **data: object) -> MaskReading:
    values = {"name": "t", "model": {"base": base}, "data": {"split": SPLIT, **data}}
    return MaskReading(workspace, make_recipe(values, where="test"), environment=os.environ)


def test_a_run_takes_the_tokens_that_somebody_looked_at(
    workspace: Workspace, tmp_path: Path
) -> None:
    model = str(save_tiny_model(tmp_path / "model"))
    said: list[str] = []
    cache = reading(workspace, model).read(lambda words, *_: said.append(words))
    assert cache is not None
    assert {"loading libraries", "reading rows", "loading the tokenizer", "reading tokens"} < {
        *said
    }
    values = {
        "name": "t",
        "epochs": 1,
        "model": {"base": model},
        "data": {"split": SPLIT},
        "evaluate": {"samples": 0},
    }
    job = open_job(workspace, "train", {"recipe": values})
    run(job)
    assert [e.cache_hit for e in events(job.folder) if isinstance(e, DataReady)] == [True]
    again: list[str] = []
    assert reading(workspace, model).read(lambda words, *_: again.append(words)) is not None
    assert again == ["looking for tokens made before"]


def test_the_childs_errors_arrive_as_what_they_are(workspace: Workspace, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "config.json").write_text("{}")
    with pytest.raises(RecipeError, match="tokenizer of"):
        reading(workspace, str(empty)).read(lambda *_: None)
    with pytest.raises(RecipeError, match="at most"):
        reading(workspace, "embedded", max_tokens=100_000).read(lambda *_: None)


def test_a_child_that_cannot_start_is_said_with_its_last_line(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mask_reading, "COMMAND", ("sh", "-c", "echo broken >&2; exit 3"))
    with pytest.raises(MachineError, match=r"status 3\. broken"):
        reading(workspace, "embedded").read(lambda *_: None)


def test_a_cancelled_reading_returns_nothing_and_starts_nothing(workspace: Workspace) -> None:
    wanted = reading(workspace, "embedded")
    wanted.cancel()
    assert wanted.read(lambda *_: None) is None
    assert not workspace.token_cache.exists()


def test_stop_tokens_of_a_model_without_generation_settings_are_its_own(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    recipe = make_recipe(
        {"name": "t", "model": {"base": str(model)}, "data": {"split": SPLIT}}, where="test"
    )
    with_file, _ = load_tokenizer(recipe)
    (model / "generation_config.json").unlink()
    without, config = load_tokenizer(recipe)
    assert with_file.stop_ids == without.stop_ids == {without.tokenizer.eos_token_id}
    assert config.max_position_embeddings == 512


def test_a_sequence_is_made_when_it_is_asked_for(workspace: Workspace) -> None:
    recipe = make_recipe({"name": "t", "data": {"split": SPLIT, "max_tokens": 256}}, where="test")
    renderer, _ = load_tokenizer(recipe)
    cache = tokenize(
        workspace,
        recipe,
        read_parts(workspace, SPLIT),
        renderer,
        limit=256,
        on_row=lambda _: None,
    ).cache
    rows = cache.rows("train")
    assert rows[0] == rows[0]
    assert rows[0] is not rows[0], "a sequence is made when it is asked for, and not kept"
    assert sum(rows.lengths) == sum(len(row.ids) for row in rows)


def test_a_file_without_a_split_is_counted_row_by_row(workspace: Workspace, tmp_path: Path) -> None:
    model = str(save_tiny_model(tmp_path / "model"))
    file = tmp_path / "rows.jsonl"
    answers = ["short", "a long answer " * 40, "mid " * 9]
    lines = [
        json.dumps({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", **one}]})
        for one in ({"content": answer} for answer in answers)
    ]
    file.write_text("\n".join([lines[0], "{broken", lines[1], lines[2]]) + "\n")
    values = {"name": "t", "model": {"base": model}, "data": {"split": "none", "max_tokens": 64}}
    recipe = make_recipe(values, where="test")
    cache = MaskReading(workspace, recipe, environment=os.environ, file=file).read(lambda *_: None)
    assert cache is not None
    account = size_account(workspace, recipe, cache, MACHINE, of_file=True)
    assert account.rows == 3
    assert account.longest[0].row == 3
    (found,) = with_exact_truncation([], account)
    assert found.rows == (3,)
    assert [fault.row for fault in found.faults] == [3]
    assert "train" not in found.message
    known = find_cache(workspace, recipe, file_hashes(file))
    assert known is not None
    assert [one.tokens for one in known.entries] == [one.tokens for one in cache.entries]
