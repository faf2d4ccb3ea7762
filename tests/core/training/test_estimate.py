"""What a run takes, before anything is loaded: memory, time, disk, and what would not fit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.data.rows import Example
from core.events.reader import EventReader
from core.events.schema import DataReady, Planned, PreflightDone, StepLogged
from core.jobs.context import Finished
from core.machine import Gpu, Machine, expected_device
from core.training.batching import plan_updates
from core.training.defaults import Facts
from core.training.draft import draft_from_split
from core.training.estimate import estimate
from core.training.memory import Choices, Load, Shape, moves, predict, prospect
from core.training.model_shape import read_shape, shape_of, shape_of_base
from core.training.recipe import Recipe, make_recipe
from core.training.resolve import resolve, resolve_in
from core.training.row_sizes import RowSizes, bounded_sizes
from core.training.rows import read_parts
from core.training.speed import SAME, SCALED, Speed, measured_speed
from core.training.trainer import run
from core.workspace import Workspace
from tests.core.training.test_defaults import LLAMA
from tests.support.path_job import SPLIT, events, make_workspace, open_job, train_spec

# peft 0.21 asks a name that transformers 5.23 has renamed; both are pinned.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")

GIB = 1 << 30
RESIDENT = 5 * 10**8


def recipe(**values: Any) -> Recipe:
    return make_recipe({"name": "a", "data": {"split": "s"}, **values}, where="test")


def sizes(*lengths: int, counted: bool = True) -> RowSizes:
    return RowSizes(
        train=lengths,
        supervised=tuple(length // 4 for length in lengths),
        validation=lengths[:2],
        counted=counted,
        longest=max(lengths),
    )


def facts(**more: Any) -> Facts:
    values: dict[str, Any] = {
        "train_rows": 64,
        "validation_rows": 2,
        "shape": shape_of(LLAMA),
        "sizes": sizes(*[512] * 64),
        "free": 64 * GIB,
        "disk_free": 100 * GIB,
    }
    return Facts(**values | more)


MACHINE = Machine(
    host="h",
    system="Linux",
    python="3.11",
    cores=2,
    memory_total=16 * GIB,
    memory_available=12 * GIB,
    disk_free=50 * GIB,
    gpus=(),
    gpu_note="none",
)
GPU = Gpu(index=0, name="NVIDIA H100", memory_total=80 * GIB, memory_used=2 * GIB)


def test_the_estimate_is_the_formula_over_the_planned_micro_batches() -> None:
    asked = recipe(epochs=2, batch={"update_rows": 8, "tokens": 2048})
    lengths = (100, 900, 300, 40, 512, 512, 64, 700, 650, 30)
    found = estimate(asked, facts(sizes=sizes(*lengths), train_rows=10))
    updates = plan_updates(lengths, update_rows=8, tokens=2048, epochs=2, seed=asked.seed)
    places = max(max(lengths[n] for n in g) * len(g) for u in updates for g in u)
    assert found.memory is not None
    assert found.memory.load.tokens == places
    assert (found.updates, found.step_tokens) == (4, round(sum(lengths) * 2 / 4))
    assert found.trained == shape_of(LLAMA).adapter_parameters(16, "all-linear")
    assert found.disk == found.trained * 12 * 4


@example([396, 836, 864], 3, 1728)
@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=40),
    st.integers(1, 20),
    st.integers(900, 4000),
)
def test_a_bound_is_never_below_what_is_counted(
    lengths: list[int], update_rows: int, tokens: int
) -> None:
    asked = recipe(epochs=1, batch={"update_rows": update_rows, "tokens": tokens})
    one, other = (
        estimate(asked, facts(sizes=sizes(*lengths, counted=counted))).memory
        for counted in (True, False)
    )
    assert one is not None
    assert other is not None
    assert one.load.tokens <= other.load.tokens
    assert one.load.supervised <= other.load.supervised
    assert one.predicted <= other.predicted


def test_what_is_automatic_is_tried_before_a_refusal() -> None:
    shape = Shape(
        parameters=10**8,
        trainable=10**6,
        hidden=1024,
        feed_forward=4096,
        layers=8,
        vocabulary=10**5,
    )
    load = Load(
        tokens=8192,
        supervised=2048,
        path="selected",
        four_bit=False,
        half=False,
        checkpointing=False,
        resident=0,
    )
    choices = Choices(fused=True, longest=1024, checkpointing=True)
    steps = [load, *(move.load for move in moves(load, choices))]
    peaks = [predict(shape, step) for step in steps]
    assert peaks == sorted(peaks, reverse=True)
    for count, peak in enumerate(peaks):
        found = prospect(shape, load, choices, free=int(peak / 0.92) + 2)
        assert (len(found.moves), found.fits) == (count, True)
    assert not prospect(shape, load, choices, free=peaks[-1] // 2).fits
    assert not list(moves(load, Choices(fused=False, longest=8192, checkpointing=False)))


@pytest.mark.parametrize(
    ("method", "device", "longest", "free", "remedy"),
    [
        ("lora", "cpu", 4096, 8, "Set data.max_tokens = "),
        ("full", "cpu", 512, 2, 'method.kind = "lora"'),
        ("lora", "cuda:0", 512, 2, 'method.kind = "qlora"'),
        ("lora", "cpu", 512, 2, "smaller base model"),
    ],
)
def test_a_refusal_names_the_smallest_change_that_fits(
    method: str, device: str, longest: int, free: int, remedy: str
) -> None:
    asked = recipe(method={"kind": method}, runtime={"checkpointing": "off"})
    given = facts(sizes=sizes(longest), device=device, free=free * GIB)
    (error,) = estimate(asked, given).refusals
    assert remedy in error.remedy
    if "max_tokens" in remedy:
        limit = int(error.remedy.split("= ")[1].split(",")[0])
        shorter = recipe(runtime={"checkpointing": "off"}, data={"split": "s", "max_tokens": limit})
        assert not estimate(shorter, given).refusals
        longer = recipe(
            runtime={"checkpointing": "off"}, data={"split": "s", "max_tokens": limit + 64}
        )
        assert estimate(longer, given).refusals


def test_a_bound_refuses_nothing_and_no_shape_says_nothing() -> None:
    bound = estimate(recipe(), facts(sizes=sizes(4096, counted=False), free=1))
    assert bound.memory is not None
    assert not bound.memory.fits
    assert bound.refusals == ()
    unknown = estimate(recipe(), facts(shape=None))
    assert (unknown.memory, unknown.disk, unknown.parameters) == (None, None, None)


def test_a_full_disk_is_told_before_the_launch() -> None:
    (error,) = estimate(recipe(), facts(disk_free=1 << 20)).refusals
    assert "checkpoint.keep = 1" in error.remedy


def test_processes_that_share_a_processor_share_its_memory() -> None:
    small = {"tokens": 512}
    need = estimate(recipe(batch=small), facts()).memory
    assert need is not None
    free = int(need.predicted * 1.5)
    runtime = {"processes": 2, "checkpointing": "off", "loss": "selected"}
    many = recipe(runtime=runtime, batch=small)
    assert estimate(many, facts(free=free)).refusals
    assert not estimate(many, facts(free=free, device="cuda:0")).refusals


@pytest.mark.parametrize("kind", ["lora", "full"])
def test_a_process_holds_its_share_and_what_is_whole_for_its_turn(kind: str) -> None:
    wide = Shape(
        parameters=7_000_000_000,
        trainable=7_000_000_000 if kind == "full" else 40_000_000,
        hidden=4096,
        feed_forward=11008,
        layers=32,
        vocabulary=32000,
    )
    load = Load(
        tokens=512,
        supervised=64,
        path="selected",
        four_bit=False,
        half=True,
        checkpointing=True,
        resident=0,
    )
    whole, half, eighth = (predict(wide, replace(load, shards=count)) for count in (1, 2, 8))
    assert whole > half > eighth
    assert whole / 2 < half < whole * 0.65
    assert eighth > whole / 8


def test_time_and_cost_are_ranges_that_stand_on_a_measured_speed() -> None:
    speed = Speed(run="r", tokens_s=1000.0, look_row_s=0.5, save_s=2.0, range=SAME)
    asked = recipe(
        epochs=2,
        batch={"update_rows": 8},
        evaluate={"every": 8},
        runtime={"hour_price": 3.6},
    )
    found = estimate(asked, facts(speed=speed))
    seconds = 64 * 512 * 2 / 1000 + 2 * (0.5 * 2 + 2.0)
    assert found.time == pytest.approx((seconds * 0.8, seconds * 1.3))
    assert found.cost == pytest.approx((seconds * 0.8 / 1000, seconds * 1.3 / 1000))
    assert estimate(asked, facts()).time is None
    assert estimate(asked, facts(speed=speed, sizes=sizes(9, counted=False))).time is None


def test_no_row_has_more_tokens_than_its_bound(tmp_path: Path) -> None:
    from core.training.tokenizing import load_tokenizer

    workspace = make_workspace(tmp_path / "ws")
    parts = read_parts(workspace, SPLIT)
    renderer, _ = load_tokenizer(recipe())
    bound = bounded_sizes(parts.train, parts.validation)

    def tokens(example: Example) -> int:
        turns = [message.raw for message in example.messages]
        return len(renderer.encode(renderer.render(turns, None, opening=False))[0])

    counts = [tokens(example) for example in parts.train]
    assert all(count <= most for count, most in zip(counts, bound.train, strict=True))
    assert bound.longest >= max(counts)


# What earlier runs measured, and what a preflight of the same training says.


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = make_workspace(tmp_path_factory.mktemp("speed") / "ws")
    spec = train_spec(Path("embedded"), epochs=6, device="cpu")
    job = open_job(workspace, "train", spec, id="20260101-000000-a-0001")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.training.trainer.usable_cores", lambda: 1)
        patched.setattr("core.training.peak_memory.PeakMemory.resident", lambda _: RESIDENT)
        assert isinstance(run(job), Finished)
    return workspace


def asked_again(workspace: Workspace, **changes: Any) -> Recipe:
    spec = train_spec(Path("embedded"), **{"epochs": 6, "device": "cpu", **changes})
    return resolve_in(workspace, make_recipe(spec["recipe"], where="test"), MACHINE).recipe


def test_the_formula_before_a_launch_is_that_of_the_preflight(
    ran: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tried,) = [
        one
        for one in EventReader(ran.run("20260101-000000-a-0001").events).read().events
        if isinstance(one, PreflightDone)
    ]
    # What the process holds before the model is there differs from run to run; all else is said.
    monkeypatch.setattr("core.training.estimate._RESIDENT", RESIDENT)
    found = replace(draft_from_split(ran, SPLIT, MACHINE), said=asked_again(ran)).estimate()
    assert found.memory is not None
    assert found.counted, "the run had counted them"
    # The ledger counts a row's last token, which the training never computes: of two batches that
    # are nearly as heavy, the two may name different ones.
    assert found.memory.predicted == pytest.approx(tried.predicted_bytes, rel=1e-2)


def test_a_run_of_the_same_kind_lends_its_speed(ran: Workspace) -> None:
    logged = events(ran.run("20260101-000000-a-0001"))
    (ready,) = [one for one in logged if isinstance(one, DataReady)]
    (plan,) = [one for one in logged if isinstance(one, Planned)]
    steps = [one.seconds for one in logged if isinstance(one, StepLogged)]
    found = measured_speed(ran, asked_again(ran), "cpu")
    assert found is not None
    assert found.range == SAME
    a_step = ready.tokens * 6 / plan.total_steps
    assert a_step / max(steps) <= found.tokens_s <= a_step / min(steps)
    assert measured_speed(ran, asked_again(ran), "cuda:0") is None


def test_another_method_is_scaled_by_its_work(ran: Workspace) -> None:
    same = measured_speed(ran, asked_again(ran), "cpu")
    full = measured_speed(ran, asked_again(ran, method={"kind": "full"}), "cpu")
    assert same is not None
    assert full is not None
    assert full.range == SCALED
    assert full.tokens_s == pytest.approx(same.tokens_s * 4 / 6)
    again = asked_again(ran)
    nowhere = again.model.model_copy(update={"base": "/nowhere"})
    assert measured_speed(ran, again.model_copy(update={"model": nowhere}), "cpu") is None


def test_tokens_that_a_run_counted_are_known_to_the_next_draft(ran: Workspace) -> None:
    draft = draft_from_split(ran, SPLIT, MACHINE)
    assert draft.facts.sizes is not None
    assert draft.facts.sizes.counted
    assert draft.resolved.recipe.data is not None
    assert draft.resolved.recipe.data.max_tokens == 64
    fresh = draft.changed("model.template", "plain").looked_up(ran, MACHINE)
    assert fresh.facts.sizes is not None
    assert not fresh.facts.sizes.counted
    assert fresh.facts.longest is None


# The device.


def test_auto_is_the_first_gpu_that_the_driver_shows() -> None:
    assert expected_device("auto", ()) == "cpu"
    assert expected_device("auto", (GPU,)) == "cuda:0"
    assert expected_device("cuda", ()) == "cuda:0"
    assert expected_device("cpu", (GPU,)) == "cpu"


def test_the_device_is_chosen_with_its_reason(ran: Workspace) -> None:
    here = draft_from_split(ran, SPLIT, replace(MACHINE, gpus=(GPU,)))
    assert here.resolved.recipe.device == "cuda:0"
    (why,) = [one.reason for one in here.resolved.chosen if one.field == "device"]
    assert "NVIDIA H100" in why
    found = here.estimate()
    assert found.device == "cuda:0"
    assert found.free == 78 * GIB - 600 * 2**20
    assert found.memory is not None
    assert found.memory.load.half
    said = here.changed("device", "cpu").looked_up(ran, replace(MACHINE, gpus=(GPU,)))
    assert said.estimate().device == "cpu"


def test_without_a_gpu_the_worker_decides(ran: Workspace) -> None:
    assert resolve(recipe(), facts()).recipe.device == "auto"
    assert draft_from_split(ran, SPLIT, MACHINE).estimate().device == "cpu"


def test_a_model_of_the_hub_is_known_once_it_was_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    revision = "a" * 40
    assert shape_of_base("some/model", revision) is None
    folder = tmp_path / "models--some--model" / "snapshots" / revision
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(LLAMA))
    assert shape_of_base("some/model", revision) == read_shape(folder) == shape_of(LLAMA)
