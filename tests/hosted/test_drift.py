"""What we rely on in the client's types; an upgrade that changes it fails with the difference."""

import inspect
from typing import Any, Literal, get_args, get_origin

import openai
import pytest
from openai.types import FileObject, Model
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.fine_tuning_job import Error
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint
from openai.types.fine_tuning.jobs.fine_tuning_job_checkpoint import Metrics

from core.hosted.mapping import STAGES
from core.hosted.openai_rules import _TAKEN

FIELDS: dict[Any, set[str]] = {
    FineTuningJob: {
        "id",
        "created_at",
        "status",
        "fine_tuned_model",
        "estimated_finish",
        "trained_tokens",
        "error",
        "result_files",
        "metadata",
        "training_file",
        "validation_file",
    },
    Error: {"code", "message", "param"},
    FineTuningJobEvent: {"id", "created_at", "level", "message", "type", "data"},
    FineTuningJobCheckpoint: {
        "id",
        "created_at",
        "fine_tuned_model_checkpoint",
        "metrics",
        "step_number",
    },
    Metrics: {"step", "train_loss", "valid_loss", "full_valid_loss"},
    FileObject: {"id", "bytes", "filename", "status"},
    Model: {"id", "shutdown_date"},
}
"""The fields that are read."""
CALLS = {
    "files": {"create", "list", "retrieve", "delete", "content"},
    "fine_tuning.jobs": {"create", "list", "retrieve", "cancel", "pause", "resume", "list_events"},
    "fine_tuning.jobs.checkpoints": {"list"},
    "models": {"list"},
}
"""The calls that are made."""


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_the_fields_that_are_read_are_there(kind: Any) -> None:
    assert FIELDS[kind] <= set(kind.model_fields)


def test_the_calls_that_are_made_are_there() -> None:
    client = openai.OpenAI(api_key="none")
    for path, names in CALLS.items():
        there: Any = client
        for word in path.split("."):
            there = getattr(there, word)
        assert {name for name in names if callable(getattr(there, name, None))} == names, path


def test_every_status_of_the_type_is_one_of_ours() -> None:
    listed = set(get_args(FineTuningJob.model_fields["status"].annotation))
    assert listed == {"validating_files", "queued", "running", "succeeded", "failed", "cancelled"}
    assert listed <= set(STAGES)


def test_levels_and_types_of_events_are_those_we_know() -> None:
    fields = FineTuningJobEvent.model_fields
    assert set(get_args(fields["level"].annotation)) == {"info", "warn", "error"}
    inner = [one for one in get_args(fields["type"].annotation) if get_origin(one) is Literal]
    assert set(get_args(inner[0])) == {"message", "metrics"}


def test_a_job_takes_what_we_send() -> None:
    taken = set(inspect.signature(openai.OpenAI(api_key="none").fine_tuning.jobs.create).parameters)
    sent = {"model", "training_file", "validation_file", "seed", "suffix", "metadata", "method"}
    assert sent <= taken


@pytest.mark.parametrize("method", sorted(_TAKEN))
def test_the_settings_we_let_through_are_those_of_the_type(method: str) -> None:
    from openai.types import fine_tuning

    kind = getattr(fine_tuning, f"{method.title() if method != 'dpo' else 'Dpo'}Hyperparameters")
    assert set(_TAKEN[method]) == set(kind.model_fields)  # type: ignore[index]


def test_the_client_retries_nothing_that_costs_and_checks_no_shapes() -> None:
    """Both are why the line makes one try, and why every answer is checked by hand."""
    assert openai.DEFAULT_MAX_RETRIES == 2
    job = FineTuningJob.construct(status="paused")
    assert job.status == "paused"
    assert job.id is None
