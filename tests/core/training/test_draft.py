"""A recipe while it is set up: what is said, what is chosen, and what it will take."""

import pytest

from core.errors import RecipeError
from core.jobs.record import JobRecord, write_record
from core.training.draft import Draft, draft_from_file, draft_from_split, list_beginnings, typed
from core.training.reasons import kept_reasons, read_reasons
from core.training.recipe import field_notes, make_recipe, read_recipe, recipe_toml
from core.workspace import Workspace
from tests.support.path_job import SPLIT, chat


@pytest.fixture
def draft(workspace: Workspace) -> Draft:
    return draft_from_split(workspace, SPLIT, None)


def values(draft: Draft) -> dict[str, tuple[str, str]]:
    return {line.name: (line.value, line.origin) for line in draft.lines()}


def test_every_field_of_a_training_is_a_line_with_its_reason(draft: Draft) -> None:
    lines = list(draft.lines())
    wanted = {n.name for n in field_notes() if not n.name.startswith(("rehearsal.", "trainer"))}
    assert {line.name for line in lines} == wanted
    assert all(line.meaning and line.allowed for line in lines)
    assert all(line.why for line in lines if line.origin != "yours")
    assert values(draft)["data.split"] == (SPLIT, "yours")
    assert values(draft)["epochs"] == ("5", "chosen")
    assert values(draft)["seed"] == ("17", "usual")


def test_a_change_is_said_and_moves_what_is_chosen_from_it(draft: Draft) -> None:
    changed = draft.changed("batch.update_rows", "1")
    assert values(changed)["batch.update_rows"] == ("1", "yours")
    assert draft.estimate().updates < changed.estimate().updates == 150
    assert changed.changes == ("batch.update_rows=1",)
    assert changed.changed("batch.update_rows", "2").changes == ("batch.update_rows=2",)
    assert values(changed.changed("batch.update_rows", " "))["batch.update_rows"][1] == "chosen"


def test_sets_are_mixed_in_from_the_form(draft: Draft, workspace: Workspace) -> None:
    lines = [chat(f"an old question {n}", f"its answer {n}") for n in range(40)]
    (workspace.root / "old.jsonl").write_text("\n".join(lines))
    changed = draft.changed("data.mix", "old.jsonl=0.25").looked_up(workspace, None)
    assert values(changed)["data.mix"] == ('[{path = "old.jsonl", share = 0.25}]', "yours")
    again = draft.changed("data.mix", values(changed)["data.mix"][0])
    assert again.said == changed.said
    found, before = changed.estimate(), draft.estimate()
    assert [(one.taken, one.rows) for one in found.mixed] == [(10, 40)]
    assert (found.rows, before.rows) == (40, 30)
    assert found.updates > before.updates


def test_a_wrong_value_is_refused_with_what_may_be_there(draft: Draft) -> None:
    with pytest.raises(RecipeError) as raised:
        draft.changed("lora.rank", "0")
    assert "lora.rank is 0" in raised.value.what
    assert "16" in raised.value.remedy
    with pytest.raises(RecipeError):
        draft.changed("data.split", "")


def test_what_is_shown_is_what_can_be_typed(draft: Draft) -> None:
    for line in draft.lines():
        if line.value:
            again = draft.changed(line.name, line.value)
            assert again.resolved.recipe == draft.resolved.recipe, line.name
    for value in (1e-5, 0.1 + 0.2, "5", "true", 'a "b"', "[x]", ["q", "v"], "a, b"):
        field = "model.stop" if isinstance(value, list) else "name"
        field = "optim.lr" if isinstance(value, float) else field
        kept = draft.changed(field, typed(value)).resolved.recipe
        found = {"name": kept.name, "optim.lr": kept.optim.lr, "model.stop": list(kept.model.stop)}
        assert found[field] == value


def test_the_estimate_counts_weights_rows_and_updates(draft: Draft) -> None:
    found = draft.changed("batch.update_rows", "10").changed("epochs", "4").estimate()
    assert (found.rows, found.validation_rows, found.updates) == (30, 4, 12)
    assert found.parameters == 3_606_784
    assert found.trained == draft.facts.shape.adapter_parameters(8, "all-linear")  # type: ignore[union-attr]
    assert found.looks == 6, "twelve updates have time for nine looks: one every two"


def test_two_more_runs_differ_in_rate_and_name_alone(draft: Draft) -> None:
    one, low, high = draft.changed("optim.lr", "2e-4").runs(beside=True)
    assert [recipe.optim.lr for recipe in (one, low, high)] == [2e-4, 6e-5, 6e-4]
    assert len({recipe.name for recipe in (one, low, high)}) == 3
    same = high.model_copy(update={"name": one.name, "optim": one.optim})
    assert same == one
    assert draft.runs(beside=False) == (draft.resolved.recipe,)
    top = draft.changed("optim.lr", "0.9").runs(beside=True)
    assert all(make_recipe(r.model_dump(mode="json"), where="test") for r in top)


def test_a_draft_from_a_file_says_what_the_file_says(workspace: Workspace) -> None:
    file = workspace.root / "mine.yaml"
    file.write_text(f"name: mine\ndata: {{split: {SPLIT}}}\nlora: {{rank: 3}}\n")
    draft = draft_from_file(workspace, file, None)
    assert values(draft)["lora.rank"] == ("3", "yours")
    kept = workspace.root / "kept.toml"
    kept.write_text(recipe_toml(draft.resolved.recipe))
    assert read_recipe(kept) == draft.resolved.recipe
    played = workspace.root / "played.toml"
    played.write_text('name = "a"\ntrainer = "rehearsal"\n')
    with pytest.raises(RecipeError, match="rehearsal"):
        draft_from_file(workspace, played, None)


def test_splits_recipes_and_runs_can_be_begun_from(workspace: Workspace) -> None:
    (workspace.root / "mine.toml").write_text('name = "a"\n')
    run = workspace.run("20260101-000000-x-0001")
    run.path.mkdir(parents=True)
    run.record.write_text("{}")
    run.recipe.write_text('name = "b"\n')
    found = [(one.kind, one.name) for one in list_beginnings(workspace)]
    assert found == [
        ("split", SPLIT),
        ("file", "mine.toml"),
        ("file", "runs/20260101-000000-x-0001/recipe.toml"),
    ]


def test_the_reasons_of_a_run_are_kept_and_shown_from_its_recipe(workspace: Workspace) -> None:
    draft = draft_from_split(workspace, SPLIT, None)
    run = workspace.run("20260101-000000-x-0001")
    run.path.mkdir(parents=True)
    (first, low, _high) = draft.runs(beside=True)
    chosen = draft.resolved.chosen
    record = JobRecord(
        id=run.id,
        kind="train",
        name="x",
        device="cpu",
        created_at="",
        created_by="",
        host="",
        entry="",
        spec={"chosen": kept_reasons(first, chosen)},
    )
    write_record(run, record)
    run.recipe.write_text(recipe_toml(first))
    again = {line.name: line for line in draft_from_file(workspace, run.recipe, None).lines()}
    for one in chosen:
        assert again[one.field].origin == "chosen", one.field
        assert again[one.field].why == one.reason
    changed = draft_from_file(workspace, run.recipe, None).changed("lora.rank", "5")
    assert {line.name: line.origin for line in changed.lines()}["lora.rank"] == "yours"
    assert "optim.lr" not in {str(one["field"]) for one in kept_reasons(low, chosen)}
    run.record.write_text('{"chosen": 5}')
    assert read_reasons(run) == ()
    assert draft_from_file(workspace, run.recipe, None).reasons == ()
