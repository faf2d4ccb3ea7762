"""However a submission fails, and the real client with it: one bill, or a person is asked."""

import pytest

from core.errors import JobError, TuningforkError
from core.hosted.failures import (
    Ambiguous,
    BadKey,
    NoQuota,
    NotEligible,
    Rejected,
    Throttled,
    Unavailable,
)
from core.hosted.submission import allow_again, needs_answer, read_ledger
from core.jobs.context import Finished
from tests.hosted.conftest import Bench
from tests.hosted.fake_line import Fault, broken, html
from tests.hosted.fixed import run_here

C = "jobs.create"
UNKNOWN = {
    "500 before": Fault(endpoint=C, nth=1),
    "502 after": Fault(endpoint=C, nth=1, status=502, done=True),
    "408 after": Fault(endpoint=C, nth=1, status=408, done=True),
    "409 before": Fault(endpoint=C, nth=1, status=409),
    "cut before": Fault(endpoint=C, nth=1, kind="reset_before"),
    "cut after": Fault(endpoint=C, nth=1, kind="reset_after"),
    "hang": Fault(endpoint=C, nth=1, kind="hang"),
    "drip": Fault(endpoint=C, nth=1, kind="drip"),
    "half a body": Fault(endpoint=C, nth=1, kind="cut"),
    "html": html(C, 1),
    "broken json": broken(C, 1),
    "no fields": Fault(endpoint=C, nth=1, kind="edit", edit=lambda _: {}),
    "a list": Fault(endpoint=C, nth=1, kind="edit", edit=lambda _: []),
    "null": Fault(endpoint=C, nth=1, kind="edit", edit=lambda _: None),
}
"""Replies after which nobody can know whether there is a job."""
_QUICK = {"502 after", "cut after", "hang", "html", "no fields"}
"""Those that stand for the others where there is no time for all."""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=name, marks=() if name in _QUICK else pytest.mark.slow)
        for name, fault in UNKNOWN.items()
    ],
)
def test_a_lost_reply_never_costs_twice(bench: Bench, fault: Fault) -> None:
    bench.service.faults = [fault]
    bench.world.hurry = 30.0 if fault.kind in {"hang", "drip"} else 1.0
    try:
        bench.run()
    except Ambiguous:
        assert bench.service.billed == 0
        assert needs_answer(bench.folder.path)
        with pytest.raises(Ambiguous):
            bench.run()
        assert bench.service.billed == 0
        allow_again(bench.folder.path, by="ana", host="here", at="now")
        assert isinstance(bench.run(), Finished)
    assert bench.service.billed == 1
    assert bench.service.uploads == 2
    assert bench.service.calls[C] <= 2


def test_a_job_that_is_listed_late_is_waited_for(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint=C, nth=1, kind="reset_after")]
    bench.service.hidden_for = 60.0
    bench.service.filters = False
    assert isinstance(bench.run(), Finished)
    assert bench.service.billed == 1
    assert bench.service.calls[C] == 1


def test_clocks_that_differ_by_days_hide_no_job(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint=C, nth=1, kind="reset_after")]
    bench.service.skew = -3 * 86_400
    assert isinstance(bench.run(), Finished)
    assert bench.service.billed == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_request_error", Rejected),
        (401, "invalid_api_key", BadKey),
        (403, "training_not_available", NotEligible),
        (404, "model_not_found", Rejected),
        (429, "rate_limit_exceeded", Throttled),
        (429, "insufficient_quota", NoQuota),
        (307, None, Unavailable),
    ],
)
def test_a_definite_refusal_is_no_job_and_no_question(
    bench: Bench, status: int, code: str | None, kind: type[TuningforkError]
) -> None:
    bench.service.faults = [Fault(endpoint=C, nth=1, status=status, code=code)]
    with pytest.raises(kind) as refused:
        bench.run()
    assert not isinstance(refused.value, Ambiguous)
    assert bench.service.billed == 0
    assert bench.service.calls[C] == 1, "a request that may cost is made once"
    ledger = read_ledger(bench.folder.path)
    assert ledger is not None
    assert ledger.step == "refused"
    assert isinstance(bench.run(), Finished)
    assert (bench.service.billed, bench.service.uploads) == (1, 2)


def test_a_server_that_is_not_there_was_asked_for_nothing(bench: Bench) -> None:
    spec = bench.spec()
    elsewhere = spec.model_copy(update={"base_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(Unavailable):
        run_here(bench.workspace, elsewhere, bench.world)
    assert not needs_answer(bench.folder.path)


def test_an_upload_that_breaks_is_sent_again_and_found(bench: Bench) -> None:
    bench.service.faults = [
        Fault(endpoint="files.create", nth=1, kind="reset_after"),
        Fault(endpoint="files.create", nth=2, kind="reset_before"),
        Fault(endpoint="files.create", nth=3, status=429, headers={"retry-after": "3"}),
    ]
    assert isinstance(bench.run(), Finished)
    assert (bench.service.billed, bench.service.uploads) == (1, 2)


def test_the_same_training_is_not_sent_by_another_run(bench: Bench) -> None:
    bench.run()
    with pytest.raises(JobError, match="sent before") as same:
        bench.run(id="20261120-130000-shop-0002")
    assert "again" in same.value.remedy
    assert bench.service.billed == 1
    bench.run(id="20261120-130000-shop-0003", again="the first one was lost")
    assert bench.service.billed == 2
    assert bench.service.uploads == 2, "files of the same bytes are used again"


def test_a_run_that_nobody_knows_of_yet_keeps_others_from_sending(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint=C, nth=1)]
    with pytest.raises(Ambiguous):
        bench.run()
    with pytest.raises(JobError, match="sent before") as same:
        bench.run(id="20261120-130000-shop-0002")
    assert "tuningfork resume" in same.value.remedy
    assert bench.service.billed == 0


def test_a_holdout_row_stops_before_the_first_byte_leaves(bench: Bench) -> None:
    spec = bench.spec()
    data = bench.workspace.data / "tickets"
    row = (data / "holdout.jsonl").read_text().splitlines()[0]
    with (data / "train.jsonl").open("a") as train:
        train.write(row + "\n")
    manifest = data / "manifest.json"
    manifest.unlink()
    with pytest.raises(TuningforkError, match="holdout"):
        run_here(bench.workspace, spec, bench.world)
    assert bench.service.requests == 0


def test_rows_that_changed_since_they_were_confirmed_do_not_leave(bench: Bench) -> None:
    spec = bench.spec()
    data = bench.workspace.data / "tickets"
    train = data / "train.jsonl"
    train.write_text("".join(train.read_text().splitlines(keepends=True)[1:]))
    (data / "manifest.json").unlink()
    with pytest.raises(TuningforkError, match="confirmed"):
        run_here(bench.workspace, spec, bench.world)
    assert bench.service.requests == 0
