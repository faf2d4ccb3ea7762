"""A real training of a tiny model: it learns, it can be stopped, and it goes on bit by bit."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core.data.dataset import dataset_folder
from core.errors import DataError, RecipeError
from core.events.schema import (
    CheckpointSaved,
    DataReady,
    Evaluated,
    KeysConsumed,
    MaskLedger,
    PhaseEntered,
    Planned,
    Resumed,
    SampleTaken,
    StepLogged,
)
from core.jobs.context import Finished, JobContext, Stopped
from core.scoring.score_job import run as run_score
from core.training.loop import Loop
from core.training.trainer import run
from core.training.validation import Mean
from core.workspace import Workspace
from tests.support.path_job import (
    SMALL_STEPS,
    SPLIT,
    StopsAfter,
    chat,
    events,
    make_workspace,
    open_job,
    train_spec,
)
from tests.support.tiny_model import SPECIAL, save_tiny_model

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated"),
    pytest.mark.usefixtures("one_thread"),
]


def judge_by(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> None:
    """Let the validation loss after step n be the n-th of these, the last one from then on."""

    def loss(loop: Loop) -> Mean:
        return Mean(losses[min(loop.state.global_step, len(losses)) - 1], 0.1)

    monkeypatch.setattr(Loop, "_validation_loss", loss)


def steps(job: JobContext) -> dict[int, tuple[float | None, float, float | None]]:
    return {
        e.step: (e.loss, e.lr, e.grad_norm) for e in events(job.folder) if isinstance(e, StepLogged)
    }


def test_training_learns_and_keeps_the_best_adapter(workspace: Workspace, model: Path) -> None:
    job = open_job(workspace, "train", train_spec(model, epochs=4))
    outcome = run(job)
    log = events(job.folder)
    losses = [loss for loss, _, _ in steps(job).values()]
    evals = [e for e in log if isinstance(e, Evaluated)]
    assert isinstance(outcome, Finished)
    assert list(steps(job)) == list(range(1, 17))
    assert sum(losses[-4:]) < 0.9 * sum(losses[:4]), losses  # type: ignore[arg-type]
    assert outcome.best_step == min(evals, key=lambda e: e.loss or 9).step
    kept = job.folder.path / outcome.best_path
    assert sorted(p.name for p in kept.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    best = job.folder.checkpoints / f"step-{outcome.best_step:08d}"
    name = "adapter_model.safetensors"
    assert (kept / name).read_bytes() == (best / name).read_bytes()
    assert [e.vocabulary for e in log if isinstance(e, DataReady)] == [256 + len(SPECIAL)]
    assert {e.name for e in log if isinstance(e, PhaseEntered)} >= {
        "reading_data",
        "checking_holdout",
        "tokenizing",
        "loading_model",
        "training",
        "evaluating",
        "sampling",
        "saving",
        "finishing",
    }
    assert [e.rows for e in log if isinstance(e, DataReady)] == [30]
    (ledger,) = (e for e in log if isinstance(e, MaskLedger))
    assert (ledger.rows, ledger.zero, ledger.cut) == (34, 0, 0)
    assert ledger.strategies == {"whole": 34}
    assert (workspace.root / ledger.path).is_file()
    assert all("validation row" in e.key for e in log if isinstance(e, SampleTaken))


def test_a_set_that_is_mixed_in_is_trained_on_counted_and_recorded(
    workspace: Workspace, model: Path
) -> None:
    lines = [chat(f"an older task {n}", f"done {n}") for n in range(20)]
    (workspace.root / "old.jsonl").write_text("\n".join(lines))
    spec = train_spec(model, data={"mix": ["old.jsonl=0.25"]}, epochs=1)
    job = open_job(workspace, "train", spec)
    assert isinstance(run(job), Finished)
    log = events(job.folder)
    assert [e.rows for e in log if isinstance(e, DataReady)] == [40]
    assert [e.total_steps for e in log if isinstance(e, Planned)] == [5]
    checked, read = (e for e in log if isinstance(e, KeysConsumed))
    assert (checked.stage, checked.rows, checked.intersection) == ("checked", 44, 0)
    assert read.stage == "read"
    assert read.root != ""
    assert [(one.path, one.taken) for one in checked.mixed or ()] == [("old.jsonl", 10)]
    assert read.mixed == checked.mixed


def test_a_run_never_trains_on_a_set_that_holds_the_holdout(
    workspace: Workspace, model: Path
) -> None:
    held = dataset_folder(workspace, SPLIT).holdout.read_text().splitlines()[0]
    lines = [chat("an older task", "done"), held.replace(": ", ":  ")]
    (workspace.root / "old.jsonl").write_text("\n".join(lines))
    job = open_job(workspace, "train", train_spec(model, data={"mix": ["old.jsonl"]}))
    with pytest.raises(DataError, match=r"old.jsonl row 2 is a holdout row"):
        run(job)
    assert not steps(job)


def test_a_stopped_run_goes_on_as_if_it_had_never_stopped(
    workspace: Workspace, model: Path
) -> None:
    whole = open_job(workspace, "train", train_spec(model), id="whole")
    run(whole)

    first = open_job(workspace, "train", train_spec(model), id="halves")
    first.__class__ = StopsAfter
    outcome = run(first)
    assert isinstance(outcome, Stopped)
    assert list(steps(first)) == [1, 2, 3]
    second = open_job(workspace, "train", train_spec(model), id="halves", attempt=2)
    assert isinstance(run(second), Finished)

    assert [e.from_step for e in events(second.folder) if isinstance(e, Resumed)] == [3]
    assert steps(second) == steps(whole)
    one, other = (
        load_file(job.folder.adapter / "adapter_model.safetensors") for job in (whole, second)
    )
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_was_best_before_a_stop_still_counts_after_it(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_by(monkeypatch, [2.0, 1.0, 1.5, 1.2, 0.9, 1.1])
    judged_each_step = train_spec(model, epochs=2, evaluate={"every": 1, "patience": 9})

    def judged(job: JobContext) -> list[tuple[int, bool, int]]:
        found = (e for e in events(job.folder) if isinstance(e, Evaluated))
        return [(e.step, e.best, e.best_step) for e in found]

    whole = open_job(workspace, "train", judged_each_step, id="whole")
    run(whole)
    first = open_job(workspace, "train", judged_each_step, id="halves")
    first.__class__ = StopsAfter
    run(first)
    second = open_job(workspace, "train", judged_each_step, id="halves", attempt=2)
    run(second)
    assert [best for _, best, _ in judged(whole)] == [True, True, *[False] * 2, True, *[False] * 3]
    # The step somebody stopped at is not evaluated; every other judgement is the same.
    assert judged(second) == [one for one in judged(whole) if one[0] != 3]


def test_a_damaged_checkpoint_is_set_aside_and_an_older_one_used(
    workspace: Workspace, model: Path
) -> None:
    first = open_job(workspace, "train", train_spec(model))
    run(first)
    newest = max(first.folder.checkpoints.glob("step-*"))
    (newest / "optimizer.pt").write_bytes(b"half")
    second = open_job(workspace, "train", train_spec(model), attempt=2)
    run(second)
    (resumed,) = [e for e in events(second.folder) if isinstance(e, Resumed)]
    assert resumed.from_step < 8
    assert list(first.folder.checkpoints.glob("damaged-*"))


def test_a_run_never_goes_on_with_other_rows(workspace: Workspace, model: Path) -> None:
    first = open_job(workspace, "train", train_spec(model))
    first.__class__ = StopsAfter
    run(first)
    folder = dataset_folder(workspace, SPLIT)
    folder.manifest.unlink()
    folder.train.write_text("".join(folder.train.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(RecipeError, match="train rows, or what"):
        run(open_job(workspace, "train", train_spec(model), attempt=2))


def test_memory_settings_change_no_loss(workspace: Workspace, model: Path) -> None:
    calm: dict[str, Any] = {"lora": {"dropout": 0.0}, "optim": SMALL_STEPS}
    one, many = (
        open_job(workspace, "train", train_spec(model, **calm, batch={"tokens": tokens}), id=id)
        for id, tokens in (("one", 8), ("many", 9999))
    )
    run(one)
    run(many)
    first, second = ([s[0] for s in steps(job).values()] for job in (one, many))
    assert first == pytest.approx(second, rel=1e-4)


def test_early_stopping_keeps_the_best(
    workspace: Workspace, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_by(monkeypatch, [2.0, 1.0, 1.5, 1.2, 0.9])
    patient = train_spec(model, epochs=30, evaluate={"every": 1, "patience": 2})
    job = open_job(workspace, "train", patient)
    outcome = run(job)
    assert isinstance(outcome, Finished)
    assert list(steps(job)) == [1, 2, 3, 4]
    assert (outcome.reason, outcome.best_step) == ("validation loss no longer fell", 2)


def test_checkpoints_hold_no_pickled_arguments_and_are_pruned(
    workspace: Workspace, model: Path
) -> None:
    job = open_job(
        workspace, "train", train_spec(model, epochs=3, checkpoint={"every": 1, "keep": 1})
    )
    run(job)
    saved = [e for e in events(job.folder) if isinstance(e, CheckpointSaved)]
    kept = list(job.folder.checkpoints.iterdir())
    assert len(saved) >= 12
    assert len(kept) <= 2
    assert not list(job.folder.checkpoints.rglob("training_args.bin"))


def test_a_holdout_row_planted_in_train_stops_the_run(workspace: Workspace, model: Path) -> None:
    folder = dataset_folder(workspace, SPLIT)
    planted = folder.holdout.read_text().splitlines()[0]
    folder.train.write_text(folder.train.read_text() + planted + "\n")
    job = open_job(workspace, "train", train_spec(model))
    with pytest.raises(DataError, match="touch the holdout: row 31 is a holdout row"):
        run(job)
    assert not steps(job)


def test_rows_over_the_limit_are_refused_by_name_or_dropped(
    workspace: Workspace, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = dataset_folder(workspace, SPLIT)
    row = json.loads(folder.train.read_text().splitlines()[0])
    row["messages"][0]["content"] = "long " * 60
    folder.train.write_text(folder.train.read_text() + json.dumps(row) + "\n")
    folder.manifest.unlink()
    limit = {"max_tokens": 100}
    refused = open_job(workspace, "train", train_spec(model, data=limit), id="refused")
    with pytest.raises(RecipeError, match=r"1 train row is longer than 100 tokens: row 31"):
        run(refused)
    (ledger,) = [e for e in events(refused.folder) if isinstance(e, MaskLedger)]
    assert ledger.cut == 1
    assert any("31" in sentence for sentence in ledger.findings), ledger.findings
    assert "Token indices" not in caplog.text
    job = open_job(
        workspace,
        "train",
        train_spec(model, epochs=1, data={**limit, "over_length": "drop"}),
        id="drop",
    )
    assert isinstance(run(job), Finished)
    assert [e.rows for e in events(job.folder) if isinstance(e, DataReady)] == [30]


def test_a_second_run_takes_the_tokens_of_the_first(workspace: Workspace, model: Path) -> None:
    first = open_job(workspace, "train", train_spec(model, epochs=1), id="one")
    run(first)
    second = open_job(workspace, "train", train_spec(model, epochs=1, optim={"lr": 1e-3}), id="two")
    run(second)
    hits = [
        [e.cache_hit for e in events(job.folder) if isinstance(e, DataReady)]
        for job in (first, second)
    ]
    assert hits == [[False], [True]]


def test_a_base_without_a_template_is_tuned_with_the_plain_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    bare = save_tiny_model(tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(RecipeError, match="no chat template") as caught:
        run(open_job(workspace, "train", train_spec(bare), id="bare"))
    assert 'model.template = "plain"' in caught.value.remedy
    planned = train_spec(bare, epochs=1)
    planned["recipe"]["model"]["template"] = "plain"
    job = open_job(workspace, "train", planned, id="plain")
    assert isinstance(run(job), Finished)
    assert [e.rows for e in events(job.folder) if isinstance(e, DataReady)] == [30]
    assert "### Assistant" in job.folder.chat_template.read_text()
    scored = run_score(open_job(workspace, "score", {"run": "plain", "max_new_tokens": 4}, id="s"))
    assert isinstance(scored, Finished)


def test_asking_to_stop_ends_the_tokenising_and_leaves_no_half_cache(
    tmp_path: Path, model: Path
) -> None:
    workspace = make_workspace(tmp_path / "many", rows=200)
    job = open_job(workspace, "train", train_spec(model))
    job.__class__ = StopsAfter
    job.left = 1
    outcome = run(job)
    assert isinstance(outcome, Stopped)
    assert "tokenised" in outcome.reason
    assert list(workspace.token_cache.iterdir()) == []


def test_a_validation_row_left_out_is_not_sampled_either(workspace: Workspace, model: Path) -> None:
    folder = dataset_folder(workspace, SPLIT)
    row = json.loads(folder.validation.read_text().splitlines()[0])
    row["messages"][0]["content"] = "long " * 60
    rest = folder.validation.read_text()
    folder.validation.write_text(json.dumps(row) + "\n" + rest)
    folder.manifest.unlink()
    short = {"max_tokens": 100, "over_length": "drop"}
    job = open_job(workspace, "train", train_spec(model, epochs=1, data=short))
    run(job)
    sampled = {e.key for e in events(job.folder) if isinstance(e, SampleTaken)}
    assert sampled
    assert "validation row 1" not in sampled
