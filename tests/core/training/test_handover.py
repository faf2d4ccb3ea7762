"""A recipe handed to another trainer: complete, safe to read, and without the holdout."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.data.dataset import dataset_folder
from core.data.formats import to_example
from core.data.rows import Example
from core.errors import DataError, JobError, RecipeError
from core.release.hand_over import hand_over
from core.training.handover.make import TRAINERS, HandOver, TrainerName, make_handover
from core.training.recipe import Recipe, flat, make_recipe
from core.training.rows import Parts
from core.training.token_key import RowHashes
from core.workspace import Workspace
from tests.support.path_job import SPLIT, make_workspace

NO_HASHES = RowHashes("", "")
TURNS = [
    {"role": "user", "content": "a"},
    {"role": "assistant", "content": "b", "weight": 0},
    {"role": "user", "content": "c"},
    {"role": "assistant", "content": "d"},
]


def example(turns: list[dict[str, Any]], row: int = 1, **more: Any) -> Example:
    return to_example({"messages": turns} | more, row)


def recipe(**changes: Any) -> Recipe:
    values: dict[str, Any] = {"name": "n", "data": {"split": SPLIT}} | changes
    return make_recipe(values, where="test")


def made(trainer: TrainerName, examples: list[Example], **changes: Any) -> HandOver:
    return make_handover(recipe(**changes), Parts(examples, examples, NO_HASHES), trainer)


def settings(trainer: TrainerName, **changes: Any) -> dict[str, Any]:
    """Return the settings of a trainer, a script's by its keyword arguments."""
    found = made(trainer, [example(TURNS[2:])] * 20, **changes).files
    if "config.yaml" in found:
        return dict(yaml.safe_load(found["config.yaml"]))
    calls = [node for node in ast.walk(ast.parse(found["train.py"])) if isinstance(node, ast.Call)]
    return {
        word.arg: word.value.value
        for call in calls
        for word in call.keywords
        if word.arg and isinstance(word.value, ast.Constant)
    }


@pytest.mark.parametrize("trainer", TRAINERS)
def test_every_field_is_taken_over_or_named_as_lost(trainer: TrainerName) -> None:
    changed = {
        "name": "other",
        "device": "cuda:1",
        "model": {"base": "a/b", "revision": "0" * 40, "dtype": "bfloat16", "stop": ["<x>"]},
        "data": {"split": SPLIT, "max_tokens": 100, "over_length": "drop"},
        "lora": {"rank": 6, "scale": 1.5, "dropout": 0.25, "targets": ["q_proj"]},
        "optim": {
            "lr": 3e-3,
            "schedule": "linear",
            "warmup_share": 0.5,
            "clip": 0.7,
            "weight_decay": 0.3,
        },
        "batch": {"update_rows": 10, "tokens": 500, "packing": "on"},
        "evaluate": {
            "every": 7,
            "patience": 9,
            "min_delta": 0.1,
            "samples": 5,
            "sample_tokens": 11,
        },
        "method": {"kind": "qlora"},
        "report": {"to": ["tensorboard"]},
        "runtime": {"loss": "fused", "checkpointing": "on", "hour_price": 2.0},
        "checkpoint": {"every": 21, "keep": 8},
        "seed": 99,
        "epochs": 13,
    }
    before = made(trainer, [example(TURNS)] * 40)
    after = made(trainer, [example(TURNS)] * 40, **changed)
    lost = {one.field for one in after.lost}
    unchanged = dict(flat(recipe().model_dump(mode="json")))
    for name, value in flat(recipe(**changed).model_dump(mode="json")):
        if value == unchanged[name]:
            continue
        alone = made(trainer, [example(TURNS)] * 40, **_only(name, value, changed))
        assert alone.files != before.files or name in lost, name
    file = next(name for name in ("config.yaml", "train.py") if name in after.files)
    for one in after.lost:
        assert f"# has no equivalent: {one.line}\n" in after.files[file]


def _only(name: str, value: object, changed: dict[str, Any]) -> dict[str, Any]:
    """Return the changes that set one field, and what that one cannot do without."""
    table, dot, field = name.partition(".")
    if not dot:
        return {table: value}
    needed = {"data": {"split": SPLIT}, "model": {"base": "a/b", "revision": "0" * 40}}
    one = {table: needed.get(table, {}) | {field: value}}
    return one if name != "model.base" else {"model": {"base": value, "revision": "1" * 40}}


def test_a_field_nobody_knows_yet_is_listed() -> None:
    from core.training.handover.reading import Facts, Reading

    class Later(Recipe):
        """A recipe of tomorrow."""

        colour: str = "red"
        """A field that no trainer module knows."""

    reading = Reading(Later(name="a"), Facts(model="m", train_rows=1, partly_trained=False))
    assert "colour" in {one.field for one in reading.lost()}


def test_the_same_run_is_asked_of_every_trainer() -> None:
    changes: dict[str, Any] = {
        "batch": {"update_rows": 8, "tokens": 2000},
        "data": {"split": SPLIT, "max_tokens": 500},
        "epochs": 4,
        "lora": {"rank": 8, "scale": 2.0},
        "optim": {"lr": 1e-4, "warmup_share": 0.25},
    }
    for trainer in TRAINERS:
        found = settings(trainer, **changes)
        rows = found.get("micro_batch_size", found.get("per_device_train_batch_size"))
        assert (rows, found["gradient_accumulation_steps"]) == (4, 2), trainer
        assert found["learning_rate"] == 1e-4
        assert found["lora_alpha"] == 16
        assert found.get("num_epochs", found.get("num_train_epochs")) == 4
        assert found["eval_steps"] == found["save_steps"] == 3, "20 rows are 3 updates an epoch"
        # 12 steps, a quarter of them rising
        assert found.get("warmup_steps") == 3 or found.get("warmup_ratio") == 0.25


