"""Whatever happens on the line: every item of the service stands in the log once, in order."""

from collections import Counter
from pathlib import Path

import pytest

from core.events.run_state import RunState
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    Evaluated,
    MessageLogged,
    PhaseEntered,
    StepLogged,
)
from core.hosted.failures import Unavailable, Vanished
from core.hosted.mapping import said_by
from core.jobs.context import Finished, Stopped
from tests.hosted.conftest import Bench, a_bench
from tests.hosted.fake_jobs import Plan, metrics_of
from tests.hosted.fake_line import Fault, broken, edited, html
from tests.hosted.fixed import state_of
from tests.support.jobs import read_events

READS = ("jobs.retrieve", "jobs.events", "jobs.checkpoints", "files.content")


class Killed(BaseException):
    """The worker is no more."""


def facts(state: RunState) -> dict[str, object]:
    """Return what a screen says of a run, without the times and places of its lines."""
    return {
        "step": state.step,
        "loss": state.loss,
        "ema": state.ema,
        "total": state.total_steps,
        "best": (state.best_step, state.best_loss),
        "batch": state.batch_eval_loss,
        "evals": [(one.step, one.loss, one.best) for one in state.evals],
        "checkpoints": [(one.step, one.path) for one in state.checkpoints],
        "said": sorted(one.text for one in state.messages if said_by(one)),
        "billed": state.billed and state.billed.tokens,
    }


