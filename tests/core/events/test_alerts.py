from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events.alerts import Watch, look
from core.events.parts import GpuRead
from core.events.rules.samples import refuses
from core.events.run_state import RunState
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    DataReady,
    Evaluated,
    Event,
    KeysConsumed,
    KeyStage,
    PhaseEntered,
    Planned,
    ResourceRead,
    Resumed,
    SampleTaken,
    StepLogged,
)
from core.events.stall import stalled
from tests.support.logs import started, step
from tui.keymap import key_of


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


def test_where_nearly_all_is_learned_small_rises_are_neither_divergence_nor_spikes() -> None:
    learned = [step(n, 0.03 + 0.01 * (n % 4)) for n in range(1, 101)]
    rise = [step(n, 0.08 + 0.01 * (n % 4)) for n in range(101, 161)]
    assert rules([step(1, 3.0), *learned[1:], *rise, step(161, 0.45)]) == []
    assert rules([*learned, step(101, 0.9)]) == ["odd_start", "spike"]


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


def rules(events: list[Event]) -> list[str]:
    return [alert.rule for alert in found(events)]


@pytest.mark.parametrize(("loss", "odd"), [(14.0, True), (0.02, True), (3.0, False), (0.5, False)])
def test_a_first_loss_that_no_sound_start_has_is_odd(loss: float, odd: bool) -> None:
    assert rules([step(1, loss), step(2, loss)]) == ["odd_start"] * odd
    assert rules([step(2, loss)]) == []


@pytest.mark.parametrize(
    ("vocabulary", "loss", "said"),
    [
        (2_000, 9.0, "that is worse than guessing among 2,000 tokens"),
        (2_000, 8.0, ""),
        (150_000, 12.0, ""),
        (None, 9.0, ""),
        (None, 13.0, "that is worse than guessing"),
    ],
)
def test_a_first_loss_is_judged_by_guessing_among_the_tokens_there_are(
    vocabulary: int | None, loss: float, said: str
) -> None:
    ready = DataReady(
        rows=1, validation_rows=1, tokens=1, supervised=1, longest=1, vocabulary=vocabulary
    )
    alerts = found([ready, step(1, loss)])
    assert [alert.message for alert in alerts] == (
        [f"The first loss is {loss:g}: {said}."] * bool(said)
    )


def falling(count: int, start: float, end: float) -> list[Event]:
    return [step(n, start + (end - start) * n / count) for n in range(1, count + 1)]


@pytest.mark.parametrize(("end", "said"), [(2.0, ["no_learning"]), (1.0, [])])
def test_a_loss_where_it_began_after_a_fifth_of_the_steps_learns_nothing(
    end: float, said: list[str]
) -> None:
    plan = Planned(total_steps=200, epochs=1.0)
    assert rules([plan, *falling(60, 2.0, end)]) == said
    assert rules([plan, *falling(60, 2.0, end)[1:]]) == []  # its start was not seen


def test_a_loss_that_fell_and_then_stays_is_a_plateau_unless_the_end_is_near() -> None:
    plan = Planned(total_steps=400, epochs=1.0)
    fall = falling(100, 3.0, 1.0)
    flat = [step(n, 1.0) for n in range(101, 401)]
    alerts = found([plan, *fall, *flat])
    assert [(alert.rule, alert.level) for alert in alerts] == [("plateau", "info")]
    assert 200 < alerts[0].step <= 320
    assert rules([plan, *falling(400, 3.0, 1.0)]) == []
    assert rules([Planned(total_steps=130, epochs=1.0), *fall, *flat[:30]]) == []


@pytest.mark.parametrize(("second", "said"), [(1.9, ["gap"]), (1.6, [])])
def test_validation_far_above_training_and_moving_away_is_a_gap(
    second: float, said: list[str]
) -> None:
    events = [*calm(60), evaluated(60, 1.8), *calm(20, first=61), evaluated(80, second)]
    assert [rule for rule in rules(events) if rule == "gap"] == said


def grads(norms: list[float]) -> list[Event]:
    return [StepLogged(step=n, loss=1.0, grad_norm=norm) for n, norm in enumerate(norms, 1)]


