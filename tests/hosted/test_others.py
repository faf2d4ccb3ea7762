"""The other services: a whole run, one bill whatever is lost, and failures in our words."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from core.errors import TuningforkError
from core.events.schema import AlertRaised, MessageLogged
from core.hosted import failures
from core.hosted.job_values import JobRef
from core.hosted.kinds import kind_of, make_provider
from core.hosted.mapping import stage_of
from core.hosted.provider import Access, World
from core.hosted.silence import Silence
from core.hosted.spec import HostedSpec, PriceSeen
from core.jobs.context import Finished, Outcome
from core.workspace import Workspace, open_workspace
from tests.hosted.fake_line import Fault, edited, html
from tests.hosted.fake_others import STEPS, FakeFireworks, FakeService, FakeTogether
from tests.hosted.fixed import KEY, VirtualWorld, run_here, spec_for, state_of
from tests.support.jobs import read_events

RUN = "20261120-120000-shop-0001"
MODELS = {
    "together": "Qwen/Qwen3-8B",
    "fireworks": "accounts/fireworks/models/llama-v3p1-8b-instruct",
    "vertex": "gemini-3.5-flash-lite",
}
CREATE = {
    "together": "jobs.fine-tunes",
    "fireworks": "jobs.supervisedFineTuningJobs",
    "vertex": "jobs.create",
}


class Bench:
    """A workspace, one of the services, and time that is moved by waiting."""

    def __init__(self, name: str, workspace: Workspace, service: FakeService, root: Path) -> None:
        self.name = name
        self.workspace = workspace
        self.service = service
        self.world = VirtualWorld(service, hurry=20.0)  # type: ignore[arg-type]
        self.root = root

    def spec(self, **changes: Any) -> HostedSpec:
        given: dict[str, Any] = {
            "provider": self.name,
            "model": MODELS[self.name],
            "organization": "acme",
            "hyperparameters": {kind_of(self.name).epochs: 2},
        }
        if self.name == "vertex":
            given |= {"project": "acme-tuning", "region": "europe-west4", "bucket": "acme-rows"}
        return spec_for(
            self.workspace, self.root / "scratch", self.service.url, **{**given, **changes}
        )

    def run(self) -> Outcome:
        return run_here(self.workspace, self.spec(), self.world, id=RUN)

    def provider(self) -> Any:
        access = Access(
            key=KEY,
            key_words="sk-...cdef from FAKE_TUNING_KEY",
            cover=Silence([KEY]),
            world=World(sleep=lambda _: None),
        )
        return make_provider(self.spec(), access)


def service_of(name: str) -> FakeService:
    if name == "vertex":
        pytest.importorskip("google.genai", reason="the client of Vertex AI is not installed")
        from tests.hosted.fake_vertex import FakeVertex

        return FakeVertex()
    return FakeTogether() if name == "together" else FakeFireworks()


@contextmanager
def a_bench(name: str, prepared: Path, root: Path) -> Iterator[Bench]:
    shutil.copytree(prepared, root / "ws")
    service = service_of(name)
    with service.serving():
        yield Bench(name, open_workspace(root / "ws"), service, root)


@pytest.fixture(params=["together", "fireworks", "vertex"])
def other(request: pytest.FixtureRequest, prepared: Path, tmp_path: Path) -> Iterator[Bench]:
    with a_bench(request.param, prepared, tmp_path) as bench:
        yield bench


def test_a_whole_run_ends_with_a_model_and_every_row_sent_once(other: Bench) -> None:
    outcome = other.run()
    assert isinstance(outcome, Finished), outcome
    assert other.service.billed == 1
    state = state_of(other.workspace.run(RUN))
    assert state.hosted is not None
    (job,) = other.service.jobs.values()
    sent = sorted(content.count(b"\n") for _, content in other.service.files.values())
    assert sent == [4, 30]
    assert job["model" if other.name == "together" else "baseModel"] == MODELS[other.name]
    for headers in other.service.headers:
        assert headers["authorization"] == f"Bearer {KEY}"
    written = other.workspace.run(RUN).events.read_text()
    assert KEY not in written


def test_together_gives_a_curve_and_a_bill(prepared: Path, tmp_path: Path) -> None:
    with a_bench("together", prepared, tmp_path) as bench:
        bench.run()
        state = state_of(bench.workspace.run(RUN))
    assert (state.step, state.loss) == (STEPS, pytest.approx(2.0 / STEPS))
    assert (state.best_step, state.best_loss) == (3, 0.9)
    assert state.billed is not None
    assert (state.billed.low, state.billed.currency, state.billed.tokens) == ("4.2", "USD", 12_345)


def test_fireworks_never_cuts_a_validation_part_out_of_ours(prepared: Path, tmp_path: Path) -> None:
    with a_bench("fireworks", prepared, tmp_path) as bench:
        bench.run()
        (job,) = bench.service.jobs.values()
    assert job["evalAutoCarveout"] is False
    assert job["evaluationDataset"].startswith("accounts/acme/datasets/tuningfork-")


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "status"])
def test_a_lost_reply_to_the_start_never_costs_twice(other: Bench, kind: Any) -> None:
    endpoint = CREATE[other.name]
    other.service.faults.append(Fault(endpoint=endpoint, nth=1, kind=kind, done=True))
    if kind == "reset_before":
        with pytest.raises(failures.Ambiguous):
            other.run()
        assert other.service.billed == 0
    else:
        other.run()
        assert other.service.billed == 1


def test_a_refusal_to_start_is_told_with_the_way_out(other: Bench) -> None:
    fault = Fault(endpoint=CREATE[other.name], nth=1, status=403, code="no", message="not you")
    other.service.faults.append(fault)
    with pytest.raises(failures.NotEligible) as refused:
        other.run()
    assert "nothing is billed" in refused.value.what
    assert "It answered 403, no: not you" in refused.value.why
    assert "on this machine or at another service" in refused.value.remedy
    assert other.service.billed == 0


def test_a_wrong_key_is_named_by_its_source_and_never_said(other: Bench) -> None:
    other.service.keys = {"another"}
    provider = other.provider()
    with pytest.raises(failures.BadKey) as refused:
        provider.poll(JobRef(id="x"), None)
    provider.close()
    assert "sk-...cdef from FAKE_TUNING_KEY" in refused.value.why
    assert KEY not in str(refused.value)


def test_a_page_in_place_of_an_answer_is_no_job(other: Bench) -> None:
    other.run()
    (job,) = other.service.jobs
    look = "jobs.get" if other.name == "vertex" else f"jobs.{job}"
    other.service.faults.append(html(look))
    provider = other.provider()
    with pytest.raises(failures.Unavailable, match="none of the service's"):
        provider.poll(JobRef(id=job), None)
    provider.close()


def test_a_job_that_is_given_up_says_why(other: Bench) -> None:
    other.service.fails = "rows are too long"
    with pytest.raises(failures.Rejected) as refused:
        other.run()
    assert "rows are too long" in refused.value.why


def test_pause_is_refused_in_words(other: Bench) -> None:
    provider = other.provider()
    with pytest.raises(failures.Unsupported, match="cannot pause a job"):
        provider.pause(JobRef(id="x"))
    provider.close()


@pytest.mark.parametrize(("confirmed", "starts"), [("4.19", False), ("4.20", True)])
def test_together_starts_nothing_that_costs_more_than_was_confirmed(
    prepared: Path, tmp_path: Path, confirmed: str, starts: bool
) -> None:
    with a_bench("together", prepared, tmp_path) as bench:
        price = PriceSeen(low=Decimal("1.00"), high=Decimal(confirmed), basis="price_file")
        spec = bench.spec(price=price)
        if starts:
            run_here(bench.workspace, spec, bench.world, id=RUN)
        else:
            with pytest.raises(failures.Rejected, match=r"asks \$4.20 .* \$4.19 was confirmed"):
                run_here(bench.workspace, spec, bench.world, id=RUN)
        assert bench.service.billed == int(starts)


def test_together_starts_nothing_that_the_account_may_not_spend(
    prepared: Path, tmp_path: Path
) -> None:
    with a_bench("together", prepared, tmp_path) as bench:
        bench.service.faults.append(edited("jobs.estimate-price", allowed_to_proceed=False))
        with pytest.raises(failures.NoQuota, match=r"may not spend the \$4.20"):
            bench.run()
        assert bench.service.billed == 0


def test_fireworks_wants_its_account_named(prepared: Path, tmp_path: Path) -> None:
    with a_bench("fireworks", prepared, tmp_path) as bench:
        access = Access(key=KEY, cover=Silence([KEY]))
        with pytest.raises(TuningforkError, match="needs the name of the account"):
            make_provider(bench.spec(organization=None), access)


def test_the_stand_in_of_together_fits_the_types_of_its_client(
    prepared: Path, tmp_path: Path
) -> None:
    types = pytest.importorskip("together.types", reason="the client of Together is not installed")
    with a_bench("together", prepared, tmp_path) as bench:
        bench.run()
        service = bench.service
        assert isinstance(service, FakeTogether)
        body = json.loads(json.dumps(service._job("ft-1")))
        types.FinetuneResponse.model_validate(body, strict=False)
        for event in service._events("ft-1"):
            types.FinetuneEvent.model_validate(event)
        types.FileResponse.model_validate(service._file("file-1"))
        statuses = get_args(types.FinetuneResponse.model_fields["status"].annotation)
        assert all(stage_of(one).known for one in statuses)


def test_what_happened_at_together_is_told_in_order(prepared: Path, tmp_path: Path) -> None:
    with a_bench("together", prepared, tmp_path) as bench:
        bench.run()
        events = read_events(bench.workspace.run(RUN).events)
    texts = [one.text for one in events if isinstance(one, MessageLogged)]
    said = [one for one in texts if one in {"Job is waiting", "Training began", "Job completed"}]
    assert said == ["Job is waiting", "Training began", "Job completed"]
    assert not [one for one in events if isinstance(one, AlertRaised) and one.level == "critical"]
