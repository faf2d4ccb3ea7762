"""Every failure of a service becomes a sentence, a reason and a way on; none quotes the key."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from core.hosted import failures
from core.hosted.failures import HostedError
from core.hosted.job_values import Cursor, JobRef
from core.hosted.kinds import make_provider
from core.hosted.provider import Access, Provider, World
from core.hosted.silence import Silence
from core.hosted.spec import HostedSpec
from core.workspace import Workspace
from tests.hosted.fake_line import Fault, html
from tests.hosted.fake_openai import FakeOpenAI
from tests.hosted.fixed import KEY, spec_for
from tests.support.hosted_split import split_of

SUBMISSION = "a" * 32
Call = Callable[[Provider, HostedSpec], object]


def create(provider: Provider, spec: HostedSpec) -> object:
    return provider.create(spec, {"train": "file-0001"}, SUBMISSION)


def poll(provider: Provider, _: HostedSpec) -> object:
    return provider.poll(JobRef(id="ftjob-0001"), Cursor())


class Row(NamedTuple):
    """What is seen, and what is made of it."""

    fault: Fault
    call: Call
    kind: type[HostedError]
    says: str
    remedy: str
    exit_code: int


ROWS = {
    "401": Row(
        Fault(endpoint="jobs.create", status=401, code="invalid_api_key", echo=True),
        create,
        failures.BadKey,
        "does not take the key. The key is sk-...cdef from FAKE_TUNING_KEY.",
        "Set a key that works, then resume",
        2,
    ),
    "403 on create": Row(
        Fault(endpoint="jobs.create", status=403, code="not_eligible", message="winding down"),
        create,
        failures.NotEligible,
        "does not let this account start the job; nothing is billed. It answered 403,"
        " not_eligible: winding down.",
        "trains on this machine or at another service",
        1,
    ),
    "403 elsewhere": Row(
        Fault(endpoint="jobs.retrieve", status=403),
        poll,
        failures.BadKey,
        "The key may not",
        "Give its project or role the right",
        2,
    ),
    "404 while polling": Row(
        Fault(endpoint="jobs.retrieve", status=404),
        poll,
        failures.Vanished,
        "knows nothing of what was asked for",
        "Check the address, and that key and organisation",
        3,
    ),
    "429 rate": Row(
        Fault(endpoint="jobs.retrieve", status=429, headers={"retry-after": "7"}),
        poll,
        failures.Throttled,
        "wants fewer requests",
        "asked again later",
        3,
    ),
    "429 no money": Row(
        Fault(endpoint="jobs.create", status=429, code="insufficient_quota"),
        create,
        failures.NoQuota,
        "has nothing left",
        "Add money or raise the limit",
        1,
    ),
    "500 on create": Row(
        Fault(endpoint="jobs.create", status=500),
        create,
        failures.Ambiguous,
        "Nobody knows whether",
        "looked for before anything is sent again",
        3,
    ),
    "500 while polling": Row(
        Fault(endpoint="jobs.retrieve", status=502),
        poll,
        failures.Unavailable,
        "It answered 502",
        "Check the network, the address, and a proxy",
        3,
    ),
    "a captive portal": Row(
        html("jobs.list"),
        lambda provider, _: provider.find(SUBMISSION, 0.0),
        failures.Unavailable,
        "Its reply is none of the service's.",
        "Check the network, the address, and a proxy",
        3,
    ),
    "a redirect": Row(
        Fault(endpoint="jobs.retrieve", status=302, headers={"location": "http://127.0.0.1:9/"}),
        poll,
        failures.Unavailable,
        "a key goes only where it was meant to",
        "Check base_url, or sign in to the network",
        3,
    ),
    "refused": Row(
        Fault(endpoint="jobs.create", status=400, code="invalid_hyperparameters"),
        create,
        failures.Rejected,
        "refused what it was sent; nothing was started.",
        "Mend what it names",
        1,
    ),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return split_of(tmp_path_factory.mktemp("words"))


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with FakeOpenAI().serving() as fake:
        yield fake


def asked(spec: HostedSpec, call: Call) -> HostedError:
    access = Access(
        key=KEY,
        key_words="sk-...cdef from FAKE_TUNING_KEY",
        cover=Silence([KEY]),
        world=World(sleep=lambda _: None),
    )
    provider = make_provider(spec, access)
    try:
        with pytest.raises(HostedError) as failed:
            call(provider, spec)
    finally:
        provider.close()
    return failed.value


@pytest.mark.parametrize("name", ROWS)
def test_every_failure_has_its_words(
    rows: Workspace, tmp_path: Path, service: FakeOpenAI, name: str
) -> None:
    row = ROWS[name]
    service.faults.append(row.fault)
    error = asked(spec_for(rows, tmp_path, service.url), row.call)
    assert type(error) is row.kind
    assert row.says in f"{error.what} {error.why}"
    assert row.remedy in error.remedy
    assert error.exit_code == row.exit_code
    assert KEY not in str(error)
    assert KEY[5:17] not in str(error)


def test_nobody_at_the_address_is_told_with_what_to_check(rows: Workspace, tmp_path: Path) -> None:
    error = asked(spec_for(rows, tmp_path, "http://127.0.0.1:9/v1"), poll)
    assert isinstance(error, failures.Unavailable)
    assert "at http://127.0.0.1:9" in error.what
    assert "the address, and a proxy if one is set" in error.remedy


def test_a_path_that_leads_nowhere_is_told_with_the_address(
    rows: Workspace, tmp_path: Path, service: FakeOpenAI
) -> None:
    url = service.url.removesuffix("/v1") + "/wrong"
    error = asked(spec_for(rows, tmp_path, url), poll)
    assert isinstance(error, failures.Vanished)
    assert error.remedy.startswith("Check the address")
    assert service.billed == 0


def test_a_server_on_this_machine_is_asked_past_a_proxy(
    rows: Workspace, tmp_path: Path, service: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    error = asked(spec_for(rows, tmp_path, service.url), poll)
    assert isinstance(error, failures.Vanished)
    assert service.requests > 0
