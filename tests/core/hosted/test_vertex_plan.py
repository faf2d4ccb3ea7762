"""A plan for Vertex AI says where the rows go and who signs in, before anything leaves."""

from datetime import date
from typing import Any

import pytest

from core.errors import MachineError, RecipeError
from core.extras import install_command, require_extra
from core.hosted.draft import HostedDraft
from core.hosted.plan import HostedPlan, Wish, make_plan
from core.jobs.environment import worker_environment
from core.workspace import Workspace
from tui.hosted_lines import command_of, plan_lines
from tui.widgets.page import Hanging

TODAY = date(2026, 11, 20)
GIVEN = {
    "provider": "vertex",
    "model": "gemini-3.5-flash",
    "split": "tickets",
    "project": "acme-tuning",
    "region": "europe-west4",
    "bucket": "gs://acme-rows",
}


def plan(workspace: Workspace, **wish: Any) -> HostedPlan:
    return make_plan(workspace, Wish(**(GIVEN | wish)), today=TODAY, environment={})


def test_a_plan_names_region_bucket_and_who_signs_in(hosted_workspace: Workspace) -> None:
    made = plan(hosted_workspace)
    assert made.spec.origin == "https://europe-west4-aiplatform.googleapis.com"
    assert made.spec.hyperparameters == {"epoch_count": 3}
    assert b'"contents"' in made.leaving.files[0].content
    lines = [one.text if isinstance(one, Hanging) else one for one in plan_lines(made, TODAY)]
    said = "\n".join(line.plain for line in lines)
    assert "gs://acme-rows" in said
    assert "Google's own sign-in of this machine" in said
    assert made.estimate.low is None
    assert made.eligibility.answer == "unknown"


@pytest.mark.parametrize("name", ["project", "region", "bucket"])
def test_what_decides_who_pays_and_where_rows_go_is_never_assumed(
    hosted_workspace: Workspace, name: str
) -> None:
    with pytest.raises(RecipeError, match=f"needs the {name} to be named") as missing:
        plan(hosted_workspace, **{name: None})
    assert f"--{name}" in missing.value.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [("region", "evil.example/x"), ("bucket", "Not A Bucket"), ("bucket", "gs://acme?x=1")],
)
def test_a_place_that_leads_elsewhere_is_no_place(
    hosted_workspace: Workspace, name: str, value: str
) -> None:
    with pytest.raises(RecipeError, match=name):
        plan(hosted_workspace, **{name: value})


def test_without_the_client_nothing_is_started(
    hosted_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.extras._is_here", lambda name: not name.startswith("google"))
    made = plan(hosted_workspace)
    assert made.blockers[0].startswith("The client of Google Vertex AI is not installed")
    assert made.findings[0].remedy == f"`{install_command('vertex')}` adds it."
    with pytest.raises(MachineError, match=r"google\.auth, google\.genai missing"):
        require_extra("vertex", "Google Vertex AI")


def test_region_and_bucket_are_asked_for_only_where_they_are_needed() -> None:
    wish = Wish(**GIVEN)
    draft = HostedDraft(wish=wish)
    assert {"region", "bucket"} <= {line.name for line in draft.lines()}
    assert draft.changed("region", "us-central1").wish.region == "us-central1"
    other = HostedDraft(wish=Wish(provider="together", model="m", split="tickets"))
    assert not {"region", "bucket"} & {line.name for line in other.lines()}


def test_the_same_can_be_said_on_the_command_line() -> None:
    words = command_of(Wish(**GIVEN))
    assert words[words.index("--region") + 1] == "europe-west4"
    assert words[words.index("--bucket") + 1] == "gs://acme-rows"


def test_a_worker_gets_the_path_of_the_account_and_nothing_that_leads_elsewhere() -> None:
    given = {
        "GOOGLE_APPLICATION_CREDENTIALS": "/keys/account.json",
        "GOOGLE_GENAI_USE_VERTEXAI": "false",
        "GOOGLE_API_KEY": "AIza-planted",
        "HOME": "/home/ana",
    }
    needed = worker_environment(given, keys=["GOOGLE_APPLICATION_CREDENTIALS"])
    assert needed["GOOGLE_APPLICATION_CREDENTIALS"] == "/keys/account.json"
    assert not {"GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_API_KEY"} & needed.keys()
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in worker_environment(given)
