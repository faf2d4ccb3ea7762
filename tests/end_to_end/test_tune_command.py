"""`tuningfork tune` says everything first and sends nothing unasked."""

from pathlib import Path

import pytest

from core.catalog.base_models import embedded_model
from core.workspace import Workspace
from tests.support.command import Done, tuningfork
from tests.support.hosted_split import split_of

KEY = "sk-proj-A1b2C3d4E5f6G7h8-wxyz"
NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return split_of(tmp_path_factory.mktemp("tune"))


def tune(workspace: Workspace, *words: str | Path, key: str = KEY) -> Done:
    given = (
        "--provider",
        "compatible",
        "--base-url",
        NOBODY,
        "--model",
        "small",
        "--key",
        "MY_KEY",
    )
    return tuningfork(
        "tune", "tickets", *given, *words, cwd=workspace.root, environment={"MY_KEY": key}
    )


def test_without_a_service_it_says_who_takes_jobs(workspace: Workspace) -> None:
    done = tuningfork("tune", "tickets", "--json", cwd=workspace.root)
    assert done.code == 0, done
    found = {one["service"]: one for one in done.json}
    assert found["Cohere"]["takes_it"] == "no"
    assert found["OpenAI"]["provider"] == "openai"
    assert any("2027-01-14" in one for one in found["OpenAI"]["reasons"])


def test_a_dry_run_says_everything_but_the_key(workspace: Workspace) -> None:
    done = tune(workspace, "--dry-run", "--json")
    assert done.code == 0, done
    assert done.json["sends_to"] == "http://127.0.0.1:9"
    assert done.json["spec"]["parts"]["train"]["rows"] > 10
    assert (done.json["cost_low"], done.json["key"]) == (None, "sk-...wxyz from MY_KEY")
    words = tune(workspace, "--dry-run").out
    for part in ("sends to  http://127.0.0.1:9", "leaves", "The holdout stays here", "a stop"):
        assert part in words
    assert KEY not in done.out + words
    assert not list(workspace.runs.iterdir())


def test_a_recipe_with_sets_that_would_stay_here_is_refused(workspace: Workspace) -> None:
    recipe = workspace.root / "mixing.toml"
    recipe.write_text('name = "a"\n[data]\nsplit = "tickets"\nmix = ["old.jsonl"]\n')
    words = ("tune", str(recipe), "--provider", "compatible", "--model", "small", "--dry-run")
    done = tuningfork(*words, "--base-url", NOBODY, cwd=workspace.root)
    assert done.code != 0
    assert "which a service would not get" in done.err


def test_nothing_is_sent_where_nobody_can_be_asked(workspace: Workspace) -> None:
    done = tune(workspace)
    assert done.code == 2
    assert "Not started: nobody could be asked." in done.err
    assert not list(workspace.runs.iterdir())


def test_without_a_key_it_is_said_what_to_do(workspace: Workspace) -> None:
    done = tune(workspace, "--yes", key="")
    assert done.code == 2
    assert "read -rs MY_KEY && export MY_KEY" in done.err
    assert not list(workspace.runs.iterdir())


def test_a_recipe_names_its_split(workspace: Workspace) -> None:
    recipe = workspace.root / "recipe.toml"
    recipe.write_text('name = "late parcels"\n[data]\nsplit = "tickets"\n')
    done = tuningfork(
        *("tune", recipe, "--provider", "compatible", "--base-url", NOBODY, "--model", "small"),
        *("--dry-run", "--json"),
        cwd=workspace.root,
    )
    assert done.json["spec"]["split"] == "tickets"
    assert done.json["spec"]["suffix"] == "late parcels"


def test_the_cost_of_a_dry_run_is_that_of_the_exact_count(tmp_path: Path) -> None:
    workspace = split_of(tmp_path)
    folder = str(embedded_model())
    (workspace.root / "prices.toml").write_text(
        '[[price]]\nprovider = "Together"\nitem = "Qwen/Qwen3-8B"\namount = "480"\n'
        'unit = "training_tokens_per_million"\ncurrency = "USD"\nas_of = "2026-11-20"\n'
        'source = "its page"\n'
    )
    done = tuningfork(
        *("tune", "tickets", "--provider", "together", "--model", "Qwen/Qwen3-8B"),
        *("--tokenizer", folder, "--epochs", "2", "--set", "n_evals=1", "--dry-run", "--json"),
        cwd=workspace.root,
    )
    assert done.code == 0, done
    assert done.json["tokens_low"] == done.json["tokens_high"]
    assert done.json["tokens_counted_by"] == folder
    billed = done.json["tokens_billed"]
    assert billed > 2 * done.json["tokens_low"], "the validation rows are billed once, too"
    assert done.json["cost_low"] == done.json["cost_high"]
    assert abs(float(done.json["cost_low"]) - billed * 480 / 1e6) <= 0.005


def test_a_price_is_entered_counted_with_and_taken_back(tmp_path: Path) -> None:
    workspace = split_of(tmp_path)
    where = ("price", "together", "Qwen/Qwen3-8B")
    assert tuningfork(*where, cwd=workspace.root).code == 1
    refused = tuningfork(*where, "0.48", cwd=workspace.root)
    assert (refused.code, "names no source" in refused.err) == (2, True)
    done = tuningfork(*where, "0.48", "its", "page", "--json", cwd=workspace.root)
    assert (done.json["amount"], done.json["source"], done.json["yours"]) == (
        "0.48",
        "its page",
        True,
    )
    plan = tuningfork(
        *("tune", "tickets", "--provider", "together", "--model", "Qwen/Qwen3-8B"),
        *("--dry-run", "--json"),
        cwd=workspace.root,
    )
    assert "its page" in plan.json["cost"]
    back = tuningfork(*where, "--take-back", cwd=workspace.root)
    assert (back.code, back.out.splitlines()[0]) == (1, "Taken back.")
