"""Vertex AI by Google's real client: one bill whatever is lost, and every failure in words."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.contenders.contender import Conversation, Unanswered
from core.contenders.endpoint import choose_endpoints
from core.contenders.openai_compatible import OpenAICompatible, Surroundings
from core.events.schema import AlertRaised, ControlAnswered, MessageLogged, Planned
from core.hosted import failures
from core.hosted.job_values import Cursor, JobRef
from core.hosted.submission import allow_again, needs_answer
from core.hosted.tuned import contender_name
from core.jobs.context import Finished, Stopped
from tests.hosted.fake_jobs import START
from tests.hosted.fake_line import Fault, broken, html
from tests.hosted.fixed import KEY, ask, state_of
from tests.support.jobs import read_events

pytest.importorskip("google.genai", reason="the client of Vertex AI is not installed")

from core.hosted import vertex, vertex_files
from core.hosted.vertex import Vertex
from tests.hosted.fake_vertex import PARENT, STEPS, TOKEN, FakeVertex
from tests.hosted.vertex_bench import RUN, Bench, a_bench, account_file, private_key

C = "jobs.create"
SOMEWHERE = JobRef(id=f"{PARENT}/tuningJobs/7")


@pytest.fixture
def bench(prepared: Path, tmp_path: Path) -> Iterator[Bench]:
    with a_bench(prepared, tmp_path) as made:
        yield made


@pytest.fixture
def signed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on a machine with a service account."""
    account = account_file(bench.root / "account.json", bench.service)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account))
    return bench


def rules(bench: Bench) -> set[str]:
    return {one.rule for one in read_events(bench.folder.events) if isinstance(one, AlertRaised)}


def texts(bench: Bench) -> list[str]:
    return [one.text for one in read_events(bench.folder.events) if isinstance(one, MessageLogged)]


# A whole run.


def test_a_service_account_signs_in_once_and_is_found_nowhere(signed: Bench) -> None:
    signed.service.faults = [
        Fault(endpoint="jobs.get", nth=2, status=500, message=f"no room for {TOKEN}"),
        Fault(endpoint="jobs.get", nth=4, status=403, message=f"no right for {TOKEN}"),
    ]
    outcome = signed.run(key=None)
    assert isinstance(outcome, Finished), outcome
    assert "endpoints/1001" in outcome.reason
    assert (signed.service.billed, signed.service.signs) == (1, 1)
    asked = [one for one in signed.service.headers if "authorization" in one]
    assert {one["authorization"] for one in asked} == {f"Bearer {TOKEN}"}
    secrets = [TOKEN, TOKEN[8:22], *private_key().splitlines()[1:-1]]
    for file in signed.workspace.root.rglob("*"):
        if file.is_file():
            content = file.read_text(errors="replace")
            assert not [one for one in secrets if one in content], file


def test_the_job_says_what_was_confirmed(bench: Bench) -> None:
    bench.run(hyperparameters={"epoch_count": 2, "adapter_size": 4}, suffix="shop")
    (job,) = bench.service.jobs.values()
    spec = job["supervisedTuningSpec"]
    assert job["baseModel"] == "gemini-3.5-flash-lite"
    assert job["tunedModelDisplayName"] == "shop"
    assert spec["hyperParameters"] == {"epochCount": 2, "adapterSize": "ADAPTER_SIZE_FOUR"}
    for name, field in (("train", "trainingDatasetUri"), ("validation", "validationDatasetUri")):
        object = spec[field].removeprefix("gs://acme-rows/")
        assert object.endswith(f"-{name}.jsonl")
        lines = bench.service.files[object][1].splitlines()
        assert all("contents" in json.loads(line) for line in lines)
    (label,) = job["labels"].values()
    assert label == json.loads((bench.folder.path / "submission.json").read_text())["submission"]


def test_what_the_job_gives_is_told_and_no_curve_is_made_up(bench: Bench) -> None:
    bench.run()
    state = state_of(bench.folder)
    assert state.step == 0
    planned = [one for one in read_events(bench.folder.events) if isinstance(one, Planned)]
    assert [one.total_steps for one in planned] == [STEPS]
    said = [one for one in texts(bench) if "billable" in one]
    assert said == [f"The service counts 30 rows, 12,345 billable tokens in them, {STEPS} steps."]
    assert state.billed is None, "tokens of the rows are no bill"
    log = bench.folder.events.read_text()
    for detail in ("processing dataset", "waiting for capacity", "tuning"):
        assert f'"{detail}"' in log
    assert log.count(f"{PARENT}/endpoints/10011") == 1


