import pytest

from core.events.alerts import Watch, look
from core.events.schema import AlertRaised, CheckpointSaved, Evaluated, Event, ResourceRead
from tests.support.logs import step


def found(events: list[Event]) -> list[AlertRaised]:
    watch = Watch()
    alerts: list[AlertRaised] = []
    for event in events:
        watch, new = look(watch, event)
        alerts += new
    return alerts


def calm(count: int, *, first: int = 1, loss: float = 1.0) -> list[Event]:
    return [step(first + n, loss + 0.01 * (n % 5)) for n in range(count)]


def evaluated(number: int, loss: float) -> Evaluated:
    return Evaluated(step=number, loss=loss, best=False, best_step=1, best_loss=0.1)


def test_a_calm_run_raises_nothing() -> None:
    assert found([*calm(300), evaluated(300, 1.0)]) == []


def test_a_loss_that_is_not_finite_is_said_once_an_episode() -> None:
    events = [*calm(5), step(6, None), step(7, None), *calm(3, first=8), step(11, None)]
    assert [(alert.rule, alert.step) for alert in found(events)] == [
        ("not_finite", 6),
        ("not_finite", 11),
    ]


def test_a_loss_that_stays_far_above_its_best_diverges() -> None:
    alerts = found([*calm(60), *calm(60, first=61, loss=4.0)])
    assert [alert.rule for alert in alerts if alert.level == "critical"] == ["divergence"]


def test_one_wild_step_is_a_spike_and_no_divergence() -> None:
    alerts = found([*calm(60), step(61, 30.0), *calm(60, first=62)])
    assert [(alert.rule, alert.step) for alert in alerts] == [("spike", 61)]


@pytest.mark.parametrize(("train", "rules"), [(0.5, ["overfit"]), (2.0, [])])
def test_validation_that_rises_while_training_falls_overfits(
    train: float, rules: list[str]
) -> None:
    events: list[Event] = [*calm(60), evaluated(60, 1.0), *calm(20, first=61, loss=train)]
    events += [evaluated(80, 1.1), *calm(20, first=81, loss=train), evaluated(100, 1.2)]
    said = [alert.rule for alert in found(events)]
    assert [rule for rule in said if rule == "overfit"] == rules


def test_a_disk_without_room_for_two_checkpoints_is_said_once() -> None:
    saved = CheckpointSaved(step=1, path="c", bytes=1_000_000_000, why="periodic")
    low = ResourceRead(rss=1, cpu=1.0, disk_free=1_900_000_000)
    fine = ResourceRead(rss=1, cpu=1.0, disk_free=2_100_000_000)
    assert found([low]) == []
    assert [alert.rule for alert in found([saved, fine, low, low, fine, low])] == ["disk_low"] * 2


def test_every_alert_says_what_to_do() -> None:
    events: list[Event] = [*calm(60), step(61, 30.0), step(62, None)]
    assert all(alert.action and alert.message for alert in found(events))