@pytest.fixture(scope="module")
def usual(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return what a run says that meets no fault."""
    with a_bench(prepared, tmp_path_factory.mktemp("usual")) as bench:
        bench.run()
        return facts(state_of(bench.folder))


SCHEDULES = {
    "nothing": [],
    "every third read is cut": [
        Fault(endpoint=one, nth=nth, kind="reset_after") for one in READS for nth in range(1, 40, 3)
    ],
    "500s": [Fault(endpoint=one, nth=nth) for one in READS for nth in (1, 2, 4, 5, 6)],
    "html and broken": [html(one, 2) for one in READS[:2]] + [broken(one, 3) for one in READS[:2]],
    "no fields": [Fault(endpoint=one, nth=2, kind="edit", edit=lambda _: {}) for one in READS[:2]],
    "wrong types": [
        Fault(endpoint=one, nth=3, kind="edit", edit=lambda body: {**body, "id": 7, "data": 3})
        for one in READS[:2]
    ],
    "told to wait": [
        Fault(endpoint=READS[0], nth=2, status=429, headers={"retry-after": "20"}),
        Fault(endpoint=READS[1], nth=4, status=429, headers={"retry-after": "400"}),
    ],
    "unknown fields": [edited(READS[0], None, surprise={"a": 1}, another=None)],
    "slow": [
        Fault(endpoint=READS[0], nth=3, kind="drip"),
        Fault(endpoint=READS[1], nth=2, kind="hang"),
    ],
}


_QUICK = {"every third read is cut", "wrong types", "told to wait"}
"""Those that stand for the others where there is no time for all."""


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(faults, id=name, marks=() if name in _QUICK else pytest.mark.slow)
        for name, faults in SCHEDULES.items()
    ],
)
def test_faults_on_the_way_change_nothing_that_a_screen_says(
    bench: Bench, usual: dict[str, object], faults: list[Fault]
) -> None:
    bench.service.faults = list(faults)
    bench.world.hurry = 10.0 if {"hang", "drip"} & {one.kind for one in faults} else 1.0
    assert isinstance(bench.run(), Finished)
    assert facts(state_of(bench.folder)) == usual


@pytest.mark.parametrize(
    ("order", "same_second"),
    [
        ("newest", False),
        ("shuffled", True),
        pytest.param("oldest", True, marks=pytest.mark.slow),
        pytest.param("newest", True, marks=pytest.mark.slow),
        pytest.param("oldest", False, marks=pytest.mark.slow),
        pytest.param("shuffled", False, marks=pytest.mark.slow),
    ],
)
def test_any_order_of_the_list_gives_the_same_run(
    bench: Bench, usual: dict[str, object], order: str, *, same_second: bool
) -> None:
    bench.service.order = order  # type: ignore[assignment]
    bench.service.same_second = same_second
    bench.service.duplicates = True
    bench.service.page_size = 3
    assert isinstance(bench.run(), Finished)
    assert facts(state_of(bench.folder)) == usual


@pytest.mark.parametrize(
    "died_at", [9, *(pytest.param(at, marks=pytest.mark.slow) for at in (3, 14, 20))]
)
def test_a_watcher_that_dies_between_any_two_lines_repeats_none(
    bench: Bench, usual: dict[str, object], died_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.jobs.context import JobContext

    emit, left = JobContext.emit, [died_at]

    def dying(job: JobContext, event: object) -> object:
        written = emit(job, event)  # type: ignore[type-var]
        left[0] -= said_by(written) != ""
        if left[0] == 0:
            left[0] = -1
            raise Killed
        return written

    monkeypatch.setattr(JobContext, "emit", dying)
    with pytest.raises(Killed):
        bench.run()
    assert isinstance(bench.run(), Finished)
    assert facts(state_of(bench.folder)) == usual
    ids = [said_by(one) for one in read_events(bench.folder.events) if said_by(one)]
    assert len(ids) == len(set(ids))
    assert bench.service.billed == 1


@pytest.mark.parametrize(
    "steps", [90, pytest.param(3000, marks=pytest.mark.slow)], ids=["300 items", "10,000 items"]
)
def test_many_items_stand_in_the_log_once_and_in_order(bench: Bench, steps: int) -> None:
    plan = Plan(steps=steps, step_seconds=0.01, checkpoint_every=steps // 2, chatter=4 * steps // 3)
    bench.service.plan = plan
    bench.service.duplicates = True
    bench.service.order = "shuffled"
    bench.service.faults = [
        Fault(endpoint="jobs.events", nth=nth, kind="reset_after") for nth in range(5, 900, 7)
    ]
    assert isinstance(bench.run(), Finished)
    events = read_events(bench.folder.events)
    ids = Counter(said_by(one) for one in events if said_by(one))
    told = [one.step for one in events if isinstance(one, StepLogged)]
    notes = [one for one in events if isinstance(one, MessageLogged) and "Note" in one.text]
    looks = [one.step for one in events if isinstance(one, Evaluated) and one.of_batch]
    assert set(ids.values()) == {1}
    assert len(ids) >= 10 * steps / 3
    assert told == looks == list(range(1, steps + 1))
    assert len(notes) == plan.chatter
    losses = [one.loss for one in events if isinstance(one, StepLogged)]
    assert losses == [metrics_of(plan, step)["train_loss"] for step in told]


def test_pages_without_end_are_said_once_and_nothing_is_lost(
    bench: Bench, usual: dict[str, object]
) -> None:
    bench.service.endless = True
    assert isinstance(bench.run(), Finished)
    assert facts(state_of(bench.folder)) == usual
    assert [one.rule for one in alerts(bench)].count("odd_answers") == 1


def alerts(bench: Bench) -> list[AlertRaised]:
    return [one for one in read_events(bench.folder.events) if isinstance(one, AlertRaised)]


def phases(bench: Bench) -> list[str]:
    found = [one.name for one in read_events(bench.folder.events) if isinstance(one, PhaseEntered)]
    return list(dict.fromkeys(found))


def test_the_phases_are_those_of_the_service(bench: Bench) -> None:
    bench.run()
    assert phases(bench) == [
        "checking_files",
        "uploading",
        "validating_files",
        "waiting",
        "training",
        "finishing",
    ]


def test_a_state_that_nobody_knows_is_live_and_said_once(bench: Bench) -> None:
    bench.service.plan = Plan(steps=6, checkpoint_every=3, status="defragmenting")
    assert isinstance(bench.run(), Finished)
    assert "unknown_state" in phases(bench)
    assert [one.rule for one in alerts(bench)].count("unknown_state") == 1


def test_a_service_that_is_away_is_waited_for(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint="jobs.retrieve", nth=nth) for nth in range(4, 40)]
    assert isinstance(bench.run(), Finished)
    said = [one for one in alerts(bench) if one.rule == "unreachable"]
    assert len(said) == 1
    assert "goes on" in said[0].message


def test_a_job_that_is_gone_is_believed_only_after_a_while(bench: Bench) -> None:
    def vanish() -> None:
        if bench.service.calls["jobs.retrieve"] >= 3:
            bench.service.vanish("ftjob-0001")

    bench.world.each = vanish
    with pytest.raises(Vanished, match="not at OpenAI any more"):
        bench.run()
    assert bench.service.calls["jobs.retrieve"] >= 6
    assert bench.service.calls["jobs.list"] >= 1


def test_a_404_that_passes_is_no_end(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint="jobs.retrieve", nth=nth, status=404) for nth in (2, 3)]
    assert isinstance(bench.run(), Finished)


def test_steps_that_no_event_told_come_from_the_result_file(bench: Bench) -> None:
    bench.service.plan = Plan(steps=6, checkpoint_every=3, skip=frozenset({2, 5, 6}))
    assert isinstance(bench.run(), Finished)
    events = read_events(bench.folder.events)
    assert [one.step for one in events if isinstance(one, StepLogged)] == [1, 3, 4, 5, 6]
    said = [one.text for one in events if isinstance(one, MessageLogged)]
    assert any("1 steps stand in result_files only, as 2" in text for text in said)


def test_a_result_file_that_cannot_be_read_is_kept_and_said(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint="files.content", kind="raw", body=b"\xff\x00rubbish")]
    assert isinstance(bench.run(), Finished)
    (kept,) = (bench.folder.path / "result_files").iterdir()
    assert kept.read_bytes() == b"\xff\x00rubbish"
    said = [one for one in read_events(bench.folder.events) if isinstance(one, MessageLogged)]
    assert any("cannot be read" in one.text for one in said)


def test_checkpoints_have_names_and_the_last_one_answers_after_a_stop(bench: Bench) -> None:
    from tests.hosted.fixed import ask

    asked: list[str] = []

    def saved() -> list[CheckpointSaved]:
        logged = read_events(bench.folder.events)
        return [one for one in logged if isinstance(one, CheckpointSaved)]

    def stop() -> None:
        if not asked and saved():
            asked.append("stop")
            ask(bench.folder, "stop")

    bench.service.plan = Plan(steps=300)
    bench.world.each = stop
    assert isinstance(bench.run(), Stopped)
    assert saved()
    assert "ckpt-step-" in bench.folder.endpoint.read_text()


def test_the_bill_that_cannot_be_fetched_ends_nothing(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint="files.content")]
    outcome = bench.run()
    assert isinstance(outcome, Finished)
    assert "ft:" in bench.folder.endpoint.read_text()


def test_a_wrong_clock_is_said_once(bench: Bench) -> None:
    bench.service.skew = 3 * 86_400
    assert isinstance(bench.run(), Finished)
    (said,) = [one for one in alerts(bench) if one.rule == "clock_skew"]
    assert "4,320 min" in said.message


def test_a_reply_from_elsewhere_is_not_followed(bench: Bench) -> None:
    moved = Fault(endpoint="files.list", status=302, headers={"location": "http://127.0.0.1:9/"})
    bench.service.faults = [moved]
    with pytest.raises(Unavailable, match="elsewhere"):
        bench.run()