def test_a_file_of_figures_is_kept_and_not_guessed_at(bench: Bench) -> None:
    bench.service.metrics = b"\x00\x01figures"
    bench.run()
    assert (bench.folder.path / "result_files" / "figures.bin").read_bytes() == b"\x00\x01figures"
    assert any("figures.bin cannot be read" in one for one in texts(bench))


def asked_by(bench: Bench, **others: Any) -> OpenAICompatible:
    """Return the tuned model as a contender; waits take no time."""
    name = contender_name(RUN)
    spec = choose_endpoints(bench.workspace, [name])[name].model_copy(update=others)

    async def at_once(_: float) -> None:
        return None

    return OpenAICompatible(name, spec, None, Surroundings(sleep=at_once, draw=lambda: 0.5))


def test_the_model_answers_as_a_contender_with_the_same_sign_in(signed: Bench) -> None:
    signed.run(key=None)
    contender = asked_by(signed)
    signed.service.faults = [
        Fault(endpoint="generate", nth=1, status=429, headers={"retry-after": "1"}),
        Fault(endpoint="generate", nth=2, status=401),
    ]
    turns = ({"role": "system", "content": "be kind"}, {"role": "user", "content": "where is it"})
    asked = Conversation(messages=turns)
    with pytest.raises(Unanswered, match="the server refused a request without a key"):
        list(contender.answer([asked]))
    (answer,) = contender.answer([asked])
    assert (answer.text, answer.tokens, answer.stopped) == ("WHERE IS IT", 5, True)
    (sent,) = signed.service.asked
    assert sent["systemInstruction"] == {"parts": [{"text": "be kind"}]}
    assert sent["generationConfig"] == {"maxOutputTokens": 512, "temperature": 0.0}
    assert signed.service.headers[-1]["authorization"] == f"Bearer {TOKEN}"
    assert contender.spent.tokens_out == 5
    assert TOKEN not in signed.folder.endpoint.read_text()