def test_a_gradient_that_stays_zero_is_dead() -> None:
    assert rules(grads([0.4] * 5 + [0.0] * 9)) == ["dead_gradients"]
    assert rules(grads([0.0, 0.0, 0.0, 0.4] * 4)) == []


def paced(count: int, seconds: float, *, first: int = 1) -> list[Event]:
    return [step(first + n, 1.0, seconds=seconds) for n in range(count)]


def test_steps_that_became_far_slower_are_said_once_and_a_new_worker_is_judged_anew() -> None:
    assert rules([*paced(60, 0.1), *paced(60, 0.3, first=61)]) == ["slow"]
    assert rules([*paced(60, 0.1), *paced(60, 0.12, first=61)]) == []
    assert rules([*paced(60, 0.1), started(), *paced(60, 0.3, first=61)]) == []


def memory(used: int = 0, *, rss: int = 1_000_000, ram: int | None = None) -> ResourceRead:
    gpus = (GpuRead(index=0, used=used, total=100, busy=1.0),) if used else ()
    total = None if ram is None else 100
    return ResourceRead(
        rss=rss, cpu=1.0, disk_free=10**12, ram_used=ram, ram_total=total, gpus=gpus
    )


def test_memory_that_is_nearly_full_is_said_once_an_episode() -> None:
    assert rules([memory(96), memory(97), memory(80), memory(96)]) == ["memory_tight"] * 2
    assert rules([memory(94), memory(ram=90), memory()]) == []
    assert rules([memory(ram=99)]) == ["memory_tight"]


def test_memory_that_grows_and_grows_is_creeping() -> None:
    growing: list[Event] = [memory(rss=1_000_000 * (100 + n)) for n in range(40)]
    training = PhaseEntered(name="training")
    assert rules([training, *growing]) == ["memory_creep"]
    assert rules(growing) == []  # loading a model is no leak
    assert rules([training, *[memory(rss=100_000_000)] * 40]) == []


def look_at_samples(number: int, stopped: list[bool], text: str = "fine") -> list[Event]:
    return [
        *(
            SampleTaken(step=number, key=f"row {n}", text=text, stopped=one, reference="five5")
            for n, one in enumerate(stopped)
        ),
        PhaseEntered(name="training"),
    ]


def test_samples_that_run_into_the_limit_never_stop() -> None:
    assert rules(look_at_samples(20, [False, False, True])) == ["never_stops"]
    assert rules(look_at_samples(20, [False, True])) == []
    assert rules(look_at_samples(0, [False, False])) == []  # the base model may do so
    twice = [*look_at_samples(20, [False, False]), *look_at_samples(40, [False, False])]
    assert rules(twice) == ["never_stops"]


@pytest.mark.parametrize(
    ("text", "said"), [("x" * 40, ["length_drift"]), ("x", ["length_drift"]), ("right", [])]
)
def test_answers_of_another_length_than_the_rows_drift(text: str, said: list[str]) -> None:
    start = look_at_samples(0, [True, True], text="anything at all, however long")
    assert rules([*start, *look_at_samples(20, [True, True], text)]) == said


REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot assist with this request.",
    "As an AI language model, I do not give advice.",
    "I am unable to provide this.",
    "Sorry, I won't discuss it.",
)


@pytest.mark.parametrize("text", REFUSALS)
def test_an_answer_that_says_no_is_a_refusal(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "refund",
        "I can help with that: open Settings.",
        "The customer says he cannot log in and needs help.",
        "Ich kann dabei nicht helfen.",
        "x" * 400 + " I cannot help with that.",
        "",
    ],
)
def test_an_answer_that_reports_or_helps_is_none(text: str) -> None:
    assert not refuses(text)


def answers(number: int, texts: list[str], reference: str = "") -> list[Event]:
    return [
        *(
            SampleTaken(step=number, key=f"row {n}", text=text, reference=reference)
            for n, text in enumerate(texts)
        ),
        PhaseEntered(name="training"),
    ]


