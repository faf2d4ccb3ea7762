"""What a person can ask of a hosted run, and what becomes of the answer."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.contenders.contender import Conversation
from core.contenders.endpoint import choose_endpoints
from core.contenders.openai_compatible import OpenAICompatible
from core.events.schema import AlertRaised, ControlAnswered, PhaseEntered
from core.hosted.failures import Rejected
from core.hosted.tuned import contender_name
from core.jobs.context import Finished, Stopped
from core.jobs.control import request
from tests.hosted.conftest import RUN, Bench
from tests.hosted.fake_jobs import Plan
from tests.hosted.fake_line import Fault
from tests.hosted.fixed import KEY, opened, state_of
from tests.support.jobs import read_events


def asking(bench: Bench, *asked: tuple[int, str]) -> Callable[[], None]:
    """Return what leaves requests, each once the job was looked at so often."""
    waiting = list(asked)

    def look() -> None:
        while waiting and bench.service.calls["jobs.retrieve"] >= waiting[0][0]:
            looks, verb = waiting.pop(0)
            now = datetime(2026, 11, 20, tzinfo=UTC)
            request(bench.folder, verb, by="ana", host="gpu3", now=now, token=f"t{looks}")  # type: ignore[arg-type]

    return look


def answers(bench: Bench) -> list[ControlAnswered]:
    return [one for one in read_events(bench.folder.events) if isinstance(one, ControlAnswered)]


def test_stop_cancels_the_job_and_says_that_steps_are_paid(bench: Bench) -> None:
    bench.world.each = asking(bench, (3, "stop"))
    outcome = bench.run()
    assert isinstance(outcome, Stopped)
    assert "cancelled" in outcome.reason
    (answer,) = answers(bench)
    assert answer.accepted
    assert "paid" in answer.effect
    assert bench.service.jobs["ftjob-0001"].stopped_at is not None


def test_a_stop_that_does_not_arrive_is_sent_until_it_does(bench: Bench) -> None:
    bench.service.plan = Plan(steps=100)
    bench.service.faults = [Fault(endpoint="jobs.cancel", nth=nth) for nth in range(1, 5)]
    bench.world.each = asking(bench, (2, "stop"))
    assert isinstance(bench.run(), Stopped)
    assert bench.service.calls["jobs.cancel"] == 5


def test_a_stop_that_is_refused_leaves_the_run_as_it_is(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint="jobs.cancel", status=422)]
    bench.world.each = asking(bench, (2, "stop"))
    assert isinstance(bench.run(), Finished)


def test_pause_and_resume_are_the_services_own(bench: Bench) -> None:
    bench.world.each = asking(bench, (3, "pause"), (6, "resume"))
    assert isinstance(bench.run(), Finished)
    assert [one.accepted for one in answers(bench)] == [True, True]
    phases = [one.name for one in read_events(bench.folder.events) if isinstance(one, PhaseEntered)]
    assert "paused" in phases
    assert phases.index("paused") < len(phases) - 1 - phases[::-1].index("training")
    assert state_of(bench.folder).lifecycle == "running", "a pause is no end"


def test_a_service_that_knows_no_pause_says_so_and_goes_on(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint="jobs.pause", status=404)]
    bench.world.each = asking(bench, (3, "pause"))
    assert isinstance(bench.run(), Finished)
    (answer,) = answers(bench)
    assert not answer.accepted
    assert "does not pause" in answer.effect


def test_a_checkpoint_on_request_is_refused_in_words(bench: Bench) -> None:
    bench.world.each = asking(bench, (3, "checkpoint"))
    assert isinstance(bench.run(), Finished)
    (answer,) = answers(bench)
    assert not answer.accepted
    assert "decides by itself" in answer.effect


def test_a_signal_ends_the_watching_and_never_the_job(bench: Bench) -> None:
    from core.hosted.job import train
    from tests.hosted.fixed import VARIABLE

    with opened(bench.workspace, bench.spec()) as job:
        bench.world.each = lambda: (
            job.stop_by_signal("SIGTERM") if bench.service.calls["jobs.retrieve"] >= 3 else None
        )
        outcome = train(job, bench.world.world, {VARIABLE: KEY}, silence=lambda _: None)
    assert isinstance(outcome, Stopped)
    assert "goes on" in outcome.reason
    assert bench.service.jobs["ftjob-0001"].stopped_at is None
    bench.world.each = lambda: None
    assert isinstance(bench.run(), Finished)
    assert bench.service.billed == 1


def test_a_stop_before_there_is_a_job_sends_none(bench: Bench) -> None:
    with opened(bench.workspace, bench.spec()) as job:
        now = datetime(2026, 11, 20, tzinfo=UTC)
        request(job.folder, "stop", by="ana", host="gpu3", now=now, token="t1")
        from core.hosted.job import train
        from tests.hosted.fixed import VARIABLE

        outcome = train(job, bench.world.world, {VARIABLE: KEY}, silence=lambda _: None)
    assert isinstance(outcome, Stopped)
    assert "nothing is paid for" in outcome.reason
    assert bench.service.billed == 0


def test_the_model_is_a_contender_at_once(bench: Bench) -> None:
    bench.run()
    name = contender_name(RUN)
    assert name == "shop-0001"
    spec = choose_endpoints(bench.workspace, [name])[name]
    contender = OpenAICompatible(name, spec, KEY)
    asked = Conversation(messages=({"role": "user", "content": "where is it"},), tools=None)
    (answer,) = contender.answer([asked])
    assert answer.text == "WHERE IS IT"
    assert contender.identity["model"].startswith("ft:")


def test_a_complaint_about_a_line_names_our_row(bench: Bench) -> None:
    words = "The job failed due to an invalid training file. Line 4, Example 4 has no role"
    bench.service.plan = Plan(fault=("invalid_training_file", words, "training_file"))
    with pytest.raises(Rejected) as refused:
        bench.run()
    assert refused.value.part == "train"
    assert refused.value.rows == (4,)
    assert "train row 4" in refused.value.why


def test_files_are_deleted_where_that_was_asked_for(bench: Bench) -> None:
    bench.run(keep_files=False)
    assert not bench.service.files
    assert bench.service.uploads == 2


def test_a_model_near_its_end_and_an_unknown_price_are_said(bench: Bench) -> None:
    bench.run(model_ends="2026-12-24")
    rules = {one.rule for one in read_events(bench.folder.events) if isinstance(one, AlertRaised)}
    assert {"shutdown_near", "price_unknown"} <= rules


def test_what_was_billed_stands_beside_what_was_said(bench: Bench) -> None:
    price = {
        "tokens": 7000,
        "low": "0.02",
        "high": "0.02",
        "per_million": "3.00",
        "basis": "price_file",
    }
    bench.run(price=price)
    state = state_of(bench.folder)
    assert state.estimate is not None
    assert state.billed is not None
    assert (state.estimate.low, state.billed.tokens, state.billed.low) == ("0.02", 6000, "0.02")