def test_a_tuned_model_that_nobody_may_ask_says_what_to_do(
    signed: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed.run(key=None)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(signed.root / "none"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    asked = Conversation(messages=({"role": "user", "content": "where is it"},))
    with pytest.raises(Unanswered, match="gcloud auth application-default login"):
        list(asked_by(signed).answer([asked]))
    assert signed.service.asked == []


# Never pay twice.


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(html(C, 1), id="html"),
        pytest.param(Fault(endpoint=C, nth=1, kind="edit", edit=lambda _: {}), id="no fields"),
        pytest.param(Fault(endpoint=C, nth=1, kind="drip"), id="drip"),
        pytest.param(Fault(endpoint=C, nth=1, status=409, done=True), id="409 after"),
        pytest.param(Fault(endpoint=C, nth=1, status=503, done=True), id="503 after"),
        pytest.param(broken(C, 1), id="broken json", marks=pytest.mark.slow),
        pytest.param(Fault(endpoint=C, nth=1, kind="cut"), id="half", marks=pytest.mark.slow),
        pytest.param(Fault(endpoint=C, nth=1, kind="hang"), id="hang", marks=pytest.mark.slow),
        pytest.param(
            Fault(endpoint=C, nth=1, kind="edit", edit=lambda _: []),
            id="a list",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_reply_that_says_nothing_never_costs_twice(bench: Bench, fault: Fault) -> None:
    bench.service.faults = [fault]
    bench.world.hurry = 25.0 if fault.kind in {"drip", "hang"} else bench.world.hurry
    tries = 1
    try:
        bench.run()
    except failures.Ambiguous:
        assert bench.service.billed == 0
        allow_again(bench.folder.path, by="ana", host="here", at="now")
        bench.run()
        tries = 2
    assert (bench.service.billed, bench.service.calls[C]) == (1, tries)


class Killed(BaseException):
    """The worker is gone, in the middle of a line."""


def test_a_worker_that_dies_after_the_request_finds_its_job(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(self: Vertex, *given: Any) -> JobRef:
        real(self, *given)
        raise Killed

    real = Vertex.create
    monkeypatch.setattr(Vertex, "create", dies)
    with pytest.raises(Killed):
        bench.run()
    assert bench.service.billed == 1
    monkeypatch.undo()
    monkeypatch.setattr("core.jobs.context._POLL_SECONDS", 0.0)
    assert isinstance(bench.run(), Finished)
    assert (bench.service.billed, bench.service.calls[C]) == (1, 1)


def test_a_worker_that_dies_before_the_request_asks_a_person(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> JobRef:
        raise Killed

    monkeypatch.setattr(Vertex, "create", dies)
    with pytest.raises(Killed):
        bench.run()
    monkeypatch.undo()
    monkeypatch.setattr("core.jobs.context._POLL_SECONDS", 0.0)
    with pytest.raises(failures.Ambiguous):
        bench.run()
    assert needs_answer(bench.folder.path)
    assert bench.service.billed == 0
    allow_again(bench.folder.path, by="ana", host="here", at="now")
    assert isinstance(bench.run(), Finished)
    assert bench.service.billed == 1


def test_the_job_is_found_on_any_page_of_the_list(bench: Bench) -> None:
    for number in range(7):
        job = {"at": START, "labels": {"tuningfork-submission": f"{number:032x}"}}
        bench.service.jobs[f"{PARENT}/tuningJobs/{number}"] = job
    bench.service.page = 2
    provider = bench.provider()
    found = [provider.find(f"{number:032x}", 0.0) for number in (0, 6, 7)]
    provider.close()
    names = [[one.id.rpartition("/")[2] for one in some] for some in found]
    assert names == [["0"], ["6"], []]


def test_a_sign_in_that_fails_leaves_no_question(signed: Bench) -> None:
    signed.service.faults = [Fault(endpoint="token", status=400, code="invalid_grant")]
    with pytest.raises(failures.BadKey, match="Google does not take the credentials") as refused:
        signed.run(key=None)
    assert "gcloud auth application-default login" in refused.value.remedy
    assert not needs_answer(signed.folder.path)
    assert signed.service.calls[C] == 0


# Files.


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "status"])
def test_an_upload_that_breaks_goes_on_where_storage_has_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    monkeypatch.setattr(vertex_files, "_BLOCK", 1024)
    bench.service.faults = [
        Fault(endpoint="objects.put", nth=nth, kind=kind, status=503) for nth in (2, 3)
    ]
    bench.run()
    assert len(bench.service.sessions) == 2, "one for each file, begun once"
    for name, content in bench.service.files.values():
        assert content == bench.service.sessions[_session(bench.service, name)]["data"]
    assert sorted(content.count(b"\n") for _, content in bench.service.files.values()) == [4, 30]


def test_a_line_that_only_carries_questions_is_given_up(bench: Bench) -> None:
    bench.service.faults = [
        Fault(endpoint="objects.put", nth=nth, kind="reset_before") for nth in range(1, 200, 2)
    ]
    assert isinstance(bench.run(), Finished)
    assert bench.service.calls["objects.put"] < 50


def _session(service: FakeVertex, name: str) -> str:
    return next(id for id, one in service.sessions.items() if one["name"] == name)


def test_rows_that_lie_there_are_not_sent_again(bench: Bench) -> None:
    bench.run(bucket="gs://acme-rows/tuning")
    bench.run(id="20261120-130000-shop-0002", again="one more", bucket="acme-rows/tuning/")
    assert len(bench.service.sessions) == 2
    assert all(name.startswith("tuning/tuningfork-") for name in bench.service.files)


def test_rows_are_deleted_where_that_was_asked_for(bench: Bench) -> None:
    bench.run(keep_files=False)
    assert not bench.service.files


def test_a_bucket_that_is_not_there_is_named(bench: Bench) -> None:
    with pytest.raises(failures.Vanished) as missing:
        bench.run(bucket="another-bucket")
    assert "upload the train rows" in missing.value.why
    assert "The specified bucket does not exist" in missing.value.why
    assert bench.service.billed == 0


def test_a_token_goes_nowhere_else(bench: Bench) -> None:
    with FakeVertex().serving() as other:
        bench.service.elsewhere = other.url
        with pytest.raises(failures.Unavailable):
            bench.run()
        assert other.headers == []


# Requests of a person.


def once(bench: Bench, verb: str) -> Callable[[], None]:
    """Return what leaves a request after the second look at the job."""
    waiting = [verb]

    def look() -> None:
        if waiting and bench.service.calls["jobs.get"] >= 2:
            ask(bench.folder, waiting.pop())

    return look


def test_stop_cancels_the_job(bench: Bench) -> None:
    bench.service.faults = [Fault(endpoint="jobs.cancel", nth=1)]
    bench.world.each = once(bench, "stop")
    assert isinstance(bench.run(), Stopped)
    (job,) = bench.service.jobs
    assert bench.service.state(job) == "cancelled"


def test_a_job_that_has_ended_is_not_cancelled(bench: Bench) -> None:
    bench.run()
    provider = bench.provider()
    view = provider.cancel(JobRef(id=f"{PARENT}/tuningJobs/1001"))
    provider.close()
    assert view.stage == "finished"


def test_a_pause_is_refused_in_words_and_the_run_goes_on(bench: Bench) -> None:
    bench.world.each = once(bench, "pause")
    assert isinstance(bench.run(), Finished)
    (answer,) = (
        one for one in read_events(bench.folder.events) if isinstance(one, ControlAnswered)
    )
    assert not answer.accepted
    assert "Google Vertex AI cannot pause a job" in answer.effect


# What the service says.


def test_a_complaint_about_a_line_names_our_row(bench: Bench) -> None:
    bench.service.fails = (
        "Row 4 of gs://acme-rows/tuningfork-0-train.jsonl: contents must end with a model turn."
    )
    with pytest.raises(failures.Rejected) as refused:
        bench.run()
    assert (refused.value.part, refused.value.rows) == ("train", (4,))
    assert "train row 4" in refused.value.why


def test_rows_that_were_dropped_are_named(bench: Bench) -> None:
    bench.service.dropped = [(3, "Too many tokens."), (9, "Empty content.")]
    bench.run()
    (alert,) = (
        one
        for one in read_events(bench.folder.events)
        if isinstance(one, AlertRaised) and one.rule == "data_dropped"
    )
    assert "line 3 of train: Too many tokens." in alert.message


def test_a_state_that_nobody_knows_counts_as_running(bench: Bench) -> None:
    bench.service.word = "JOB_STATE_\x1b[2JDEFRAGMENTING"
    assert isinstance(bench.run(), Finished)
    assert "unknown_state" in rules(bench)
    assert "\x1b" not in bench.folder.events.read_text()


def test_a_clock_that_is_days_off_is_said(bench: Bench) -> None:
    bench.service.skew = 3 * 86_400.0
    bench.run()
    assert "clock_skew" in rules(bench)


def test_a_token_that_is_refused_is_fetched_anew(signed: Bench) -> None:
    signed.service.faults = [Fault(endpoint="jobs.get", nth=2, status=401)]
    assert isinstance(signed.run(key=None), Finished)
    assert signed.service.signs == 2


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (
            Fault(endpoint="jobs.get", status=401, code="UNAUTHENTICATED"),
            failures.BadKey,
            "sk-...cdef from FAKE_TUNING_KEY",
        ),
        (
            Fault(endpoint="jobs.get", status=403, code="PERMISSION_DENIED", message="no role"),
            failures.BadKey,
            "It answered 403, PERMISSION_DENIED: no role.",
        ),
        (
            Fault(endpoint="jobs.get", status=404, code="NOT_FOUND"),
            failures.Vanished,
            "It answered 404, NOT_FOUND",
        ),
        (
            Fault(endpoint="jobs.get", status=429, headers={"retry-after": "77"}),
            failures.Throttled,
            "It answered 429",
        ),
        (Fault(endpoint="jobs.get", status=503), failures.Unavailable, "It answered 503"),
        (
            Fault(endpoint="jobs.get", status=302, headers={"location": "/elsewhere"}),
            failures.Unavailable,
            "It answered 302",
        ),
        (
            Fault(endpoint="jobs.get", kind="reset_before"),
            failures.Unavailable,
            "The connection failed or was cut",
        ),
        (Fault(endpoint="jobs.get", kind="hang"), failures.Unavailable, "No whole reply"),
        (broken("jobs.get"), failures.Unavailable, "none of the service's"),
    ],
)
def test_each_failure_has_its_words(
    bench: Bench, fault: Fault, kind: type[failures.HostedError], says: str
) -> None:
    bench.service.faults = [fault]
    bench.service.jobs[SOMEWHERE.id] = {"at": START}
    provider = bench.provider(hurry=300.0 if fault.kind == "hang" else 5.0)
    with pytest.raises(kind) as failed:
        provider.poll(SOMEWHERE, Cursor())
    provider.close()
    assert says in failed.value.why
    assert failed.value.remedy
    assert KEY not in str(failed.value)
    if isinstance(failed.value, failures.Throttled):
        assert failed.value.wait == 77.0


def test_a_server_that_is_not_there_was_asked_for_nothing(bench: Bench) -> None:
    provider = bench.provider(base_url="http://127.0.0.1:9")
    with pytest.raises(failures.Unavailable, match="Could not look at the job") as away:
        provider.poll(SOMEWHERE, Cursor())
    files = {"train": "gs://acme-rows/x"}
    with pytest.raises(failures.Unavailable):
        provider.create(bench.spec(), files, "a" * 32)
    provider.close()
    assert "ConnectError" in away.value.why
    assert "a proxy if one is set" in away.value.remedy


def test_a_proxy_that_is_not_there_is_a_sentence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    provider = bench.provider(base_url="https://europe-west4-aiplatform.googleapis.com")
    with pytest.raises(failures.Unavailable, match="europe-west4") as away:
        provider.poll(SOMEWHERE, Cursor())
    provider.close()
    assert "a proxy if one is set" in away.value.remedy


def test_a_machine_without_credentials_is_told_how_to_get_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(bench.root / "none"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    provider = bench.provider(key=None)
    with pytest.raises(failures.BadKey, match="no credentials of Google") as missing:
        provider.poll(SOMEWHERE, Cursor())
    provider.close()
    assert "gcloud auth application-default login" in missing.value.remedy
    assert bench.service.headers == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"epoch_count": 2, "adapter_size": 3}, "adapter_size cannot be 3"),
        ({"epoch_count": True}, "epoch_count cannot be True"),
        ({"n_epochs": 2}, "n_epochs is no setting of this service"),
        ({"beta": 0.1}, "preference tuning only"),
    ],
)
def test_settings_that_would_be_refused_stop_before_anything_leaves(
    bench: Bench, settings: dict[str, Any], says: str
) -> None:
    with pytest.raises(failures.Rejected, match=says):
        bench.run(hyperparameters=settings)
    assert bench.service.headers == []


