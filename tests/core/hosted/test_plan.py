"""A plan says everything before a byte leaves, and what speaks against it keeps it here."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import RecipeError, TuningforkError, UsageError
from core.hosted.keys import KeyMissing
from core.hosted.plan import HostedPlan, Wish, make_plan, start_hosted
from core.hosted.submission import Ledger, write_ledger
from core.workspace import Workspace
from tests.support.hosted_split import split_of

TODAY = date(2026, 11, 20)
KEYED = {"OPENAI_API_KEY": "sk-proj-A1b2C3d4E5f6G7h8-wxyz"}
MODEL = "gpt-4o-2024-08-06"


def plan(
    workspace: Workspace,
    *,
    today: date = TODAY,
    environment: Mapping[str, str] = KEYED,
    **wish: Any,
) -> HostedPlan:
    asked = {"provider": "openai", "model": MODEL, "split": "tickets"} | wish
    return make_plan(workspace, Wish(**asked), today=today, environment=environment)


def start(workspace: Workspace, made: HostedPlan) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    start_hosted(workspace, made, now=now, token="t", environment={})


def test_a_plan_names_all_that_leaves_and_nothing_was_written(hosted_workspace: Workspace) -> None:
    before = sorted(hosted_workspace.root.rglob("*"))
    made = plan(hosted_workspace)
    assert sorted(hosted_workspace.root.rglob("*")) == before
    assert made.spec.origin == "https://api.openai.com"
    assert made.spec.hyperparameters == {"n_epochs": 3}
    assert made.spec.parts["train"].rows == len(made.leaving.files[0].examples)
    assert made.spec.parts["train"].bytes == len(made.leaving.files[0].content)
    assert made.spec.model_ends == date(2027, 1, 14)
    assert made.spec.price.low is not None
    assert made.blockers == ()
    assert KEYED["OPENAI_API_KEY"] not in repr(made) + made.spec.model_dump_json()


def test_epochs_left_to_the_service_are_not_sent(hosted_workspace: Workspace) -> None:
    made = plan(hosted_workspace, epochs=None)
    assert made.spec.hyperparameters == {}
    assert made.estimate.epochs == (1.0, 4.0)


def test_without_a_key_there_is_a_plan_and_no_start(hosted_workspace: Workspace) -> None:
    made = plan(hosted_workspace, environment={})
    assert made.key is None
    with pytest.raises(KeyMissing, match="There is no key for OpenAI"):
        start(hosted_workspace, made)


@pytest.mark.parametrize("today", [date(2027, 1, 6), date(2027, 1, 14), date(2027, 1, 15)])
def test_past_the_end_nothing_is_started_and_the_way_out_is_said(
    hosted_workspace: Workspace, today: date
) -> None:
    made = plan(hosted_workspace, today=today)
    with pytest.raises(RecipeError) as refused:
        start(hosted_workspace, made)
    assert "Nobody can start a job any more" in refused.value.what
    assert refused.value.why.startswith("Nothing was sent.")
    assert "Train here instead, or choose another service" in refused.value.remedy


def test_a_secret_in_a_row_blocks_unless_its_kind_is_allowed_by_name(tmp_path: Path) -> None:
    workspace = split_of(tmp_path, rows=20, secret="write to ana.lopez@example-shop.com")
    made = plan(workspace)
    assert any("email in train row" in one for one in made.blockers)
    assert not any("ana.lopez@" in one.message for one in made.findings)
    with pytest.raises(RecipeError, match="Not started: email"):
        start(workspace, made)
    assert plan(workspace, allow=("email",)).blockers == ()


def test_rules_of_the_service_name_the_rows_they_refuse(tmp_path: Path) -> None:
    few = plan(split_of(tmp_path / "few", rows=10))
    assert any("and 10 are the least" in one for one in few.blockers)
    marked = plan(split_of(tmp_path / "marked", rows=20, secret="<|endoftext|>"))
    assert any("the text holds <|endoftext|>" in one for one in marked.blockers)
    assert marked.findings[0].row is not None


def test_a_key_among_the_settings_is_refused(hosted_workspace: Workspace) -> None:
    key = KEYED["OPENAI_API_KEY"]
    with pytest.raises(RecipeError) as refused:
        plan(hosted_workspace, hyperparameters={"note": key})
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://example.com/v1", "plain http is for a server on this machine only"),
        ("ftp://example.com", "must begin with https://"),
        ("https://me:pw@example.com/v1", "no user, query or fragment"),
    ],
)
def test_an_address_that_is_not_safe_is_refused(
    hosted_workspace: Workspace, address: str, says: str
) -> None:
    with pytest.raises(TuningforkError) as refused:
        plan(hosted_workspace, base_url=address)
    assert says in str(refused.value)


def test_a_service_without_an_address_asks_for_one(hosted_workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="has no address of its own"):
        plan(hosted_workspace, provider="compatible")


def test_the_same_training_is_not_paid_twice_without_a_reason(tmp_path: Path) -> None:
    workspace = split_of(tmp_path)
    first = plan(workspace)
    folder = workspace.run("20261103-100000-tickets-1")
    folder.path.mkdir(parents=True)
    folder.record.write_text("{}")
    sent = Ledger(submission="a" * 32, fingerprint=first.spec.fingerprint, step="created", job="j")
    write_ledger(folder.path, sent)
    again = plan(workspace)
    assert again.earlier == folder.id
    with pytest.raises(RecipeError, match="sent the same training, which would be paid for twice"):
        start(workspace, again)
    assert plan(workspace, again="other seed of the provider").blockers == ()
    assert plan(workspace, epochs=2).earlier == ""
