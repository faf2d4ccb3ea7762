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