def test_what_is_relied_on_in_the_client_is_there() -> None:
    from google.genai import tunings, types

    from core.hosted.mapping import stage_of

    fields = {
        types.TuningJob: {
            *("name", "state", "create_time", "error", "labels", "tuned_model"),
            *("tuning_data_stats", "tuning_job_state", "gcs_metrics_uri", "sdk_http_response"),
        },
        types.TunedModel: {"model", "endpoint", "checkpoints"},
        types.TunedModelCheckpoint: {"checkpoint_id", "epoch", "step", "endpoint"},
        types.SupervisedTuningDataStats: {
            *("total_billable_token_count", "tuning_step_count", "tuning_dataset_example_count"),
            *("truncated_example_indices", "dropped_example_reasons"),
        },
        types.PreferenceOptimizationDataStats: {
            *("dropped_example_indices", "dropped_example_reasons", "tuning_step_count"),
        },
    }
    for model, names in fields.items():
        assert names <= model.model_fields.keys()
    settings = types.CreateTuningJobConfig.model_fields.keys()
    assert set(vertex.CAPABILITIES.hyperparameters) <= settings
    unknown = {one.value for one in types.JobState if not stage_of(one.value).known}
    assert unknown == {"JOB_STATE_UNSPECIFIED"}
    details = {one.value for one in types.TuningJobState if not stage_of(one.value).known}
    assert details == {"TUNING_JOB_STATE_UNSPECIFIED"}
    for call in ("tune", "get", "list", "cancel"):
        assert callable(getattr(tunings.AsyncTunings, call))
    assert not hasattr(tunings.AsyncTunings, "pause")