def test_numbers_in_yaml_are_numbers() -> None:
    for trainer in ("axolotl", "llama-factory"):
        assert settings(trainer, optim={"lr": 2e-5})["learning_rate"] == 2e-5  # type: ignore[arg-type]


def test_only_trained_answers_are_trained_elsewhere() -> None:
    one = [example(TURNS)]
    for trainer in ("trl", "unsloth"):
        (row,) = map(json.loads, made(trainer, one).files["train.jsonl"].splitlines())
        assert [turn["content"] for turn in row["prompt"]] == ["a", "b", "c"]
        assert row["completion"] == [{"role": "assistant", "content": "d"}]
    (row,) = map(json.loads, made("axolotl", one).files["train.jsonl"].splitlines())
    assert [turn["train"] for turn in row["messages"]] == [False, False, False, True]
    found = made("llama-factory", one).files
    (row,) = map(json.loads, found["train.jsonl"].splitlines())
    assert yaml.safe_load(found["config.yaml"])["mask_history"] is True
    assert "weight" not in json.dumps(row)


def test_every_answer_of_a_conversation_is_trained_once() -> None:
    both = [example([*TURNS[:1], {"role": "assistant", "content": "b"}, *TURNS[2:]])]
    rows = made("trl", both).files["train.jsonl"].splitlines()
    assert [json.loads(row)["completion"][0]["content"] for row in rows] == ["b", "d"]
    found = made("llama-factory", both).files
    assert len(found["train.jsonl"].splitlines()) == 1
    assert yaml.safe_load(found["config.yaml"])["mask_history"] is False


def test_rows_that_would_be_skipped_in_silence_are_named() -> None:
    odd = example([TURNS[0], TURNS[2], TURNS[3]], row=7)
    lost = made("llama-factory", [odd, example(TURNS[2:])]).lost
    assert any(one.field == "data.split" and "7" in str(one.value) for one in lost)
    assert not any(one.field == "data.split" for one in made("axolotl", [odd]).lost)


def test_calls_of_tools_are_written_as_llama_factory_reads_them() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    turns = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "42", "tool_call_id": "1"},
        {"role": "assistant", "content": "b"},
    ]
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    found = made("llama-factory", [example(turns, tools=[tool])]).files
    row = json.loads(found["train.jsonl"])
    assert [turn["role"] for turn in row["messages"]] == ["user", "function", "tool", "assistant"]
    assert json.loads(row["messages"][1]["content"])[0]["name"] == "look"
    assert json.loads(row["tools"]) == [tool]
    info = json.loads(found["dataset_info.json"])["train"]
    assert info["columns"]["tools"] == "tools"


@pytest.mark.parametrize("trainer", TRAINERS)
def test_no_text_of_ours_or_theirs_can_break_out_of_its_line(trainer: TrainerName) -> None:
    name = "a\nimport os; os.system('x')  # \x1b[31m"
    found = made(
        trainer, [example([{"role": "user", "content": "\ud800\u2028"}, TURNS[3]])], name=name
    ).files
    for file, content in found.items():
        content.encode()
        if file == "train.py":
            tree = ast.parse(content)
            called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
            assert "os.system" not in called
        if file == "config.yaml":
            assert "os" not in yaml.safe_load(content)
    assert len(found["train.jsonl"].splitlines()) == 1


@pytest.mark.parametrize("trainer", TRAINERS)
def test_nothing_of_the_holdout_is_handed_over(trainer: TrainerName, tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    hand_over(workspace, recipe(), trainer, tmp_path / "out")
    written = "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    held = list(map(json.loads, dataset_folder(workspace, SPLIT).holdout.read_text().splitlines()))
    assert held
    for row in held:
        assert f'"{row["messages"][0]["content"]}"' not in written
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert set(manifest["files"]) == {p.name for p in (tmp_path / "out").iterdir()} - {
        "manifest.json"
    }


def _workspace_with_holdout_in_train(root: Path) -> Workspace:
    workspace = make_workspace(root)
    folder = dataset_folder(workspace, SPLIT)
    folder.train.chmod(0o600)
    folder.train.write_text(folder.holdout.read_text())
    return workspace


def test_a_holdout_row_among_the_train_rows_stops_the_hand_over(tmp_path: Path) -> None:
    workspace = _workspace_with_holdout_in_train(tmp_path / "ws")
    with pytest.raises(DataError, match="touch the holdout"):
        hand_over(workspace, recipe(), "trl", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten_by_a_hand_over(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    (tmp_path / "out").mkdir()
    with pytest.raises(JobError, match="exists already"):
        hand_over(workspace, recipe(), "trl", tmp_path / "out")


def test_a_rehearsal_cannot_be_handed_over() -> None:
    rehearsal = make_recipe({"name": "a", "trainer": "rehearsal"}, where="test")
    with pytest.raises(RecipeError, match="trains nothing"):
        make_handover(rehearsal, Parts([], [], NO_HASHES), "trl")


def test_auto_leaves_the_other_trainer_a_gpu_where_there_is_one() -> None:
    for trainer in ("trl", "llama-factory"):
        assert settings(trainer)["use_cpu"] is False, trainer  # type: ignore[arg-type]
        assert settings(trainer, device="cpu")["use_cpu"] is True  # type: ignore[arg-type]
    script = made("trl", [example(TURNS)] * 20).files["train.py"]
    assert 'os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")' in script
