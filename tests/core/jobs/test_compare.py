from pathlib import Path

import pytest

from core.errors import JobError
from core.events.fold import Fold
from core.events.run_state import RunState
from core.events.schema import SampleTaken
from core.jobs import store
from core.jobs.compare import asked, check_count, compare, differing
from core.jobs.status import Viewer
from core.jobs.store import JobList
from core.workspace import RunFolder, create_workspace
from tests.support.filled_workspace import FINISHED, add_run, held


def test_only_fields_that_differ_are_named_in_the_order_of_the_recipe() -> None:
    first = {"name": "a", "seed": 17, "lora": {"rank": 8, "targets": ["q", "v"]}}
    second = {"name": "b", "seed": 17, "lora": {"rank": 16, "targets": ["q", "v"]}, "epochs": 3}
    assert differing([first, second]) == (
        ("name", ("a", "b")),
        ("lora.rank", (8, 16)),
        ("epochs", (None, 3)),
    )
    assert differing([first, first]) == ()


def two_runs(root: Path) -> tuple[RunFolder, RunFolder]:
    workspace = create_workspace(root)
    runs = tuple(
        add_run(workspace, name, number=n, steps=120 if n == 1 else 60, end=FINISHED)
        for n, name in enumerate(("first", "second"), 1)
    )
    for rank, folder in zip((8, 16), runs, strict=True):
        folder.recipe.write_text(f'name = "{folder.id}"\n[lora]\nrank = {rank}\n')
    return runs  # type: ignore[return-value]


def test_runs_stand_side_by_side_with_what_they_reached(tmp_path: Path) -> None:
    found = compare([Viewer(folder) for folder in two_runs(tmp_path / "w")]).as_json()
    assert [one["step"] for one in found["runs"]] == [120, 60]
    assert [one["best_step"] for one in found["runs"]] == [120, 120]
    assert {one["field"]: one["values"] for one in found["differences"]}["lora.rank"] == [8, 16]
    assert found["same_data"] is None


def test_a_broken_recipe_is_named_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path / "w")
    first.recipe.unlink()
    assert compare([Viewer(first), Viewer(second)]).differences[0].values[0] is None
    first.recipe.write_text("= broken")
    with pytest.raises(JobError, match=first.id):
        compare([Viewer(first), Viewer(second)])


@pytest.mark.parametrize("count", [0, 1, 7])
def test_too_few_or_too_many_runs_are_refused(count: int) -> None:
    with pytest.raises(JobError):
        check_count(count)
    check_count(2)
    check_count(6)


def test_the_list_reads_a_short_log_whole_and_then_only_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_run(create_workspace(tmp_path / "w"), "one", steps=150)
    read: list[int] = []
    real = store.EventReader.read

    def counted(self: store.EventReader) -> object:
        batch = real(self)
        read.append(len(batch.events))
        return batch

    monkeypatch.setattr(store.EventReader, "read", counted)
    jobs = JobList(create_workspace_again(folder))
    with held(folder):
        state = jobs.look()[0].run_state
        assert len(state.evals) == 3
        before = sum(read)
        with folder.events.open("ab") as log:
            log.write(folder.events.read_bytes().splitlines(keepends=True)[-1])
        jobs.look()
    assert sum(read) == before


def create_workspace_again(folder: RunFolder) -> store.Workspace:
    from core.workspace import open_workspace

    return open_workspace(folder.path.parents[1])


def test_the_list_takes_a_long_log_from_its_snapshot_and_its_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_run(create_workspace(tmp_path / "w"), "one", steps=199, end=FINISHED)
    fold = Fold(folder.events, folder.snapshot)
    while not fold.caught_up:
        fold.read(5_000)
    fold.keep(worth=1)
    monkeypatch.setattr(store, "_SHORT_BYTES", 100)
    monkeypatch.setattr(store, "read_ends", lambda _: [])
    (job,) = JobList(create_workspace_again(folder)).look()
    assert (job.state, job.run_state.best_step) == ("finished", 120)
    assert len(job.run_state.evals) == 4


def taken(step: int, text: str, key: str = "row 1", **more: object) -> SampleTaken:
    return SampleTaken(step=step, key=key, text=text, **more)  # type: ignore[arg-type]


def test_each_run_answers_at_its_best_step_and_prompts_are_matched() -> None:
    first = RunState(
        best_step=20,
        samples=(
            taken(0, "base", prompt="Refund?", reference="yes"),
            taken(0, "base", key="row 2", prompt="Only here"),
            taken(10, "early"),
            taken(20, "best"),
            taken(30, "late"),
        ),
    )
    second = RunState(
        best_step=25,
        samples=(taken(0, "base", prompt="Refund?"), taken(10, "old"), taken(20, "nearest")),
    )
    third = RunState(samples=(taken(0, "base", prompt="Another?", reference="no"), taken(5, "x")))
    told = asked([first, second, third])
    assert [(one.key, one.prompt, one.reference) for one in told] == [
        ("row 1", "Refund?", "yes"),
        ("row 2", "Only here", ""),
        ("row 1", "Another?", "no"),
    ]
    texts = [[one and one.text for one in row.answers] for row in told]
    assert texts == [["best", "nearest", None], ["base", None, None], [None, None, "x"]]
    assert asked([RunState(), RunState()]) == ()
