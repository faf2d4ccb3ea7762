from decimal import Decimal

import pytest

from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    CostKnown,
    Evaluated,
    MessageLogged,
    StepLogged,
)
from core.hosted.job_values import Item
from core.hosted.mapping import Before, Best, events_of, priced, said_by, stage_of
from core.hosted.spec import PriceSeen


@pytest.mark.parametrize(
    ("theirs", "stage", "phase"),
    [
        ("validating_files", "starting", "validating_files"),
        ("PROCESSING_DATASET", "starting", "validating_files"),
        ("queued", "queued", "waiting"),
        ("pending", "queued", "waiting"),
        ("WAITING_FOR_QUOTA", "queued", "waiting"),
        ("WAITING_FOR_CAPACITY", "queued", "waiting"),
        ("running", "running", "training"),
        ("JOB_STATE_RUNNING", "running", "training"),
        ("TUNING", "running", "training"),
        ("UPDATING", "running", "training"),
        ("compressing", "running", "post_processing"),
        ("uploading", "running", "post_processing"),
        ("POST_PROCESSING", "running", "post_processing"),
        ("paused", "running", "paused"),
        ("CANCELLING", "stopping", None),
        ("cancel_requested", "stopping", None),
        ("cancelled", "stopped", None),
        ("succeeded", "finished", None),
        ("completed", "finished", None),
        ("PARTIALLY_SUCCEEDED", "finished", None),
        ("failed", "failed", None),
        ("error", "failed", None),
        ("EXPIRED", "failed", None),
    ],
)
def test_their_state_is_ours(theirs: str, stage: str, phase: str | None) -> None:
    found = stage_of(theirs)
    assert (found.stage, found.phase, found.known) == (stage, phase, True)
    assert found.partly == (theirs == "PARTIALLY_SUCCEEDED")


def test_a_state_that_nobody_knows_is_live() -> None:
    found = stage_of("defragmenting")
    assert (found.stage, found.phase, found.known) == ("running", "unknown_state", False)


def metrics(step: int, at: float = 100.0, **figures: float) -> Item:
    return Item(id=f"m{step}", at=at, kind="metrics", step=step, figures=figures)


def test_a_metrics_item_is_a_step_and_two_series_of_looks() -> None:
    item = metrics(4, 130.0, loss=1.5, eval_loss=1.7, full_eval_loss=1.6)
    events = list(events_of(item, Before(step=2, at=110.0, best=Best(2, 1.8))))
    step, batch, full = events
    assert isinstance(step, StepLogged)
    assert (step.loss, step.seconds) == (1.5, 10.0)
    assert isinstance(batch, Evaluated)
    assert (batch.of_batch, batch.loss, batch.best) == (True, 1.7, False)
    assert isinstance(full, Evaluated)
    assert (full.of_batch, full.loss, full.best, full.best_step) == (False, 1.6, True, 4)
    assert len({said_by(one) for one in events}) == 3


def test_a_step_that_comes_late_is_a_line_and_moves_no_curve() -> None:
    (event,) = events_of(metrics(2, loss=1.5), Before(step=5))
    assert isinstance(event, MessageLogged)
    assert "step 2" in event.text


def test_a_loss_that_is_no_number_is_kept_as_none() -> None:
    (event,) = events_of(metrics(1, loss=float("nan")), Before())
    assert isinstance(event, StepLogged)
    assert event.loss is None


def test_a_checkpoint_has_a_name_and_no_size() -> None:
    item = Item(id="c1", kind="checkpoint", step=10, model="ft:m:ckpt-step-10")
    (event,) = events_of(item, Before())
    assert isinstance(event, CheckpointSaved)
    assert (event.path, event.bytes) == ("ft:m:ckpt-step-10", None)


@pytest.mark.parametrize("name", ["early_stopped", "billing_limit", "refund", "job_restarted"])
def test_what_a_person_should_see_is_an_alert_too(name: str) -> None:
    item = Item(id="x", kind="message", text="it happened", name=name)
    message, alert = events_of(item, Before(step=7))
    assert isinstance(message, MessageLogged)
    assert isinstance(alert, AlertRaised)
    assert (alert.rule, alert.step) == (name, 7)


def test_words_of_a_service_cannot_move_the_cursor() -> None:
    item = Item(id="x", kind="message", text="\x1b[2J[red]boo[/red]" + "a" * 10_000)
    (event,) = events_of(item, Before())
    assert isinstance(event, MessageLogged)
    assert "\x1b" not in event.text
    assert len(event.text) < 3000


def test_the_bill_uses_the_price_that_was_confirmed() -> None:
    billed = CostKnown(basis="billed", tokens=1_234_567)
    price = PriceSeen(per_million=Decimal("3.00"), source="the page", as_of="2026-05")
    assert priced(billed, price).low == "3.70"
    assert priced(billed, PriceSeen()).low is None