def test_answers_that_become_refusals_are_said_once_with_what_was_usual() -> None:
    no, fine = REFUSALS[0], "it is fine, all of it, as asked"
    start = answers(0, [fine] * 8)
    alerts = found([*start, *answers(20, [no] * 2 + [fine] * 6), *answers(40, [no] * 8)])
    assert [(alert.rule, alert.step, alert.key) for alert in alerts] == [
        ("refusal_drift", 20, "difference")
    ]
    assert "2 of 8 sampled answers refuse; at the start it was 0%" in alerts[0].message
    assert rules([*start, *answers(20, [no] + [fine] * 7)]) == []  # one answer is no drift
    assert rules([*answers(0, [no] * 4 + [fine] * 4), *answers(20, [no] * 5 + [fine] * 3)]) == []
    assert rules([*answers(0, [fine] * 8, reference=no), *answers(20, [no] * 8)]) == []


def test_steps_that_go_back_within_one_attempt_are_said_once_an_episode() -> None:
    back = [*calm(20), *calm(5, first=11)]
    assert [(one.rule, one.step) for one in found(back)] == [("step_backwards", 11)]
    assert rules([*calm(5), step(5, 1.0)]) == ["step_backwards"]
    assert rules([*back, *calm(10, first=21), *calm(3, first=4)]) == ["step_backwards"] * 2
    assert rules([*calm(20), step(40, 1.0), step(41, 1.0)]) == []  # merged steps leave holes


def test_a_resume_may_go_back_once_a_worker() -> None:
    again = Resumed(from_step=10, checkpoint="c")
    assert rules([*calm(20), started(2), again, *calm(20, first=11)]) == []
    assert rules([*calm(20), started(2), again, again, *calm(20, first=11)]) == []
    twice = [*calm(20), started(2), again, *calm(5, first=11), again, *calm(5, first=11)]
    assert [(one.rule, one.step) for one in found(twice)] == [("step_backwards", 10)]


def consumed(touched: int, *, stage: KeyStage = "checked", override: str = "") -> KeysConsumed:
    return KeysConsumed(
        stage=stage,
        lock="ab" * 16,
        lock_version=1,
        rows=960,
        root="",
        total="",
        intersection=touched,
        override=override,
    )


def test_rows_of_the_holdout_that_training_sees_are_critical() -> None:
    assert found([consumed(0), consumed(0, stage="read")]) == []
    (alert,) = found([consumed(2, override="a smoke test"), consumed(2, stage="read")])
    assert (alert.rule, alert.level, alert.key) == ("holdout_touched", "critical", "stop")
    assert "2 of 960 rows of the files touch the holdout. Somebody allowed it" in alert.message
    assert rules([consumed(0), consumed(1, stage="read")]) == ["holdout_touched"]


def test_a_worker_that_lives_and_says_nothing_stalls() -> None:
    run = RunState(lifecycle="running", phase="training", seconds_per_step=30.0, step=9)
    alert = stalled(run, 151.0)
    assert alert is not None
    assert (alert.rule, alert.step, alert.key) == ("stall", 9, "stop")
    assert stalled(run, 149.0) is None
    quick = RunState(lifecycle="running", phase="training", seconds_per_step=0.1)
    assert stalled(quick, 59.0) is None
    assert stalled(RunState(lifecycle="running", phase="loading_model"), 300.0) is None
    assert stalled(RunState(lifecycle="finished", phase="training"), 9e9) is None


