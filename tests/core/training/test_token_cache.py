"""No row is tokenised twice, and a cache that is not what was written is not used."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import DataError, StorageError
from core.jobs.process import here
from core.training import rows as rows_module
from core.training.recipe import make_recipe
from core.training.rows import read_parts
from core.training.token_cache import CacheWriter, cache_folder, open_cache
from core.training.token_key import RowHashes, row_hashes
from core.workspace import Workspace
from tests.support.path_job import SPLIT
from tests.support.tiny_model import save_tiny_model
from tests.support.token_rows import (
    CountingRenderer,
    chat,
    counting,
    recipe_of,
    tokenized,
    workspace_of,
)

ROWS = [chat(f"question {n}", f"answer {n} 🙂") for n in range(6)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_of(tmp_path / "w", ROWS)


def test_a_second_launch_gets_the_same_tokens_without_tokenising(workspace: Workspace) -> None:
    first = tokenized(workspace, recipe_of())
    asked = CountingRenderer.calls
    second = tokenized(workspace, recipe_of(), counting())
    assert asked > 0
    assert CountingRenderer.calls == 0
    assert (first.hit, second.hit) == (False, True)
    assert list(first.part("train").rows) == list(second.part("train").rows)
    part = second.part("train")
    assert part.lengths == [len(row.ids) for row in part.rows]
    assert part.supervised == sum(row.supervised for row in part.rows)
    assert [row.row for row in part.rows[1:3]] == [2, 3]


def change(name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return write


@pytest.mark.parametrize(
    "damage",
    [
        change("ids.bin"),
        change("marks.bin"),
        change("ledger.jsonl"),
        change("pieces.json"),
        lambda folder: (folder / "ids.bin").write_bytes((folder / "ids.bin").read_bytes()[:-4]),
        lambda folder: (folder / "ledger.jsonl").unlink(),
        lambda folder: (folder / "about.json").write_text("{}"),
        lambda folder: (folder / "about.json").write_bytes(b"\xff"),
    ],
)
def test_a_damaged_cache_is_noticed_and_made_again(
    workspace: Workspace, damage: Callable[[Path], None]
) -> None:
    first = tokenized(workspace, recipe_of())
    expected = list(first.part("train").rows)
    damage(first.cache.folder)
    assert open_cache(first.cache.folder) is None
    again = tokenized(workspace, recipe_of())
    assert not again.hit
    assert list(again.part("train").rows) == expected
    assert tokenized(workspace, recipe_of()).hit
    assert [path.name for path in workspace.token_cache.iterdir()] == [again.cache.folder.name]


def test_what_decides_the_tokens_is_in_the_key(tmp_path: Path, workspace: Workspace) -> None:
    model = save_tiny_model(tmp_path / "model")
    template = tmp_path / "t.jinja"
    template.write_text("{{ messages }}")
    hashes = row_hashes(workspace, SPLIT)

    def key(hashes: RowHashes = hashes, **changes: object) -> str:
        values = {"name": "t", "model": {"base": str(model)}, "data": {"split": SPLIT}}
        for name, value in changes.items():
            table, _, field = name.partition("__")
            values[table] = {**values[table], field: value}  # type: ignore[dict-item]
        recipe = make_recipe(values, where="test")
        return cache_folder(workspace, recipe, hashes).name

    keys = [
        key(),
        key(RowHashes("other", hashes.validation)),
        key(RowHashes(hashes.train, "other")),
        key(data__max_tokens=32),
        key(data__over_length="cut_end"),
        key(data__drop_rows=[1]),
        key(data__drop_validation_rows=[1]),
        key(model__stop=["<|user|>"]),
        key(model__template="plain"),
        key(model__template=str(template)),
    ]
    template.write_text("{{ messages }} ")
    keys.append(key(model__template=str(template)))
    config = json.loads((model / "tokenizer_config.json").read_text())
    (model / "tokenizer_config.json").write_text(json.dumps({**config, "note": "other"}))
    keys.append(key())
    assert len(set(keys)) == len(keys)
    assert key() == keys[-1]
    (model / "model.safetensors").write_bytes(b"other weights")
    assert key() == keys[-1]


def test_other_learning_rates_share_the_tokens(workspace: Workspace) -> None:
    hashes = row_hashes(workspace, SPLIT)
    values = {"name": "t", "data": {"split": SPLIT}}
    one = make_recipe(values, where="test")
    other = make_recipe({**values, "optim": {"lr": 0.5}, "seed": 3}, where="test")
    assert cache_folder(workspace, one, hashes) == cache_folder(workspace, other, hashes)


def test_what_a_killed_process_left_is_removed(workspace: Workspace) -> None:
    host = here().host
    left = workspace.token_cache / f".abc.{host}.4194999.new"
    busy = workspace.token_cache / f".abc.{host}.{os.getppid()}.new"
    elsewhere = workspace.token_cache / ".abc.another-host.4194999.new"
    for folder in (left, busy, elsewhere):
        folder.mkdir(parents=True)
        (folder / "ids.bin").write_bytes(b"half")
    tokenized(workspace, recipe_of())
    assert not left.exists()
    assert busy.exists()
    assert elsewhere.exists()


def test_a_cache_that_another_process_finished_first_is_used(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = CacheWriter.finish

    def overtaken(writer: CacheWriter, *arguments: object, **keywords: object) -> None:
        monkeypatch.setattr(CacheWriter, "finish", finish)
        monkeypatch.setattr(os, "getpid", os.getppid)
        tokenized(workspace, recipe_of())
        finish(writer, *arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(CacheWriter, "finish", overtaken)
    done = tokenized(workspace, recipe_of())
    assert len(done.part("train").rows) == 6
    assert len(list(workspace.token_cache.iterdir())) == 1


def test_a_full_disk_leaves_nothing_half_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.training.token_cache.os.fsync", full)
    with pytest.raises(StorageError, match="no space"):
        tokenized(workspace, recipe_of())
    monkeypatch.undo()
    assert list(workspace.token_cache.iterdir()) == []
    assert not tokenized(workspace, recipe_of()).hit


def test_rows_that_change_while_they_are_read_are_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([RowHashes("before", "same"), RowHashes("after", "same")])
    monkeypatch.setattr(rows_module, "row_hashes", lambda *_: next(answers))
    with pytest.raises(DataError, match="changed while they were read"):
        read_parts(workspace, SPLIT)


def test_every_token_can_be_read_and_marks_are_known(workspace: Workspace) -> None:
    cache = tokenized(workspace, recipe_of()).cache
    entry = cache.entries[0]
    pieces = cache.pieces
    shown = "".join(pieces.texts[token] for token in cache.ids(entry))
    assert shown.startswith("<|user|>question 0<|end|><|assistant|>answer 0 <0xF0><0x9F>")
    named = {pieces.texts[token] for token in pieces.special}
    assert {"<|user|>", "<|assistant|>", "<|end|>"} <= named
    assert cache.about.pad_id == counting().tokenizer.pad_token_id
