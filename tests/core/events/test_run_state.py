from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.events.folding import apply
from core.events.run_state import KEPT, RunState
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    ControlAnswered,
    Evaluated,
    Event,
    MessageLogged,
    PhaseEntered,
    Planned,
    Queued,
    Resumed,
    RunCreated,
    RunFailed,
    RunFinished,
    RunStopped,
    SampleTaken,
)
from core.events.timing import eta, silence
from tests.support.logs import START, numbered, short_run, started, step


def folded(events: list[Event]) -> RunState:
    return reduce(apply, events, RunState())


def state_after(*events: Event) -> RunState:
    return folded(numbered(events))


def evaluated(number: int, loss: float, best: int, best_loss: float) -> Evaluated:
    return Evaluated(
        step=number, loss=loss, best=best == number, best_step=best, best_loss=best_loss
    )


def checkpoint(number: int) -> CheckpointSaved:
    return CheckpointSaved(step=number, path=f"c/{number}", bytes=10, why="periodic")


def stop_answer(accepted: bool = True) -> ControlAnswered:
    return ControlAnswered(
        id="stop-1", verb="stop", by="ana", host="gpu3", at="", accepted=accepted, effect="Stops."
    )


any_event = st.one_of(
    st.builds(step, st.integers(1, 50), st.one_of(st.none(), st.floats(0, 9))),
    st.builds(evaluated, st.integers(1, 50), st.floats(0, 9), st.integers(1, 50), st.floats(0, 9)),
    st.builds(checkpoint, st.integers(1, 50)),
    st.builds(Resumed, from_step=st.integers(0, 50), checkpoint=st.just("")),
    st.builds(PhaseEntered, name=st.sampled_from(["training", "saving"]), done=st.integers(0, 9)),
    st.builds(Queued, device=st.just("cpu"), behind=st.just("x"), position=st.integers(1, 3)),
    st.builds(stop_answer, st.booleans()),
    st.builds(RunStopped, reason=st.just("Asked."), seconds=st.just(1.0)),
    st.builds(started, st.integers(1, 9)),
)
logs = st.lists(any_event, max_size=40).map(numbered)


@settings(deadline=None)
@given(logs, st.integers(0, 40))
def test_a_fold_of_two_parts_that_overlap_equals_the_fold_of_all(
    events: list[Event], cut: int
) -> None:
    first = folded(events[:cut])
    assert reduce(apply, events[max(0, cut - 5) :], first) == folded(events)


@settings(deadline=None)
@given(logs)
def test_lines_read_twice_change_nothing(events: list[Event]) -> None:
    doubled = [event for event in events for _ in range(2)]
    assert folded(doubled) == folded(events)
    assert reduce(apply, events, folded(events)) == folded(events)


def test_a_whole_run_ends_finished_with_its_figures() -> None:
    state = state_after(*short_run(40))
    assert (state.lifecycle, state.step, state.total_steps) == ("finished", 40, 40)
    assert state.loss == pytest.approx(3 / 40)
    assert state.ema is not None
    assert state.ema > state.loss
    assert state.ended_at == state.last_event_at


@pytest.mark.parametrize(
    ("events", "lifecycle"),
    [
        ([], "starting"),
        ([started()], "starting"),
        ([started(), Queued(device="cpu", behind="other", position=1)], "queued"),
        ([started(), PhaseEntered(name="importing")], "running"),
        ([started(), stop_answer(), PhaseEntered(name="saving"), step(1)], "stopping"),
        ([started(), stop_answer(accepted=False), step(1)], "running"),
        ([started(), RunStopped(reason="Asked.", seconds=1.0)], "stopped"),
        ([started(), RunStopped(reason="Asked.", seconds=1.0), stop_answer()], "stopped"),
        ([started(), RunFailed(what="w", why="y", remedy="r", seconds=1.0)], "failed"),
    ],
)
def test_the_life_of_a_job_in_one_word(events: list[Event], lifecycle: str) -> None:
    assert state_after(RunCreated(kind="train", name="n"), *events).lifecycle == lifecycle


def test_a_smoothed_loss_has_no_bias_to_zero_and_skips_what_is_not_finite() -> None:
    state = state_after(step(1, 2.0), step(2, None), step(3, 2.0))
    assert state.ema == pytest.approx(2.0)
    assert state.bad_steps == 1


def test_a_resumed_run_equals_one_that_never_stopped() -> None:
    before = [started(), PhaseEntered(name="training"), Planned(total_steps=9, epochs=1.0)]
    head = [step(1, 3.0), step(2, None), evaluated(2, 2.5, 2, 2.5), checkpoint(2)]
    lost = [step(3, 9.0), step(4, None), evaluated(4, 0.1, 4, 0.1), checkpoint(4)]
    lost += [SampleTaken(step=4, key="k", text="lost")]
    tail = [step(3, 2.0), evaluated(3, 2.0, 3, 2.0)]
    resumed = numbered([*before, *head, *lost])
    again = [started(2), PhaseEntered(name="training"), Resumed(from_step=2, checkpoint="c/2")]
    resumed += numbered([*again, *tail], attempt=2, first=len(resumed) + 1)
    straight = folded(numbered([*before, *head, *tail]))
    state = folded(resumed)
    for name in ("step", "loss", "ema", "eval_loss", "best_step", "best_loss", "bad_steps", "lr"):
        assert getattr(state, name) == getattr(straight, name), name
    assert [one.step for one in state.checkpoints] == [2]
    assert state.samples == ()
    assert state.attempt == 2
    assert state.worker is not None
    assert state.worker.pid == 2