def test_every_alert_shows_figures_says_what_to_do_and_names_a_key_that_acts() -> None:
    plan = Planned(total_steps=400, epochs=1.0)
    rises = [evaluated(80, 1.9), evaluated(90, 2.0)]
    histories: list[list[Event]] = [
        [*calm(60), step(61, 30.0), step(62, None)],
        [*calm(60), *calm(60, first=61, loss=4.0)],
        [step(1, 14.0)],
        [Planned(total_steps=200, epochs=1.0), *falling(60, 2.0, 2.0)],
        [plan, *falling(100, 3.0, 1.0), *(step(n, 1.0) for n in range(101, 401))],
        [*calm(60), evaluated(60, 1.8), *calm(20, first=61, loss=0.9), *rises],
        grads([0.0] * 9),
        [*paced(60, 0.1), *paced(60, 0.3, first=61)],
        [PhaseEntered(name="training"), *(memory(rss=10**8 + 10**6 * n) for n in range(40))],
        [memory(96), ResourceRead(rss=1, cpu=1.0, disk_free=1)],
        [*look_at_samples(0, [True] * 2), *look_at_samples(20, [False, False], "x" * 99)],
        [*answers(0, ["fine"] * 4), *answers(20, [REFUSALS[0]] * 4)],
        [step(5, 1.0), step(4, 1.0)],
        [consumed(1)],
    ]
    alerts = [alert for history in histories for alert in found(history)]
    quiet = stalled(RunState(lifecycle="running", phase="training", seconds_per_step=1.0), 99.0)
    alerts += [quiet] if quiet else []
    assert {alert.rule for alert in alerts} == {
        "not_finite",
        "divergence",
        "spike",
        "dead_gradients",
        "odd_start",
        "no_learning",
        "plateau",
        "overfit",
        "gap",
        "never_stops",
        "length_drift",
        "refusal_drift",
        "step_backwards",
        "holdout_touched",
        "slow",
        "memory_tight",
        "memory_creep",
        "disk_low",
        "stall",
    }
    for alert in alerts:
        assert alert.action, alert.rule
        assert alert.message, alert.rule
        assert alert.evidence, alert.rule
        assert key_of(alert.key) is not None, alert.rule


STRANGE = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=64))
EVENTS = st.one_of(
    st.builds(
        StepLogged,
        step=st.integers(0, 60),
        loss=STRANGE,
        lr=st.floats(0, 1),
        grad_norm=STRANGE,
        seconds=st.floats(0, 1e6),
        tokens=st.integers(0, 10**12),
    ),
    st.builds(
        Evaluated,
        step=st.integers(0, 60),
        loss=STRANGE,
        best=st.booleans(),
        best_step=st.integers(0, 60),
        best_loss=STRANGE,
    ),
    st.builds(
        SampleTaken,
        step=st.integers(0, 60),
        key=st.sampled_from(["a", "b"]),
        text=st.text(max_size=20) | st.sampled_from(REFUSALS),
        reference=st.text(max_size=20),
        stopped=st.booleans(),
    ),
    st.builds(Planned, total_steps=st.integers(0, 100), epochs=st.just(1.0)),
    st.builds(Resumed, from_step=st.integers(0, 60), checkpoint=st.just("c")),
    st.builds(
        CheckpointSaved,
        step=st.just(1),
        path=st.just("c"),
        bytes=st.integers(0, 10**15),
        why=st.just("best"),
    ),
    st.builds(
        ResourceRead,
        rss=st.integers(0, 10**12),
        cpu=st.just(1.0),
        disk_free=st.integers(0, 10**13),
        ram_used=st.integers(0, 9),
        ram_total=st.integers(0, 9),
    ),
    st.builds(PhaseEntered, name=st.sampled_from(["training", "sampling", "evaluating"])),
    st.builds(
        DataReady,
        rows=st.just(1),
        validation_rows=st.just(1),
        tokens=st.just(1),
        supervised=st.just(1),
        longest=st.just(1),
        vocabulary=st.none() | st.integers(0, 10**6),
    ),
    st.integers(0, 9).map(consumed),
    st.just(started()),
)


@given(st.lists(EVENTS, max_size=60))
def test_whatever_a_log_holds_each_finding_is_finite_short_and_acted_on_by_a_key(
    events: list[Event],
) -> None:
    for alert in found(events):
        assert alert.step >= 0
        assert 0 < len(alert.message) < 200
        assert alert.action
        assert key_of(alert.key) is not None
        figures = [value for value in alert.evidence.values() if isinstance(value, float)]
        assert all(map(isfinite, figures)), alert.rule


@given(st.lists(EVENTS, max_size=40))
def test_a_rule_is_a_value_and_a_look_changes_none(events: list[Event]) -> None:
    watch = Watch()
    for event in events:
        once, again = look(watch, event), look(watch, event)
        assert once == again
        watch = once.watch
