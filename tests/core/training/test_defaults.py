"""What is chosen for a recipe that leaves fields open, and that nothing said is overruled."""

import json
from dataclasses import replace
from typing import Any

import pytest

from core.training.defaults import Default, Facts, choose_defaults
from core.training.model_shape import read_shape, shape_of
from core.training.recipe import flat, make_recipe, read_recipe
from core.training.resolve import resolve

LLAMA = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "vocab_size": 128256,
    "tie_word_embeddings": True,
    "max_position_embeddings": 131072,
}


def facts(rows: int, **more: Any) -> Facts:
    return Facts(train_rows=rows, validation_rows=max(1, rows // 8), **more)


def chosen(rows: int, given: dict[str, object] | None = None, **more: Any) -> dict[str, Any]:
    return {one.field: one.value for one in choose_defaults(facts(rows, **more), given or {})}


@pytest.mark.parametrize(
    ("rows", "rank", "dropout", "epochs", "update"),
    [
        (60, 8, 0.05, 5, 4),
        (199, 8, 0.05, 5, 8),
        (800, 16, 0.05, 3, 16),
        (1000, 16, 0.0, 3, 16),
        (20_000, 32, 0.0, 2, 32),
        (200_000, 32, 0.0, 1, 32),
    ],
)
def test_choices_follow_the_number_of_rows(
    rows: int, rank: int, dropout: float, epochs: int, update: int
) -> None:
    found = chosen(rows)
    assert (found["lora.rank"], found["lora.dropout"]) == (rank, dropout)
    assert (found["epochs"], found["batch.update_rows"]) == (epochs, update)


@pytest.mark.parametrize(
    ("given", "lr"),
    [
        ({}, 2e-4),
        ({"method.kind": "qlora"}, 1e-4),
        ({"lora.dora": True}, 1e-4),
        ({"method.kind": "full"}, 1e-5),
    ],
)
def test_the_rate_follows_the_method(given: dict[str, object], lr: float) -> None:
    found = chosen(800, given)
    assert found["optim.lr"] == lr
    assert ("lora.rank" in found) == (given.get("method.kind") != "full")


@pytest.mark.parametrize("rows", [10, 60, 491, 3000, 50_000])
def test_looks_are_about_twenty_and_at_least_one_an_epoch(rows: int) -> None:
    found = chosen(rows)
    per_epoch = -(-rows // found["batch.update_rows"])
    total = per_epoch * found["epochs"]
    assert 1 <= found["evaluate.every"] <= per_epoch
    assert total / found["evaluate.every"] <= max(20, found["epochs"])


def test_looks_take_no_more_than_their_share() -> None:
    many = Facts(train_rows=1000, validation_rows=1000)
    found = {one.field: one.value for one in choose_defaults(many, {})}
    assert found["evaluate.every"] == -(-1000 // found["batch.update_rows"]), "once an epoch"


def test_choices_build_on_what_the_recipe_says() -> None:
    # 400 steps with time for 2 looks, and 3 x 100 with time for 7.
    assert chosen(1600, {"batch.update_rows": 4, "epochs": 1})["evaluate.every"] == 200
    assert chosen(1600)["evaluate.every"] == 43


def test_a_short_memory_makes_a_small_adapter() -> None:
    shape = shape_of(LLAMA)
    assert chosen(5000, shape=shape, memory=6 << 30)["lora.rank"] == 8
    assert chosen(5000, shape=shape, memory=80 << 30)["lora.rank"] == 16


def test_the_longest_row_sets_the_limit_once_it_is_known() -> None:
    shape = replace(shape_of(LLAMA), context=1024)
    assert chosen(500, longest=700, shape=shape)["data.max_tokens"] == 704
    assert chosen(500, longest=2000, shape=shape)["data.max_tokens"] == 1024
    assert chosen(500, shape=shape)["data.max_tokens"] is None


def test_every_choice_has_a_reason() -> None:
    for rows in (50, 500, 5000, 500_000):
        for one in choose_defaults(facts(rows), {}):
            assert len(one.reason) > 10
            assert "\n" not in one.reason


def test_what_the_recipe_says_stays_and_only_the_rest_is_chosen() -> None:
    said = {
        "name": "a",
        "data": {"split": "s"},
        "lora": {"rank": 3},
        "optim": {"lr": 9e-4},
        "evaluate": {"patience": 7},
    }
    recipe = make_recipe(said, where="test")
    found = resolve(recipe, facts(60))
    assert (found.recipe.lora.rank, found.recipe.optim.lr) == (3, 9e-4)
    assert (found.recipe.lora.dropout, found.recipe.epochs) == (0.05, 5)
    assert found.recipe.evaluate.patience == 7
    names = {one.field for one in found.chosen}
    assert names == {
        "epochs",
        "batch.update_rows",
        "lora.dropout",
        "optim.warmup_share",
        "evaluate.every",
        "data.max_tokens",
    }
    values = dict(flat(found.recipe.model_dump(mode="json")))
    assert all(values[one.field] == one.value for one in found.chosen)


def test_a_value_equal_to_the_usual_one_is_still_what_the_recipe_says() -> None:
    recipe = make_recipe(
        {"name": "a", "data": {"split": "s"}, "lora": {"rank": 16, "dropout": 0.05}}, where="test"
    )
    assert resolve(recipe, facts(5000)).recipe.lora.dropout == 0.05
    assert Default("lora.rank", 8, "") not in resolve(recipe, facts(60)).chosen


def test_parameters_are_counted_from_the_settings() -> None:
    from core.catalog.base_models import embedded_model

    shape = shape_of(LLAMA)
    assert round(shape.parameters / 1e9, 2) == 1.24  # what the makers of this shape publish
    assert shape.adapter_parameters(16, "all-linear") == 11_272_192
    assert shape.adapter_parameters(8, ("q_proj", "v_proj")) == 16 * 8 * (4096 + 2560)
    small = read_shape(embedded_model())
    assert small is not None
    size = (embedded_model() / "model.safetensors").stat().st_size  # two bytes a weight
    assert abs(size / 2 - small.parameters) < 0.01 * small.parameters


def test_a_model_with_other_names_has_no_known_shape(tmp_path: Any) -> None:
    assert read_shape(tmp_path) is None
    (tmp_path / "config.json").write_text('{"n_embd": 32}')
    assert read_shape(tmp_path) is None
    (tmp_path / "config.json").write_text(json.dumps(LLAMA | {"num_local_experts": 8}))
    assert read_shape(tmp_path) is None, "its experts would be counted as one"


def test_the_sample_recipe_leaves_nothing_to_choose() -> None:
    from core.catalog.base_models import embedded_model

    recipe = read_recipe(embedded_model().parent / "recipe.toml")
    found = resolve(recipe, facts(491, shape=read_shape(embedded_model())))
    assert found.recipe == recipe
    assert [one.value for one in found.chosen] == [None]