def test_an_evaluation_that_follows_its_checkpoint_is_kept_by_a_resume() -> None:
    events = [step(2, 1.0), checkpoint(2), evaluated(2, 0.5, 2, 0.5), step(3, 9.0)]
    state = state_after(*events, started(), Resumed(from_step=2, checkpoint="c/2"))
    assert (state.best_step, state.best_loss, state.eval_loss) == (2, 0.5, 0.5)


def test_a_resume_from_a_checkpoint_without_a_line_goes_on_from_the_step_itself() -> None:
    events = [step(1, 3.0), checkpoint(1), step(2, 1.0)]
    killed = state_after(*events, started(), Resumed(from_step=2, checkpoint="c/2"))
    assert killed.ema == state_after(*events).ema
    assert killed.loss == 1.0


def test_a_resume_clears_how_the_attempt_before_ended() -> None:
    failure = RunFailed(what="w", why="y", remedy="r", seconds=1.0)
    state = state_after(step(1), failure, started())
    assert (state.lifecycle, state.failure, state.ended_at) == ("starting", None, "")


def test_lists_in_a_state_are_bounded_and_keep_the_newest() -> None:
    messages = [MessageLogged(level="info", text=str(number)) for number in range(KEPT + 50)]
    alerts = [AlertRaised(rule="spike", level="info", step=n, message="") for n in range(KEPT + 1)]
    state = state_after(*messages, *alerts)
    assert len(state.messages) == len(state.alerts) == KEPT
    assert state.messages[-1].text == str(KEPT + 49)


def test_the_remaining_time_is_measuring_until_twenty_steps_are_done() -> None:
    head = [started(), PhaseEntered(name="training"), Planned(total_steps=100, epochs=1.0)]
    assert eta(state_after(*head, *(step(n, seconds=2.0) for n in range(1, 20)))) is None
    left = eta(state_after(*head, *(step(n, seconds=2.0) for n in range(1, 51))))
    assert left is not None
    assert left.low_s < 100 < left.high_s
    assert left.high_s < 120


def test_the_remaining_time_counts_evaluations_and_ends_with_the_run() -> None:
    head = [started(), PhaseEntered(name="training"), Planned(total_steps=100, epochs=1.0)]
    slow = Evaluated(step=50, loss=1.0, best=True, best_step=50, best_loss=1.0, seconds=100.0)
    left = eta(state_after(*head, *(step(n, seconds=2.0) for n in range(1, 51)), slow))
    assert left is not None
    assert left.low_s < 200 < left.high_s
    done = RunFinished(reason="Done.", seconds=1.0)
    assert eta(state_after(*head, *(step(n) for n in range(1, 51)), done)) is None


def test_what_comes_between_steps_does_not_change_what_is_left() -> None:
    """The training counts its phase anew after every look and every save."""
    head = [started(), Planned(total_steps=100, epochs=1.0)]
    steps = [step(n, seconds=2.0) for n in range(1, 51)]
    training = PhaseEntered(name="training", done=50, total=100, unit="steps")
    expected = eta(state_after(*head, *steps))
    looking = [PhaseEntered(name="evaluating", done=n, total=9, unit="rows") for n in range(6)]
    assert expected is not None
    assert eta(state_after(*head, *steps, training)) == expected
    assert eta(state_after(*head, *steps, *looking)) == expected
    assert eta(state_after(*head, *steps[:10], *looking)) is None


def test_a_counted_phase_says_its_own_remaining_time() -> None:
    events = [started(), *(PhaseEntered(name="answering", done=n, total=40) for n in range(11))]
    left = eta(state_after(*events))
    assert left is not None
    assert left.low_s < 30 < left.high_s
    assert eta(state_after(*events[:3])) is None


def test_an_event_from_a_clock_that_is_ahead_is_not_of_negative_age() -> None:
    state = state_after(started(), step(1))
    assert silence(state, START - timedelta(days=1)) == 0.0
    assert silence(state, START + timedelta(seconds=61)) == 60.0
    assert silence(RunState(), START) is None


def test_answers_of_the_base_model_and_of_the_best_step_outlive_many_later_ones() -> None:
    def taken(step: int) -> SampleTaken:
        return SampleTaken(step=step, key="row 1", text=f"at {step}")

    best = Evaluated(step=7, loss=0.1, best=True, best_step=7, best_loss=0.1)
    events = numbered([taken(0), best, *(taken(step) for step in range(1, 3 * KEPT))])
    state = RunState()
    for event in events:
        state = apply(state, event)
    steps = [one.step for one in state.samples]
    assert len(steps) == KEPT
    assert steps[:2] == [0, 7]
    assert steps[-1] == 3 * KEPT - 1
