"""A recipe is read, overridden, explained and written back."""

from pathlib import Path

import pytest

from core.errors import RecipeError
from core.training.recipe import Recipe, job_of, make_recipe, read_recipe, recipe_toml

MINIMAL = 'name = "a"\n[data]\nsplit = "tickets"\n'


def write(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(content)
    return path


def test_defaults_fill_a_minimal_recipe(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, MINIMAL))
    assert (recipe.seed, recipe.lora.rank, recipe.model.base) == (17, 16, "embedded")


def test_a_resolved_recipe_reads_back_as_itself(tmp_path: Path) -> None:
    recipe = read_recipe(
        write(tmp_path, MINIMAL), ["lora.targets=['q_proj']", 'name=é "x" \\ \x7f', "optim.lr=1e-5"]
    )
    assert recipe.lora.targets == ("q_proj",)
    assert read_recipe(write(tmp_path, recipe_toml(recipe))) == recipe


def test_a_recipe_survives_the_job_record(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, MINIMAL))
    kind, spec = job_of(recipe)
    assert kind == "train"
    assert make_recipe(spec["recipe"], where="run.json") == recipe


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["lora.rank=0"], ("lora.rank is 0", "nothing to train", "greater than")),
        (["lora.alpha=32"], ("lora.alpha is not a field", "rank")),
        (["model.revision=main"], ("model.revision", "'main'", "Commit hash")),
        (["data.holdout=x"], ("data.holdout is not a field", "max_tokens")),
        (["device=tpu"], ("device", "cuda:0")),
        (["data.drop_rows=x"], ("data.drop_rows is", "It should be a list, as in [1, 2]")),
        (["optim.lr=nan"], ("optim.lr",)),
        (["rank"], ("--set rank", "lora.rank=8")),
        (["a..b=1"], ("--set",)),
    ],
)
def test_a_wrong_field_is_named_with_its_meaning_and_fix(
    tmp_path: Path, overrides: list[str], words: tuple[str, ...]
) -> None:
    with pytest.raises(RecipeError) as raised:
        read_recipe(write(tmp_path, MINIMAL), overrides)
    assert all(word in str(raised.value) for word in words), str(raised.value)


def test_a_local_recipe_needs_a_split(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"data\.split is missing"):
        read_recipe(write(tmp_path, 'name = "a"'))


def test_a_rehearsal_needs_no_data_and_becomes_its_script(tmp_path: Path) -> None:
    recipe = read_recipe(
        write(tmp_path, 'name = "a"\ntrainer = "rehearsal"'), ["rehearsal.nan_at=7"]
    )
    kind, spec = job_of(recipe)
    assert (kind, spec["steps"], spec["nan_at"], "fail_at" in spec) == ("rehearsal", 200, 7, False)


def test_a_relative_model_folder_is_taken_from_the_recipes_place(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, MINIMAL), ["model.base=./base"])
    assert recipe.model.base == str(tmp_path / "base")


def test_every_field_has_a_sentence() -> None:
    text = recipe_toml(Recipe(name="a"))
    fields = [line for line in text.splitlines() if " = " in line and not line.startswith("#")]
    assert len(fields) == sum(line.startswith("# ") for line in text.splitlines())


YAML = "name: a\ndata:\n  split: tickets\noptim:\n  lr: 2e-5\nlora:\n  targets: [q_proj]\n"


def test_a_recipe_may_be_yaml(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yml"
    path.write_text(YAML)
    recipe = read_recipe(path, ["epochs=2"])
    assert (recipe.optim.lr, recipe.lora.targets, recipe.epochs) == (2e-5, ("q_proj",), 2)
    (tmp_path / "same.toml").write_text(recipe_toml(recipe))
    assert read_recipe(tmp_path / "same.toml") == recipe


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name: a\n\tdata: b\n", ("not valid YAML", "line 2")),
        ("- a\n", ("holds no fields", "['a']")),
        ("", ("holds no fields",)),
        ("name: !!python/object/apply:os.system ['true']\n", ("not valid YAML",)),
        ("name: \x1b[31m\n", ("not valid YAML",)),
        ("name: a\ndata: {split: s}\nlora: {rank: two}\n", ("lora.rank is 'two'", "16")),
    ],
)
def test_a_wrong_yaml_file_is_explained(
    tmp_path: Path, content: str, words: tuple[str, ...]
) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(content)
    with pytest.raises(RecipeError) as raised:
        read_recipe(path)
    assert all(word in str(raised.value) for word in words), str(raised.value)
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("lora.rnak=8", "lora.rank"),
        ("rank=8", "lora.rank"),
        ("learning_rate=1e-4", "optim.lr"),
        ("lora.alpha=32", "lora.scale"),
        ("optim.learning_rate=1e-4", "optim.lr"),
        ("evaluate.evry=3", "evaluate.every"),
        ("checkpoint.evry=3", "checkpoint.every"),
        ("epoch=3", "epochs"),
        ("model.dytpe='float32'", "model.dtype"),
        ("zzzzzzzz=1", ""),
    ],
)
def test_the_nearest_field_is_named(tmp_path: Path, wrong: str, meant: str) -> None:
    with pytest.raises(RecipeError) as raised:
        read_recipe(write(tmp_path, MINIMAL), [wrong])
    asked = f"Did you mean {meant}?"
    assert (asked in raised.value.remedy) if meant else ("Did you" not in raised.value.remedy)


def test_all_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as raised:
        read_recipe(write(tmp_path, MINIMAL), ["lora.rank=0", "optim.lr=7", "colour=1"])
    assert all(name in str(raised.value) for name in ("lora.rank", "optim.lr", "colour"))
